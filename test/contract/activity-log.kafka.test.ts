import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startEngines } from '../../scripts/cluster/engines.ts';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import { activitiesTopic, type KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import { createTopics } from '../../src/datasources/activity-log/kafka/topics.ts';
import type { ActivityLog, LoggedRecord, LogPosition } from '../../src/datasources/activity-log/port.ts';
import { createRandom } from '../../src/demo/random.ts';
import type { LogRecord } from '../../src/domain/activity.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { kafkaLog, kafkaTopics, testKafka, topicSettings } from '../support/kafka.ts';
import { placesByKafkajs } from '../support/kafka-read.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { activityLogContract } from './activity-log.ts';

const signal = new AbortController().signal;
const tenant = verifyTenant('acme');
const isCode = (code: string) => (error: unknown) => error instanceof DomainError && error.code === code;

async function readEverything(log: ActivityLog): Promise<LoggedRecord[]> {
  const found: LoggedRecord[] = [];
  for (const { partition, first, next } of await log.partitions(signal)) {
    let expected = first;
    for await (const batch of log.read(partition, first, signal))
      for (const logged of batch) {
        assert.equal(logged.position.offset, expected, 'dense');
        expected += 1;
        found.push(logged);
      }
    assert.equal(expected, next);
  }
  return found;
}
const textOf = ({ partition, offset }: LogPosition): string => `${partition} ${offset}`;
const messageOf = (record: LogRecord): string =>
  record.kind === 'activity' ? record.activity.messageId : '';

/**
 * Callers append at the same time, each one batch after the other of a lead of its own, while `disturb` does its
 * worst. Then every record that was acknowledged is in the log once, where its acknowledgement said, and a
 * caller's records are in the order in which it sent them.
 */
async function nothingAcknowledgedIsLostOrRepeated(
  log: ActivityLog,
  disturb: (isOver: () => boolean) => Promise<void>,
  rounds: number,
): Promise<{ acknowledged: number; refused: number }> {
  const acknowledged = new Map<string, LogPosition>();
  let refused = 0;
  let isOver = false;
  const disturbing = disturb(() => isOver);
  await Promise.all(
    Array.from({ length: 32 }, async (_, caller) => {
      for (let round = 0; round < rounds; round += 1) {
        const records = Array.from({ length: 1 + (round % 5) }, (_none, index): LogRecord => {
          const messageId = `${caller}-${String(round).padStart(4, '0')}-${index}`;
          return {
            kind: 'activity',
            activity: anActivity(tenant.id, { messageId, externalId: `caller-${caller}` }),
          };
        });
        try {
          const positions = await log.append(tenant, records, signal);
          records.forEach((record, index) =>
            acknowledged.set(messageOf(record), positions[index] as LogPosition),
          );
        } catch (error) {
          assert.ok(isCode('BACKEND_UNAVAILABLE')(error), String(error));
          refused += 1;
        }
      }
    }),
  ).finally(() => {
    isOver = true;
  });
  await disturbing;
  const found = Map.groupBy(await readEverything(log), ({ record }) => messageOf(record));
  for (const [messageId, position] of acknowledged)
    assert.deepEqual(
      found.get(messageId)?.map((logged) => textOf(logged.position)),
      [textOf(position)],
      `${messageId} once, where the acknowledgement said`,
    );
  const byCaller = Map.groupBy(acknowledged, ([messageId]) => messageId.split('-')[0]);
  for (const own of byCaller.values()) {
    const offsets = own.map(([, { offset }]) => offset);
    assert.deepEqual(
      offsets,
      offsets.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(own.map(([, { partition }]) => partition)).size, 1);
  }
  return { acknowledged: acknowledged.size, refused };
}

describe('activity log in Kafka', { skip: engineSkip('kafka') }, () => {
  activityLogContract('kafka adapter, one partition', () => kafkaLog());

  describe('many partitions', () => {
    let kafka: KafkaConfig;
    let remove: () => Promise<void>;
    let log: ActivityLog;
    before(async () => {
      ({ kafka, remove } = await kafkaTopics(5));
      log = openKafkaLog({ ...kafka, lanes: 2 });
    });
    after(async () => {
      await log.close();
      await remove();
    });

    test('an append over many leads answers with the place of each record, in input order', async () => {
      const records = Array.from(
        { length: 3_000 },
        (_, index): LogRecord => ({
          kind: 'activity',
          activity: anActivity(tenant.id, {
            externalId: `lead-${index % 97}`,
            attributes: { text: 'x'.repeat(1_000) },
          }),
        }),
      );
      const positions = await log.append(tenant, records, signal);
      assert.equal(new Set(positions.map(({ partition }) => partition)).size, 5);
      const found = new Map(
        (await readEverything(log)).map(({ position, record }) => [textOf(position), record]),
      );
      assert.deepEqual(
        positions.map((position) => found.get(textOf(position))),
        records,
      );
    });

    test('connections cut in mid-send: what was acknowledged is there once, in order for each lead', async () => {
      const random = createRandom(7);
      const sockets = new Set<Socket>();
      const onSocket = (message: unknown): void => {
        const { socket } = message as { socket: Socket };
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      };
      subscribe('net.client.socket', onSocket);
      let cuts = 0;
      const own = openKafkaLog({ ...kafka, appendTimeoutMs: 20_000 });
      try {
        const { acknowledged } = await nothingAcknowledgedIsLostOrRepeated(
          own,
          async (isOver) => {
            while (!isOver()) {
              await setTimeout(random.between(5, 60));
              for (const socket of sockets) {
                socket.destroy();
                cuts += 1;
              }
            }
          },
          40,
        );
        assert.ok(cuts > 0 && acknowledged > 0);
      } finally {
        unsubscribe('net.client.socket', onSocket);
        await own.close();
      }
    });

    test('kafkajs, a client of others, reads the same records at the same places', async () => {
      const places = (await readEverything(log)).map(({ position }) => textOf(position));
      const seen = await placesByKafkajs(kafka, activitiesTopic(kafka), places.length);
      assert.deepEqual(seen.toSorted(), places.toSorted());
    });

    test('more than it may hold is refused at once, and what was taken is kept', async () => {
      const small = openKafkaLog({ ...kafka, maxHeldBytes: 200_000 });
      const records = (): LogRecord[] =>
        Array.from({ length: 100 }, () => ({
          kind: 'activity',
          activity: anActivity(tenant.id, { attributes: { text: 'x'.repeat(1_000) } }),
        }));
      await small.append(tenant, records(), signal);
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, () => small.append(tenant, records(), signal)),
      );
      const refused = results.filter((result) => result.status === 'rejected');
      assert.ok(refused.length > 0 && refused.length < results.length);
      for (const { reason } of refused) {
        assert.ok(isCode('RATE_LIMITED')(reason));
        assert.ok(reason.retryable && reason.retryAfterMs > 0);
      }
      assert.equal((await small.append(tenant, records(), signal)).length, 100, 'goes on afterwards');
      await small.close();
    });

    test('topics that are there with other settings are refused with what to do', async () => {
      const settings = topicSettings(5);
      await createTopics(kafka, { activities: settings, settled: settings }, signal);
      const wrong = { ...topicSettings(8), retentionMs: 1_000 };
      await assert.rejects(
        createTopics(kafka, { activities: wrong, settled: settings }, signal),
        (error: Error) => {
          assert.match(error.message, /activities has 5 partitions instead of 8/);
          assert.match(error.message, /kafka-configs --alter .* --add-config retention\.ms=1000/);
          assert.doesNotMatch(error.message, /unique has/);
          return true;
        },
      );
    });
  });

  test('a broker killed under load, twice: what was acknowledged is there once, in order; the rest fails in time', async () => {
    const directory = await temporaryDirectory();
    const engines = await startEngines({ dataDir: directory.path, only: ['kafka'], portOffset: 'free' });
    try {
      const { kafka } = await kafkaTopics(3, testKafka(engines.addresses.kafka));
      const log = openKafkaLog({ ...kafka, appendTimeoutMs: 3_000 });
      const { refused } = await nothingAcknowledgedIsLostOrRepeated(
        log,
        async () => {
          for (let kills = 0; kills < 2; kills += 1) {
            await setTimeout(700);
            await engines.kill('kafka');
            await engines.untilReady('kafka');
          }
        },
        400,
      );
      assert.ok(refused > 0, 'some were under way');
      await log.append(tenant, [{ kind: 'activity', activity: anActivity(tenant.id) }], signal);
      await log.close();
    } finally {
      await engines.stop();
      await directory.remove();
    }
  });

  test('a broker that is not there fails an append within its time, and a signal sooner', async () => {
    const log = openKafkaLog({
      brokers: ['127.0.0.1:1'],
      prefix: 'none.',
      clientId: 'test',
      appendTimeoutMs: 1_500,
    });
    const records: LogRecord[] = [{ kind: 'activity', activity: anActivity(tenant.id) }];
    await assert.rejects(log.append(tenant, records, signal), (error) => {
      assert.ok(isCode('BACKEND_UNAVAILABLE')(error));
      assert.doesNotMatch((error as Error).message, /127|ECONN/);
      return true;
    });
    const reason = new DomainError('TIMEOUT', 'stopped');
    await assert.rejects(log.append(tenant, records, AbortSignal.any([signal, abortSoon(reason)])), reason);
    await assert.rejects(log.partitions(signal), isCode('BACKEND_UNAVAILABLE'));
    await log.close();
  });
});

function abortSoon(reason: Error): AbortSignal {
  const controller = new AbortController();
  setImmediate(() => controller.abort(reason));
  return controller.signal;
}
