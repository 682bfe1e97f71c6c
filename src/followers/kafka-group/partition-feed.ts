import type { KafkaConfig } from '../../datasources/activity-log/kafka/config.ts';
import {
  type FetchedMessage,
  type Fetcher,
  openFetcher,
} from '../../datasources/activity-log/kafka/fetch.ts';

/** What was fetched of one partition and not handled yet. */
export type Feed = {
  readonly partition: number;
  /** Takes up to `max` messages, in order; empty when none is there. */
  take(max: number): readonly FetchedMessage[];
  /** Everything before this offset was taken, or is nothing that a reader may see. */
  readonly taken: number;
  /** Resolves when there may be something to take. */
  readable(): Promise<void>;
  /** No more is fetched; who waits goes on. */
  close(): void;
};

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

type Source = {
  readonly feed: Feed;
  readonly partition: number;
  messages: FetchedMessage[];
  bytes: number;
  /** Where the next fetch goes on. */
  next: number;
  isClosed: boolean;
  wake(): void;
};

/**
 * Fetches partitions of one topic into bounded buffers: one request at a time for each broker, for all of its
 * partitions that have room. A slow reader of one partition holds up no other.
 */
export function openFeeds(config: KafkaConfig, topic: string, onError: (error: unknown) => void): Feeds {
  const sources = new Map<number, Source>();
  const loops = new Map<number, Promise<void>>();
  const finder = openFetcher(config, topic);
  let isClosed = false;
  let onChange: (() => void)[] = [];

  const changed = (): void => {
    for (const wake of onChange) wake();
    onChange = [];
  };
  const change = (): Promise<void> =>
    new Promise((resolve) => {
      onChange.push(resolve);
    });

  /** Follows one broker until it leads none of the partitions. */
  const follow = async (node: number): Promise<void> => {
    const fetcher = openFetcher(config, topic);
    try {
      while (!isClosed) {
        const leaders = await fetcher.leaders();
        const own = [...sources.values()].filter(({ partition }) => leaders[partition] === node);
        if (own.length === 0) return;
        const open = own.filter(({ bytes }) => bytes < BUFFER_BYTES);
        if (open.length === 0) {
          await change();
          continue;
        }
        const isShort = own.some(({ bytes }) => bytes > 0);
        await fill(fetcher, open, isShort ? SHORT_WAIT_MS : LONG_WAIT_MS);
      }
    } catch (error) {
      if (isClosed) return;
      onError(error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS));
    } finally {
      loops.delete(node);
      void fetcher.close().catch(() => {});
      if (!isClosed) void start();
    }
  };

  const fill = async (fetcher: Fetcher, open: readonly Source[], maxWaitMs: number): Promise<void> => {
    const fetched = await fetcher.fetch(new Map(open.map(({ partition, next }) => [partition, next])), {
      maxWaitMs,
      ...FETCH,
    });
    for (const { partition, messages, next, isOutOfRange } of fetched) {
      // A partition that came back meanwhile has another source.
      const source = open.find((one) => one.partition === partition);
      if (!source || source.isClosed) continue;
      if (isOutOfRange) {
        source.next = (await fetcher.bounds([partition])).get(partition)?.first ?? source.next;
        onError(new Error(`Records of partition ${partition} were dropped before they were read.`));
        continue;
      }
      if (next === source.next) continue;
      source.messages.push(...messages);
      for (const { value } of messages) source.bytes += value?.length ?? 0;
      source.next = next;
      source.wake();
    }
  };

  /** Sees to it that every broker that leads one of the partitions is followed. */
  const start = async (): Promise<void> => {
    while (!isClosed)
      try {
        const leaders = await finder.leaders();
        for (const { partition } of sources.values()) {
          const node = leaders[partition] ?? -1;
          if (node >= 0 && !loops.has(node)) loops.set(node, follow(node));
        }
        return;
      } catch (error) {
        if (isClosed) return;
        onError(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS));
      }
  };

  return {
    open(partition, offset) {
      let waiting: (() => void) | undefined;
      const source: Source = {
        partition,
        messages: [],
        bytes: 0,
        next: offset,
        isClosed: false,
        wake() {
          waiting?.();
          waiting = undefined;
        },
        feed: {
          partition,
          take(max) {
            const messages = source.messages.splice(0, max);
            for (const { value } of messages) source.bytes -= value?.length ?? 0;
            if (messages.length > 0) changed();
            return messages;
          },
          get taken() {
            return source.messages[0]?.offset ?? source.next;
          },
          readable: () =>
            source.messages.length > 0 || source.isClosed
              ? Promise.resolve()
              : new Promise((resolve) => {
                  waiting = resolve;
                }),
          close() {
            source.isClosed = true;
            if (sources.get(partition) === source) sources.delete(partition);
            source.wake();
            changed();
          },
        },
      };
      sources.set(partition, source);
      changed();
      void start();
      return source.feed;
    },
    async close() {
      isClosed = true;
      for (const { feed } of [...sources.values()]) feed.close();
      changed();
      await Promise.all(loops.values());
      await finder.close().catch(() => {});
    },
  };
}
