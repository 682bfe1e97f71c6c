import { Consumer } from '@platformatic/kafka';
import { clientOptions, inTime, type KafkaConfig } from '../datasources/activity-log/kafka/config.ts';
import { openFetcher } from '../datasources/activity-log/kafka/fetch.ts';
import { decodeMessage } from '../datasources/activity-log/kafka/message.ts';
import { type FollowerIdentity, groupOf } from './kafka-group/follower.ts';
import { SEARCH } from './search-indexer.ts';
import { SETTLE } from './settle.ts';

/** The progress of the log's followers, for readers that must not pass it. */
export type Horizon = {
  /**
   * The earliest `receivedAt` of a record that the index may not have yet, of any tenant, epoch milliseconds. The
   * present if there is none. Undefined while a group has not begun.
   * @throws DomainError `BACKEND_UNAVAILABLE`, or the signal's reason
   */
  until(tenantId: string, signal: AbortSignal): Promise<number | undefined>;
  close(): Promise<void>;
};

const TIMEOUT_MS = 10_000;
/** From the indexer's commit until Solr shows it (`autoSoftCommit`), generously. */
const VISIBLE_AFTER_MS = 2_000;
const LIMITS = { maxWaitMs: 100, maxBytes: 1_000_000, maxPartitionBytes: 100_000 } as const;

/** @param now the clock that dates arrivals, epoch milliseconds */
export function openHorizon(kafka: KafkaConfig, now: () => number): Horizon {
  const stages = [SETTLE, SEARCH].map((follower) => watch(kafka, follower));
  return {
    async until(_tenantId, signal) {
      // The log before the index: what passes from the one to the other meanwhile is seen in one of them.
      const asked = now();
      const times: (number | undefined)[] = [];
      for (const stage of stages)
        times.push(await inTime(stage.firstUnhandled(AbortSignal.timeout(TIMEOUT_MS)), signal, TIMEOUT_MS));
      if (times.includes(undefined)) return undefined;
      return Math.min(asked, ...times.map((time) => time ?? 0)) - VISIBLE_AFTER_MS;
    },
    async close() {
      await Promise.all(stages.map((stage) => stage.close()));
    },
  };
}

/** How far one follower has come. */
function watch(kafka: KafkaConfig, follower: FollowerIdentity) {
  const topic = follower.topic(kafka);
  const client = new Consumer({ ...clientOptions(kafka), groupId: groupOf(kafka, follower) });
  const fetcher = openFetcher(kafka, topic);
  // One call at a time: the fetcher's session with the broker knows one set of offsets.
  let last: Promise<unknown> = Promise.resolve();

  const ask = async (signal: AbortSignal): Promise<number | undefined> => {
    // What the group before has handed on is to be seen here, though its transaction may still be ending.
    await fetcher.untilCommitted(signal);
    const bounds = await fetcher.bounds();
    const answer = await client.listCommittedOffsets({ topics: [{ topic, partitions: [...bounds.keys()] }] });
    let earliest = Number.POSITIVE_INFINITY;
    for (const [partition, { first, end }] of bounds) {
      const committed = Number(answer.get(topic)?.[partition] ?? -1n);
      if (first === end || committed >= end) continue;
      if (committed < 0) return undefined;
      const [fetched] = await fetcher.fetch(new Map([[partition, committed]]), LIMITS);
      const [message] = fetched?.messages ?? [];
      // Nothing that a reader may see: what is left are the ends of transactions.
      if (!message || message.offset >= end) continue;
      const { record } = decodeMessage(message.value);
      if (record.kind === 'activity') earliest = Math.min(earliest, record.activity.receivedAt);
    }
    return earliest;
  };

  return {
    firstUnhandled(signal: AbortSignal): Promise<number | undefined> {
      const answer = last.then(() => ask(signal));
      last = answer.catch(() => {});
      return answer;
    },
    async close() {
      await last;
      await Promise.all([client.close(true), fetcher.close()]).catch(() => {});
    },
  };
}
