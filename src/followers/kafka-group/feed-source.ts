import type { FetchedMessage } from '../../datasources/activity-log/kafka/fetch.ts';

/** The messages of one partition that were fetched and not handled yet. */
export type Feed = {
  readonly partition: number;
  /** Takes up to `max` messages, in order; empty when none is there. */
  take(max: number): readonly FetchedMessage[];
  /** Everything before this offset was taken, or is nothing that a reader may see. */
  readonly taken: number;
  /** Resolves when there may be something to take. */
  readable(): Promise<void>;
  /** Ends fetching, and releases a waiting reader. */
  close(): void;
};

/** A feed as its fetcher sees it. */
export type FeedSource = {
  readonly feed: Feed;
  readonly partition: number;
  /** Bytes of the messages that wait. */
  bytes(): number;
  /** The offset where the next fetch goes on. */
  next(): number;
  isClosed(): boolean;
  /** Adds the messages up to `next`. */
  add(messages: readonly FetchedMessage[], next: number): void;
  /** Continues at another offset: earlier records are deleted. */
  skipTo(offset: number): void;
};

/**
 * @param onRoom called when messages were taken
 * @param onClosed called when the feed is closed
 */
export function createFeedSource(
  partition: number,
  offset: number,
  onRoom: () => void,
  onClosed: (source: FeedSource) => void,
): FeedSource {
  const waiting: FetchedMessage[] = [];
  let bytes = 0;
  let next = offset;
  let isClosed = false;
  let onReadable: (() => void) | undefined;
  const wake = (): void => {
    onReadable?.();
    onReadable = undefined;
  };

  const feed: Feed = {
    partition,
    take(max) {
      const messages = waiting.splice(0, max);
      for (const { value } of messages) bytes -= value?.length ?? 0;
      if (messages.length > 0) onRoom();
      return messages;
    },
    get taken() {
      return waiting[0]?.offset ?? next;
    },
    readable: () =>
      waiting.length > 0 || isClosed
        ? Promise.resolve()
        : new Promise((resolve) => {
            onReadable = resolve;
          }),
    close() {
      isClosed = true;
      wake();
      onClosed(source);
    },
  };
  const source: FeedSource = {
    feed,
    partition,
    bytes: () => bytes,
    next: () => next,
    isClosed: () => isClosed,
    add(messages, end) {
      waiting.push(...messages);
      for (const { value } of messages) bytes += value?.length ?? 0;
      next = end;
      wake();
    },
    skipTo(start) {
      next = start;
    },
  };
  return source;
}
