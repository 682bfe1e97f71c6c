import { type KafkaConfig, kafkaUnavailable } from '../../datasources/activity-log/kafka/config.ts';
import { type FetchedMessage, openFetcher } from '../../datasources/activity-log/kafka/fetch.ts';
import { decodeMessage } from '../../datasources/activity-log/kafka/message.ts';
import type { LogPosition } from '../../datasources/activity-log/port.ts';
import { RecordFormatError } from '../../datasources/activity-log/record-codec.ts';
import type { First } from '../../datasources/claims/port.ts';
import type { LogRecord } from '../../domain/activity.ts';
import { type GroupMember, joinGroup } from './group-member.ts';
import { type Feed, openFeeds } from './partition-feed.ts';
import { createSlots } from './slots.ts';

/** A record as a consumer group gives it. */
export type ConsumedRecord = {
  readonly position: LogPosition;
  readonly tenantId: string;
  readonly record: LogRecord;
  /** Of a repeat: the first of its message. */
  readonly first?: First;
};

/** Consecutive records of one partition; offsets `from` … `next`-1 hold nothing else that a reader may see. */
export type PartitionBatch = {
  readonly partition: number;
  readonly records: readonly ConsumedRecord[];
  readonly from: number;
  readonly next: number;
};

export type RunnerOptions = {
  readonly kafka: KafkaConfig;
  readonly group: string;
  readonly topic: string;
  /** Records in one batch, at most. */
  readonly maxBatch: number;
  /** How long a batch under way may take to end when partitions move or the process closes, in milliseconds. */
  readonly drainMs: number;
  /** After how long without a sign of life the group takes this process for dead, in milliseconds; more than `drainMs`. */
  readonly sessionTimeoutMs?: number | undefined;
  /** Whether the runner commits what was handled, or whoever handles it. */
  readonly commits: boolean;
  /** Runs before the committed offset of a newly assigned partition is read. Tried again until it resolves. */
  prepare?(partition: number, signal: AbortSignal): Promise<void>;
  /** Handles a batch. Rejecting brings the same batch again, after a pause; `attempt` counts from 0. */
  handle(batch: PartitionBatch, signal: AbortSignal, attempt: number): Promise<void>;
  /** What was begun under this signal is over: nothing of the partition is under way for it. */
  release?(partition: number, signal: AbortSignal): Promise<void>;
  /** Takes over a message that is no record: it is passed by once this resolves. */
  onMalformed?(position: LogPosition, reason: string, signal: AbortSignal): Promise<void>;
  onError(error: unknown): void;
};

export type Runner = {
  readonly member: GroupMember;
  /**
   * Records that are in the log and not handled yet, for each partition of this process; empty for a member that has
   * none. @throws DomainError `BACKEND_UNAVAILABLE` while that is not known: while this process is no member of the
   * group, or has not found out yet where a partition of its own starts
   */
  lag(): Promise<ReadonlyMap<number, number>>;
  /** Finishes what is under way, commits it and leaves the group. */
  close(): Promise<void>;
};

/** Partitions handled at the same time, at most. */
const MAX_PARTITIONS = 4;
const SESSION_TIMEOUT_MS = 15_000;
const REBALANCE_TIMEOUT_MS = 30_000;
const COMMIT_INTERVAL_MS = 500;
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 10_000;
/** How long a batch that was told to stop is waited for. */
const ABANDON_MS = 1_000;

/** The partitions of one assignment. */
type Tenure = {
  readonly partitions: readonly number[];
  readonly controller: AbortController;
  isEnding: boolean;
  readonly feeds: Set<Feed>;
  /** The next offset to be handled, by partition. */
  readonly positions: Map<number, number>;
  readonly committed: Map<number, number>;
  work: Promise<unknown>;
};

/**
 * Follows a topic as one member of a consumer group: each partition in order and one batch at a time, several
 * partitions at once. Offsets are committed only up to the first record that was not handled; a batch that
 * fails is tried again for as long as the partition is this member's. Every record is handled at least once.
 */
