import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startEngines } from '../../scripts/cluster/engines.ts';
import type { Engines } from '../../scripts/cluster/types.ts';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import { type KafkaConfig, uniqueTopic } from '../../src/datasources/activity-log/kafka/config.ts';
import type { ActivityLog } from '../../src/datasources/activity-log/port.ts';
import type { LogRecord } from '../../src/domain/activity.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import type { Follower } from '../../src/followers/kafka-group/follower.ts';
import { runFollower } from '../../src/followers/kafka-group/run-follower.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { kafkaTopics, testKafka } from '../support/kafka.ts';
import { readAll } from '../support/kafka-read.ts';
import { openTestPhoenix } from '../support/phoenix.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';
import { openSettleStage } from './settle-stage.ts';

const tenant = verifyTenant('acme');
const signal = new AbortController().signal;

describe('a broker that is killed while all follow the log', { skip: engineSkip('kafka', 'phoenix') }, () => {
  let engines: Engines;
  let kafka: KafkaConfig;
  let log: ActivityLog;
  let schema: string;
  const closers: (() => Promise<unknown>)[] = [];

  before(async () => {
    const directory = await temporaryDirectory();
    closers.push(() => directory.remove());
    engines = await startEngines({ dataDir: directory.path, only: ['kafka'], portOffset: 'free' });
    closers.push(() => engines.stop());
    ({ kafka } = await kafkaTopics(4, testKafka(engines.addresses.kafka)));
    log = openKafkaLog({ ...kafka, appendTimeoutMs: 3_000 });
    const phoenix = await openTestPhoenix();
    closers.push(() => phoenix.drop());
    schema = phoenix.schema;
  });
  after(async () => {
    for (const close of closers.toReversed()) await close();
  });

  test('nothing is skipped, and each message passes to the unique log once', async () => {
    const stage = await openSettleStage(kafka, schema, () => {});
    const handled = new Set<string>();
    const readers: Follower = {
      name: 'readers',
      topic: uniqueTopic,
      maxBatch: 100,
      handle: async (batch) => {
        for (const { record } of batch)
          if (record.kind === 'activity') handled.add(record.activity.messageId);
      },
    };
    const consumer = await runFollower(readers, { kafka, onError: () => {} });
    const sent = new Set<string>();
    let isOver = false;
    const sending = (async () => {
      for (let round = 0; !isOver; round += 1) {
        const records = Array.from({ length: 50 }, (_, index): LogRecord => {
          const externalId = `lead-${index}`;
          return {
            kind: 'activity',
            activity: anActivity(tenant.id, { messageId: `${round}-${index}`, externalId }),
          };
        });
        // Again until it is taken, as a sender does: what was written without an answer is then there twice.
        for (let isSent = false; !isSent; )
          try {
            await log.append(tenant, records, signal);
            isSent = true;
          } catch (error) {
            assert.ok(error instanceof DomainError && error.retryable);
            await setTimeout(50);
          }
        for (const record of records) if (record.kind === 'activity') sent.add(record.activity.messageId);
        await setTimeout(20);
      }
    })();
    for (let kills = 0; kills < 2; kills += 1) {
      const from = handled.size;
      await until('records flow', () => handled.size > from);
      await engines.kill('kafka');
      await engines.untilReady('kafka');
    }
    const from = handled.size;
    await until('records flow again', () => handled.size > from);
    isOver = true;
    await sending;
    await until('all came through', () => handled.size >= sent.size);
    await Promise.all([stage.close(), consumer.close()]);
    const passed = (await readAll(kafka, uniqueTopic(kafka))).flatMap(({ record }) =>
      record.kind === 'activity' ? [record.activity.messageId] : [],
    );
    assert.deepEqual(passed.toSorted(), [...sent].toSorted());
    assert.deepEqual([...handled].toSorted(), [...sent].toSorted());
    await log.close();
  });
});
