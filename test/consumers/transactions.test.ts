import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Consumer, Producer } from '@platformatic/kafka';
import {
  activitiesTopic,
  clientOptions,
  type KafkaConfig,
  uniqueTopic,
} from '../../src/datasources/activity-log/kafka/config.ts';
import { openFetcher } from '../../src/datasources/activity-log/kafka/fetch.ts';
import { encodeMessage } from '../../src/datasources/activity-log/kafka/message.ts';
import { createRandom } from '../../src/demo/random.ts';
import type { LogRecord } from '../../src/domain/activity.ts';
import { runFollower } from '../../src/followers/kafka-group/run-follower.ts';
import { openTransactionalWriter } from '../../src/followers/kafka-group/transactions.ts';
import { anActivity } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { kafkaTopics } from '../support/kafka.ts';
import { untilCommitted } from '../support/kafka-read.ts';
import { until } from '../support/until.ts';

const LIMITS = { maxWaitMs: 100, maxBytes: 4 * 1024 * 1024, maxPartitionBytes: 4 * 1024 * 1024 };
const record = (messageId: string): LogRecord => ({
  kind: 'activity',
  activity: anActivity('acme', { messageId }),
});

describe('transactions and what readers see', { skip: engineSkip('kafka') }, () => {
  let kafka: KafkaConfig;
  let remove: () => Promise<void>;
  before(async () => {
    ({ kafka, remove } = await kafkaTopics(2));
    // A broker has no topic of groups' offsets until somebody asks for a coordinator, as members do.
    await untilOffset(`${kafka.prefix}nobody`, -1n);
  });
  after(() => remove());

  const readUnique = async (): Promise<string[]> => {
    await untilCommitted(kafka, uniqueTopic(kafka));
    const fetcher = openFetcher(kafka, uniqueTopic(kafka));
    const found: string[] = [];
    for (const [partition, { first, end }] of await fetcher.bounds())
      for (let at = first; at < end; ) {
        const [fetched] = await fetcher.fetch(new Map([[partition, at]]), LIMITS);
        for (const { value } of fetched?.messages ?? []) found.push(String(value));
        at = fetched?.next ?? at;
      }
    await fetcher.close();
    return found;
  };
  /** Waits, because a commit is answered before it is shown. */
  const untilOffset = async (group: string, expected: bigint): Promise<void> => {
    const client = new Consumer({ ...clientOptions(kafka), groupId: group });
    const topic = activitiesTopic(kafka);
    await until(`${expected} is committed`, async () => {
      const answer = await client.listCommittedOffsets({ topics: [{ topic, partitions: [0] }] });
      return answer.get(topic)?.[0] === expected;
    });
    await client.close(true);
  };
  const openWriter = (group: string) =>
    openTransactionalWriter({
      kafka,
      group,
      source: { topic: activitiesTopic(kafka), partition: 0 },
      // A group without members: offsets are committed by whoever names it.
      membership: { groupId: group, memberId: '', generationId: -1, coordinatorId: 1 },
    });
  const message = (text: string) => ({
    topic: uniqueTopic(kafka),
    key: Buffer.from('k'),
    value: Buffer.from(text),
  });

  test('aborted transactions stay hidden, however they and committed ones follow one another', async () => {
    const random = createRandom(3);
    const topic = uniqueTopic(kafka);
    const producers = [0, 1].map(
      (index) =>
        new Producer({
          ...clientOptions(kafka),
          idempotent: true,
          retries: 50,
          transactionalId: `${kafka.prefix}aborting-${index}`,
        }),
    );
    const metadata = await producers[0]?.metadata({ topics: [topic] });
    assert.ok(metadata);
    const committed: string[] = [];
    for (let round = 0; round < 60; round += 1) {
      const transactions = await Promise.all(producers.map((producer) => producer.beginTransaction()));
      const isCommit = transactions.map(() => random.chance(0.5));
      for (const [index, transaction] of transactions.entries())
        for (let part = 0; part < 2; part += 1) {
          const text = `${round}-${index}-${part}`;
          // As when a process ends between asking for a partition and writing to it: all that is there is the marker.
          if (random.chance(0.3)) {
            await transaction.addPartitions(metadata, [{ topic, partition: part, value: Buffer.from(text) }]);
            continue;
          }
          if (isCommit[index]) committed.push(text);
          await transaction.send({ messages: [{ topic, partition: part, value: Buffer.from(text) }] });
        }
      for (const [index, transaction] of transactions.entries())
        await (isCommit[index] ? transaction.commit() : transaction.abort());
    }
    await Promise.all(producers.map((producer) => producer.close(true)));
    // What kafkajs sees is no measure here: brokers list aborted transactions by their ends, it takes them by their
    // beginnings, and shows parts of those that overlap.
    assert.deepEqual((await readUnique()).toSorted(), committed.toSorted());
  });

  test('the next owner of a partition shuts out the one before, whose open transaction is as if it had never been', async () => {
    const group = `${kafka.prefix}owners`;
    const before = await readUnique();
    const first = await openWriter(group);
    await first.write(0, [message('first')], 5);
    await untilOffset(group, 5n);
    const second = await openWriter(group);
    await assert.rejects(first.write(0, [message('late')], 9));
    await untilOffset(group, 5n);
    await second.write(0, [message('second')], 7);
    const third = await openWriter(group);
    await third.write(1, [], 8);
    await untilOffset(group, 8n);
    await Promise.all([first.close(), second.close(), third.close()]);
    const after = (await readUnique()).filter((text) => !before.includes(text));
    assert.deepEqual(after, ['first', 'second']);
  });

  test('many idempotent sends at once on one producer of the library are each written once', async () => {
    const topic = activitiesTopic(kafka);
    const producer = new Producer({ ...clientOptions(kafka), idempotent: true });
    const acknowledged = new Map<string, string>();
    await Promise.all(
      Array.from({ length: 64 }, async (_, caller) => {
        for (let round = 0; round < 20; round += 1) {
          const messageId = `${caller}-${round}`;
          const value = encodeMessage('acme', record(messageId));
          const partition = caller % 2;
          const { offsets } = await producer.send({ messages: [{ topic, partition, value }] });
          acknowledged.set(messageId, `${partition} ${offsets?.[0]?.offset}`);
        }
      }),
    );
    await producer.close();
    const fetcher = openFetcher(kafka, topic);
    const found: [string, string][] = [];
    for (const [partition, { first, end }] of await fetcher.bounds())
      for (let at = first; at < end; ) {
        const [fetched] = await fetcher.fetch(new Map([[partition, at]]), LIMITS);
        for (const { value, offset } of fetched?.messages ?? [])
          found.push([JSON.parse(String(value)).record.activity.messageId, `${partition} ${offset}`]);
        at = fetched?.next ?? at;
      }
    await fetcher.close();
    assert.equal(found.length, acknowledged.size);
    assert.deepEqual(new Map(found), acknowledged);
  });

  test('a message that is no record holds up its partition, or goes to whoever takes it over', async () => {
    const topic = uniqueTopic(kafka);
    const writer = await openWriter(`${kafka.prefix}malformed`);
    await writer.write(1, [message('{"tenant":"acme","record":{"kind":"else"}}')], 1);
    const good = encodeMessage('acme', record('good'));
    await writer.write(1, [{ topic, key: Buffer.from('k'), value: good }], 2);
    await writer.close();
    const handled: string[] = [];
    const failures: string[] = [];
    const open = (group: string, onMalformed?: (_: unknown, reason: string) => Promise<void>) =>
      runFollower(
        {
          name: group,
          topic: uniqueTopic,
          maxBatch: 1,
          handle: async (batch) => {
            for (const { record: one } of batch)
              if (one.kind === 'activity') handled.push(one.activity.messageId);
          },
          ...(onMalformed ? { onMalformed } : {}),
        },
        { kafka, onError: (error) => failures.push(String(error)) },
      );
    const holding = await open('holding');
    await until('it says so', () => failures.some((text) => text.includes('no record of the activity log')));
    await holding.close();
    assert.equal(handled.length, 0);
    const reasons: string[] = [];
    const passing = await open('passing', async (_, reason) => {
      reasons.push(reason);
    });
    await until('what follows is handled', () => handled.includes('good'));
    await passing.close();
    assert.ok(reasons.some((reason) => reason.includes('of no known kind')));
  });
});
