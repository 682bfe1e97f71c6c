import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fetcher } from '../../../../../src/datasources/activity-log/kafka/fetch.ts';
import { encodeMessage } from '../../../../../src/datasources/activity-log/kafka/message.ts';
import { type ReadProgress, readTopic } from '../../../../../src/datasources/activity-log/kafka/records.ts';
import { anActivity } from '../../../../support/activities.ts';

/** A topic in memory: by partition the first kept offset, and what is at each offset (null: nothing to be seen). */
function topicOf(partitions: readonly { first: number; messages: readonly (string | null)[] }[]) {
  const kept = partitions.map(({ first }) => first);
  const topic: Pick<Fetcher, 'bounds' | 'fetch'> & { drop(partition: number, first: number): void } = {
    async bounds(chosen = [...partitions.keys()]) {
      return new Map(
        chosen.map((partition) => [
          partition,
          { first: kept[partition] ?? 0, end: partitions[partition]?.messages.length ?? 0 },
        ]),
      );
    },
    async fetch(offsets) {
      return [...offsets].map(([partition, from]) => {
        const all = partitions[partition]?.messages ?? [];
        const isOutOfRange = from < (kept[partition] ?? 0);
        const next = isOutOfRange ? from : Math.min(from + 2, all.length);
        const messages = all.slice(from, next).flatMap((messageId, index) => {
          const activity = anActivity('acme', { messageId: messageId ?? '' });
          const value = encodeMessage('acme', { kind: 'activity', activity });
          return messageId === null ? [] : [{ offset: from + index, value }];
        });
        return { partition, next, isOutOfRange, messages: isOutOfRange ? [] : messages };
      });
    },
    drop(partition, first) {
      kept[partition] = first;
    },
  };
  return topic;
}

describe('reading a topic from its beginning to its end', () => {
  const signal = new AbortController().signal;
  const idOf = (record: { kind: string; activity?: { messageId: string } }) => record.activity?.messageId;

  test('gives every record that is kept, in order by partition, and counts offsets, also those without a record', async () => {
    const topic = topicOf([
      { first: 1, messages: ['gone', 'a', 'b', null, null, 'c'] },
      { first: 0, messages: [] },
      { first: 0, messages: ['d'] },
    ]);
    const progress: ReadProgress[] = [];
    const seen: unknown[] = [];
    for await (const batch of readTopic(topic, signal, (now) => progress.push(now)))
      seen.push(...batch.map(({ position, record }) => [position.partition, position.offset, idOf(record)]));
    assert.deepEqual(seen, [
      [0, 1, 'a'],
      [0, 2, 'b'],
      [0, 5, 'c'],
      [2, 0, 'd'],
    ]);
    assert.deepEqual(progress.at(-1), { done: 6, total: 6 });
    assert.ok(progress.every(({ done }, at) => done >= (progress[at - 1]?.done ?? 0)));
  });

  test('goes on with what is kept when Kafka drops records meanwhile', async () => {
    const topic = topicOf([{ first: 0, messages: ['a', 'b', 'c', 'd', 'e', 'f'] }]);
    const seen: unknown[] = [];
    for await (const batch of readTopic(topic, signal, () => {})) {
      seen.push(...batch.map(({ record }) => idOf(record)));
      topic.drop(0, 4);
    }
    assert.deepEqual(seen, ['a', 'b', 'e', 'f']);
  });

  test('ends with the signal', async () => {
    const stop = new AbortController();
    const reading = async () => {
      for await (const _ of readTopic(
        topicOf([{ first: 0, messages: ['a', 'b', 'c'] }]),
        stop.signal,
        () => {},
      ))
        stop.abort();
    };
    await assert.rejects(reading());
  });
});
