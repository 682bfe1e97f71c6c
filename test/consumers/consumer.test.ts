import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import { activitiesTopic, type KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import type { ActivityLog } from '../../src/datasources/activity-log/port.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import type { RunningFollower } from '../../src/followers/kafka-group/follower.ts';
import type { ConsumedRecord } from '../../src/followers/kafka-group/partition-runner.ts';
import { runFollower } from '../../src/followers/kafka-group/run-follower.ts';
import { anActivity } from '../support/activities.ts';
import { type Child, startChild } from '../support/child.ts';
import { engineSkip } from '../support/engines.ts';
import { isCaughtUp, kafkaTopics } from '../support/kafka.ts';
import { until } from '../support/until.ts';

const PARTITIONS = 6;
const signal = new AbortController().signal;
const tenant = verifyTenant('consumers');
const placeText = ({ position }: ConsumedRecord): string => `${position.partition} ${position.offset}`;

describe('consumer group', { skip: engineSkip('kafka') }, () => {
  let kafka: KafkaConfig;
  let remove: () => Promise<void>;
  let log: ActivityLog;
  const open: { close(): Promise<void> }[] = [];
  const children: Child[] = [];

  before(async () => {
    ({ kafka, remove } = await kafkaTopics(PARTITIONS));
    log = openKafkaLog(kafka);
  });
  after(async () => {
    await Promise.all([...open.map((one) => one.close()), ...children.map((child) => child.kill())]);
    await log.close();
    await remove();
  });

  const append = async (count: number): Promise<string[]> => {
    const records = Array.from({ length: count }, (_, index) => ({
      kind: 'activity' as const,
      activity: anActivity(tenant.id, { externalId: `lead-${index % 50}` }),
    }));
    const positions = await log.append(tenant, records, signal);
    return positions.map(({ partition, offset }) => `${partition} ${offset}`);
  };
  const start = (group: string, delay: number): Child => {
    const child = startChild(join(import.meta.dirname, 'consumer-child.ts'), [
      JSON.stringify(kafka),
      group,
      String(delay),
    ]);
    children.push(child);
    return child;
  };
  const run = async (
    group: string,
    handle: (batch: readonly ConsumedRecord[], signal: AbortSignal) => Promise<void>,
    onError: (error: unknown) => void = () => {},
  ): Promise<RunningFollower> => {
    const follower = { name: group, topic: activitiesTopic, maxBatch: 20, handle };
    const consumer = await runFollower(follower, { kafka, onError });
    open.push(consumer);
    return consumer;
  };
  const done = (all: readonly Child[]): string[] =>
    all.flatMap(({ lines }) => lines.filter((line) => line.startsWith('done ')).map((line) => line.slice(5)));

  test('a batch that fails comes again, whole and in order, and nothing behind it is handled before', async () => {
    const expected = await append(400);
    const handled: string[] = [];
    const next = new Map<number, number>();
    let failures = 0;
    const refusal = new Error('not now');
    let reported = 0;
    const consumer = await run(
      'failing',
      async (batch) => {
        const { partition, offset } = (batch[0] as ConsumedRecord).position;
        assert.equal(offset, next.get(partition) ?? 0, 'goes on where the last finished batch ended');
        batch.forEach(({ position }, index) => {
          assert.equal(position.partition, partition);
          assert.equal(position.offset, offset + index);
        });
        if ((partition + offset + failures) % 3 === 0 && failures < 30) {
          failures += 1;
          throw refusal;
        }
        next.set(partition, offset + batch.length);
        handled.push(...batch.map(placeText));
      },
      (error) => {
        if (error === refusal) reported += 1;
      },
    );
    await until('all are handled', () => handled.length >= expected.length);
    assert.deepEqual(handled.toSorted(), expected.toSorted());
    assert.ok(failures > 0);
    assert.equal(reported, failures);
    await until('the lag is gone', () => isCaughtUp(consumer, PARTITIONS));
  });

  test('one partition that is stuck holds up no other, and its lag shows', async () => {
    const [stuck = ''] = await append(1);
    const stuckPartition = Number(stuck.split(' ')[0]);
    const handled = new Set<string>();
    const consumer = await run('stuck', async (batch, own) => {
      if (batch[0]?.position.partition === stuckPartition)
        await new Promise((_, reject) => own.addEventListener('abort', () => reject(own.reason)));
      for (const record of batch) handled.add(placeText(record));
    });
    const others = (await append(300)).filter((place) => !place.startsWith(`${stuckPartition} `));
    await until('the others are handled', () => others.every((place) => handled.has(place)));
    await until('its lag shows', async () => {
      const lag = await consumer.lag().catch(() => undefined);
      return (lag?.get(stuckPartition) ?? 0) > 0;
    });
  });

  test('a member without partitions has nothing left; one that has not joined yet, or has left, does not say so', async () => {
    const own = await kafkaTopics(1);
    const join = () =>
      runFollower(
        { name: 'crowded', topic: activitiesTopic, maxBatch: 20, handle: async () => {} },
        { kafka: own.kafka, onError: () => {} },
      );
    const [first, second] = [await join(), await join()];
    open.push(first, second);
    await assert.rejects(second.lag(), { code: 'BACKEND_UNAVAILABLE' });
    await until('one has the partition, the other none', async () => {
      const lags = await Promise.all([first, second].map(({ lag }) => lag().catch(() => undefined)));
      return lags.every((lag) => lag !== undefined) && lags.reduce((sum, lag) => sum + lag.size, 0) === 1;
    });
    await second.close();
    await assert.rejects(second.lag(), { code: 'BACKEND_UNAVAILABLE' });
    await first.close();
    await own.remove();
  });

  test('a process killed in mid-batch: another handles each record that it had not, and skips none', async () => {
    const group = 'killed';
    const first = start(group, 30);
    const expected = await append(600);
    await until('it has handled some', () => done([first]).length > 100);
    await until('it is in a batch', () => first.lines.at(-1)?.startsWith('batch ') ?? false);
    await first.kill();
    const second = start(group, 0);
    await append(50).then((more) => expected.push(...more));
    await until('all are handled', () => {
      const all = new Set(done([first, second]));
      return expected.every((place) => all.has(place));
    });
    assert.ok(!done([first]).includes(expected.at(-1) ?? ''));
  });

  test('two, then three processes while records flow, then one leaves: none is skipped, none handled twice', async () => {
    const group = 'moving';
    const expected: string[] = [];
    let isFlowing = true;
    const flowing = (async () => {
      while (isFlowing) {
        expected.push(...(await append(40)));
        await setTimeout(20);
      }
    })();
    const all: Child[] = [];
    const partitionsOf = (child: Child, since: number): Set<string> =>
      new Set(
        child.lines
          .slice(since)
          .flatMap((line) => (line.startsWith('done ') ? [line.split(' ')[1] ?? ''] : [])),
      );
    for (let count = 1; count <= 3; count += 1) {
      all.push(start(group, 5));
      const marks = all.map(({ lines }) => lines.length);
      await until(`${count} processes share the work`, () =>
        all.every((child, index) => partitionsOf(child, marks[index] ?? 0).size > 0),
      );
    }
    await all[0]?.stop();
    assert.ok(all[0]?.lines.includes('closed'), all[0]?.errors());
    const marks = all.map(({ lines }) => lines.length);
    await until('the others have taken over all partitions', () => {
      const seen = [1, 2].flatMap((index) => [...partitionsOf(all[index] as Child, marks[index] ?? 0)]);
      return new Set(seen).size === PARTITIONS;
    });
    isFlowing = false;
    await flowing;
    const before = new Set(expected);
    await until('all are handled', () => {
      const handled = new Set(done(all));
      return expected.every((place) => handled.has(place));
    });
    await Promise.all([all[1]?.stop(), all[2]?.stop()]);
    const handled = done(all).filter((place) => before.has(place));
    assert.equal(handled.length, expected.length, 'each of them once');
    // In order within a partition, over all processes that had it.
    for (const child of all)
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        const own = done([child])
          .filter((place) => place.startsWith(`${partition} `))
          .map((place) => Number(place.split(' ')[1]));
        assert.deepEqual(
          own,
          own.toSorted((a, b) => a - b),
        );
      }
  });
});