export async function runPartitions(options: RunnerOptions): Promise<Runner> {
  const { kafka, topic, onError } = options;
  const feeds = openFeeds(kafka, topic, onError);
  const slots = createSlots(MAX_PARTITIONS);
  const watcher = openFetcher(kafka, topic);
  let tenure: Tenure | undefined;
  let committing: Promise<void> = Promise.resolve();
  let ending: Promise<void> = Promise.resolve();
  let isClosed = false;

  const commitHandled = async (own: Tenure): Promise<void> => {
    if (!options.commits) return;
    const changed = new Map([...own.positions].filter(([key, offset]) => own.committed.get(key) !== offset));
    if (changed.size === 0) return;
    await member.commit(changed);
    for (const [partition, offset] of changed) own.committed.set(partition, offset);
  };

  /** Tries until it is done or the tenure ends. @returns whether it was done */
  const persist = async (own: Tenure, work: (attempt: number) => Promise<void>): Promise<boolean> => {
    let pause = MIN_PAUSE_MS;
    for (let attempt = 0; !own.isEnding; attempt += 1) {
      try {
        await work(attempt);
        return true;
      } catch (error) {
        if (own.controller.signal.aborted) return false;
        onError(error);
      }
      await sleep(pause, own.controller.signal, () => own.isEnding);
      pause = Math.min(pause * 2, MAX_PAUSE_MS);
    }
    return false;
  };

  const follow = async (own: Tenure, partition: number): Promise<void> => {
    try {
      await handleAll(own, partition);
    } finally {
      await options.release?.(partition, own.controller.signal);
    }
  };

  const handleAll = async (own: Tenure, partition: number): Promise<void> => {
    const { signal } = own.controller;
    let start = 0;
    const isReady = await persist(own, async () => {
      await options.prepare?.(partition, signal);
      const committed = (await member.committed([partition])).get(partition);
      start = committed ?? (await watcher.bounds([partition])).get(partition)?.first ?? 0;
    });
    if (!isReady || own.isEnding) return;
    const feed = feeds.open(partition, start);
    own.feeds.add(feed);
    own.positions.set(partition, start);
    own.committed.set(partition, start);
    while (!own.isEnding) {
      await feed.readable();
      if (own.isEnding) break;
      const from = own.positions.get(partition) ?? start;
      const messages = feed.take(options.maxBatch);
      const next = feed.taken;
      if (messages.length > 0) {
        const isDone = await persist(own, async (attempt) => {
          // Not held while a batch that failed waits for its next turn: that would hold up other partitions.
          const release = await slots.take();
          try {
            const records = await decodeAll(partition, messages, signal);
            await options.handle({ partition, records, from, next }, signal, attempt);
          } finally {
            release();
          }
        });
        if (!isDone) break;
      }
      if (!signal.aborted) own.positions.set(partition, next);
    }
    feed.close();
  };

  const decodeAll = async (
    partition: number,
    messages: readonly FetchedMessage[],
    signal: AbortSignal,
  ): Promise<ConsumedRecord[]> => {
    const records: ConsumedRecord[] = [];
    for (const { offset, value } of messages) {
      const position = { partition, offset };
      try {
        records.push({ position, ...decodeMessage(value) });
      } catch (error) {
        if (!(error instanceof RecordFormatError) || !options.onMalformed) throw error;
        await options.onMalformed(position, error.message, signal);
      }
    }
    return records;
  };

  /** Whoever asks while it goes on waits for the same end. */
  const endTenure = (): Promise<void> => {
    if (tenure) ending = end(tenure);
    tenure = undefined;
    return ending;
  };
  const end = async (own: Tenure): Promise<void> => {
    own.isEnding = true;
    for (const feed of own.feeds) feed.close();
    const abandon = setTimeout(
      () => own.controller.abort(kafkaUnavailable(new Error('the partition is going to another process'))),
      options.drainMs,
    );
    await Promise.race([own.work, sleep(options.drainMs + ABANDON_MS)]);
    clearTimeout(abandon);
    own.controller.abort(kafkaUnavailable(new Error('the partition is another process')));
    await committing;
    await commitHandled(own).catch(onError);
  };

  const member = await joinGroup({
    kafka,
    group: options.group,
    topic,
    sessionTimeoutMs: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
    rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
    onAssigned(partitions) {
      if (isClosed) return;
      const own: Tenure = {
        partitions,
        controller: new AbortController(),
        isEnding: false,
        feeds: new Set(),
        positions: new Map(),
        committed: new Map(),
        work: Promise.resolve(),
      };
      tenure = own;
      own.work = Promise.all(partitions.map((partition) => follow(own, partition).catch(onError)));
    },
    onRevoked: endTenure,
    onError,
  });

  const commitTimer = setInterval(() => {
    const own = tenure;
    if (own) committing = committing.then(() => commitHandled(own)).catch(onError);
  }, COMMIT_INTERVAL_MS);

  return {
    member,
    async lag() {
      const own = tenure;
      if (!own) throw kafkaUnavailable(new Error('not a member of the group now'));
      const unknown = own.partitions.filter((partition) => !own.positions.has(partition));
      if (unknown.length > 0)
        throw kafkaUnavailable(new Error(`the start of partitions ${unknown.join()} is not known yet`));
      if (own.partitions.length === 0) return new Map();
      const positions = new Map(own.positions);
      const bounds = await watcher.bounds([...positions.keys()]).catch((error: unknown) => {
        throw kafkaUnavailable(error);
      });
      return new Map(
        [...positions].map(([partition, offset]) => [
          partition,
          Math.max(0, (bounds.get(partition)?.end ?? offset) - offset),
        ]),
      );
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(commitTimer);
      await endTenure();
      await member.leave();
      await Promise.all([feeds.close(), watcher.close().catch(() => {})]);
    },
  };
}

/** Resolves after a while, or when the signal says so, or soon after `isOver` does. */
function sleep(ms: number, signal?: AbortSignal, isOver?: () => boolean): Promise<void> {
  const until = performance.now() + ms;
  return new Promise((resolve) => {
    const tick = (): void => {
      const left = until - performance.now();
      if (left <= 0 || signal?.aborted || isOver?.()) resolve();
      else setTimeout(tick, isOver ? Math.min(left, 100) : left).unref();
    };
    tick();
  });
}
