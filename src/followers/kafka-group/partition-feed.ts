import type { KafkaConfig } from '../../datasources/activity-log/kafka/config.ts';
import { type Fetcher, openFetcher } from '../../datasources/activity-log/kafka/fetch.ts';
import { retry, wait } from '../../lib/retry.ts';
import { createFeedSource, type Feed, type FeedSource } from './feed-source.ts';

export type Feeds = {
  /** Begins to fetch a partition from an offset. */
  open(partition: number, offset: number): Feed;
  close(): Promise<void>;
};

const MIB = 1024 * 1024;
/** A partition with more than this waiting is not fetched. */
const BUFFER_BYTES = 2 * MIB;
const FETCH = { maxBytes: 8 * MIB, maxPartitionBytes: MIB } as const;
/** How long the broker waits for new records; briefly while a full partition may get room again meanwhile. */
const LONG_WAIT_MS = 500;
const SHORT_WAIT_MS = 10;
const RETRY_DELAY_MS = 1_000;

/**
 * Fetches partitions of one topic into bounded buffers: one request at a time for each broker, for all of its
 * partitions that have room. A slow reader of one partition holds up no other.
 */
export function openFeeds(config: KafkaConfig, topic: string, onError: (error: unknown) => void): Feeds {
  const sources = new Map<number, FeedSource>();
  const loops = new Map<number, Promise<void>>();
  const finder = openFetcher(config, topic);
  const room = createSignal();
  const closed = new AbortController();

  /** Follows one broker until it leads none of the partitions. */
  const follow = async (node: number): Promise<void> => {
    const fetcher = openFetcher(config, topic);
    try {
      while (!closed.signal.aborted) {
        const leaders = await fetcher.leaders();
        const own = [...sources.values()].filter(({ partition }) => leaders[partition] === node);
        if (own.length === 0) return;
        const open = own.filter((source) => source.bytes() < BUFFER_BYTES);
        const isShort = own.some((source) => source.bytes() > 0);
        if (open.length === 0) await room.next();
        else await fill(fetcher, open, isShort ? SHORT_WAIT_MS : LONG_WAIT_MS, onError);
      }
    } catch (error) {
      if (closed.signal.aborted) return;
      onError(error);
      await wait(RETRY_DELAY_MS, closed.signal).catch(() => {});
    } finally {
      loops.delete(node);
      void fetcher.close().catch(() => {});
      if (!closed.signal.aborted) void start();
    }
  };

  /** Makes sure that every broker that leads one of the partitions is followed. */
  const startMissing = async (): Promise<void> => {
    const leaders = await finder.leaders();
    for (const { partition } of sources.values()) {
      const node = leaders[partition] ?? -1;
      if (node >= 0 && !loops.has(node)) loops.set(node, follow(node));
    }
  };
  const start = (): Promise<void> =>
    retry(startMissing, {
      delayMs: () => RETRY_DELAY_MS,
      signal: closed.signal,
      onError(error) {
        if (!closed.signal.aborted) onError(error);
      },
      // It only ends with an error when it is closed.
    }).catch(() => {});

  return {
    open(partition, offset) {
      const source = createFeedSource(partition, offset, room.fire, (closed) => {
        if (sources.get(partition) === closed) sources.delete(partition);
        room.fire();
      });
      sources.set(partition, source);
      room.fire();
      void start();
      return source.feed;
    },
    async close() {
      closed.abort();
      for (const { feed } of [...sources.values()]) feed.close();
      room.fire();
      await Promise.all(loops.values());
      await finder.close().catch(() => {});
    },
  };
}

/** Fetches the next records of these partitions into their buffers. */
async function fill(
  fetcher: Fetcher,
  open: readonly FeedSource[],
  maxWaitMs: number,
  onError: (error: unknown) => void,
): Promise<void> {
  const offsets = new Map(open.map((source) => [source.partition, source.next()]));
  for (const { partition, messages, next, isOutOfRange } of await fetcher.fetch(offsets, {
    maxWaitMs,
    ...FETCH,
  })) {
    // A partition that came back meanwhile has another source.
    const source = open.find((one) => one.partition === partition);
    if (!source || source.isClosed()) continue;
    if (isOutOfRange) {
      const kept = (await fetcher.bounds([partition])).get(partition)?.first;
      if (kept !== undefined) source.skipTo(kept);
      onError(new Error(`Records of partition ${partition} were dropped before they were read.`));
    } else if (next !== source.next()) source.add(messages, next);
  }
}

/** Wakes all that wait for the next change. */
function createSignal(): { fire(): void; next(): Promise<void> } {
  let waiting: (() => void)[] = [];
  return {
    fire() {
      for (const wake of waiting) wake();
      waiting = [];
    },
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
  };
}
