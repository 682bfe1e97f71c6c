import type { KafkaConfig } from '../../datasources/activity-log/kafka/config.ts';
import {
  type FetchedMessage,
  type Fetcher,
  openFetcher,
} from '../../datasources/activity-log/kafka/fetch.ts';
import type { LogPosition } from '../../datasources/activity-log/port.ts';
import { RecordFormatError } from '../../datasources/activity-log/record-codec.ts';
import type { First } from '../../datasources/claims/port.ts';
import type { LogRecord } from '../../domain/activity.ts';
import { type GroupMember, joinGroup } from './group-member.ts';
import { type Feeds, openFeeds } from './partition-feed.ts';
import { createSlots } from './slots.ts';
import { commitHandled, createTenure, endTenure, lagOf, persist, type Tenure } from './tenure.ts';

/** A message of a topic, decoded, with its position. */
export type Consumed<Content> = Content & { readonly position: LogPosition };

/** The content of a message of the log. */
export type LogContent = {
  readonly tenantId: string;
  readonly record: LogRecord;
  /** Of a repeat: the first of its message. */
  readonly first?: First;
};

/** A record of the log as a consumer group gives it. */
export type ConsumedRecord = Consumed<LogContent>;

/** Consecutive records of one partition; offsets `from` … `next`-1 hold nothing else that a reader may see. */
export type PartitionBatch<Content> = {
  readonly partition: number;
  readonly records: readonly Consumed<Content>[];
  readonly from: number;
  readonly next: number;
};

export type RunnerOptions<Content> = {
  readonly kafka: KafkaConfig;
  readonly group: string;
  readonly topic: string;
  /** @throws RecordFormatError for a message that is none of this topic's */
  decode(value: Uint8Array | null): Content;
  /** Records in one batch, at most. */
  readonly maxBatch: number;
  /** How long a batch under way may take to end when partitions move or the process closes, in milliseconds. */
  readonly drainMs: number;
  /** After how long without a sign of life the group takes this process for dead, in milliseconds; more than `drainMs`. */
  readonly sessionTimeoutMs?: number | undefined;
  /** Whether the runner commits handled records; otherwise the handler does. */
  readonly commits: boolean;
  /** Runs before the committed offset of a newly assigned partition is read. Tried again until it resolves. */
  prepare?(partition: number, signal: AbortSignal): Promise<void>;
  /** Handles a batch. Rejecting brings the same batch again, after a pause; `attempt` counts from 0. */
  handle(batch: PartitionBatch<Content>, signal: AbortSignal, attempt: number): Promise<void>;
  /** Called when all work under this signal has ended: nothing of the partition is in flight. */
  release?(partition: number, signal: AbortSignal): Promise<void>;
  /** Takes over a message that is no record: it is passed by once this resolves. */
  onMalformed?(position: LogPosition, reason: string, signal: AbortSignal): Promise<void>;
  onError(error: unknown): void;
};

export type Runner = {
  readonly member: GroupMember;
  /**
   * Unhandled records of the log, for each partition of this process; empty for a member without partitions.
   * @throws DomainError `BACKEND_UNAVAILABLE` while this process is no member of the group, or does not know where a
   * partition starts
   */
  lag(): Promise<ReadonlyMap<number, number>>;
  /** Finishes batches in flight, commits them and leaves the group. */
  close(): Promise<void>;
};

/** Partitions handled at the same time, at most. */
const MAX_PARTITIONS = 4;
const SESSION_TIMEOUT_MS = 15_000;
const REBALANCE_TIMEOUT_MS = 30_000;
const COMMIT_INTERVAL_MS = 500;

/**
 * Follows a topic as one member of a consumer group. Each partition runs in order, one batch at a time; several
 * partitions run side by side. Offsets are committed only up to the first unhandled record. A failed batch is retried
 * while the partition belongs to this member. Every record is handled at least once.
 */
export async function runPartitions<Content>(options: RunnerOptions<Content>): Promise<Runner> {
  const { kafka, topic, drainMs, onError } = options;
  const feeds = openFeeds(kafka, topic, onError);
  const slots = createSlots(MAX_PARTITIONS);
  const watcher = openFetcher(kafka, topic);
  let tenure: Tenure | undefined;
  let committing: Promise<void> = Promise.resolve();
  let ending: Promise<void> = Promise.resolve();
  let isClosed = false;

  const commit = async (own: Tenure): Promise<void> => {
    if (options.commits) await commitHandled(own, member);
  };
  const end = async (own: Tenure): Promise<void> => {
    await endTenure(own, drainMs);
    await committing;
    await commit(own).catch(onError);
  };
  /** Callers that come while it goes on wait for the same end. */
  const endPresent = (): Promise<void> => {
    if (tenure) ending = end(tenure);
    tenure = undefined;
    return ending;
  };

  const member = await joinGroup({
    kafka,
    group: options.group,
    topic,
    sessionTimeoutMs: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
    rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
    onAssigned(partitions) {
      if (isClosed) return;
      const own = createTenure(partitions);
      tenure = own;
      const means = { options, member, feeds, slots, watcher };
      own.work = Promise.all(
        partitions.map((partition) => followPartition(means, own, partition).catch(onError)),
      );
    },
    onRevoked: endPresent,
    onError,
  });

  const commitTimer = setInterval(() => {
    const own = tenure;
    if (own) committing = committing.then(() => commit(own)).catch(onError);
  }, COMMIT_INTERVAL_MS);

  return {
    member,
    lag: () => lagOf(tenure, (partitions) => watcher.bounds(partitions)),
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(commitTimer);
      await endPresent();
      await member.leave();
      await Promise.all([feeds.close(), watcher.close().catch(() => {})]);
    },
  };
}

type Means<Content> = {
  readonly options: RunnerOptions<Content>;
  readonly member: GroupMember;
  readonly feeds: Feeds;
  readonly slots: ReturnType<typeof createSlots>;
  readonly watcher: Fetcher;
};

/** Handles one partition, batch by batch, until the tenure ends. */
async function followPartition<Content>(
  means: Means<Content>,
  own: Tenure,
  partition: number,
): Promise<void> {
  const { options, feeds } = means;
  const { signal } = own.controller;
  try {
    const start = await startOf(means, own, partition);
    if (start === undefined || own.ending.signal.aborted) return;
    const feed = feeds.open(partition, start);
    own.feeds.add(feed);
    own.positions.set(partition, start);
    own.committed.set(partition, start);
    while (!own.ending.signal.aborted) {
      await feed.readable();
      if (own.ending.signal.aborted) break;
      const from = own.positions.get(partition) ?? start;
      const messages = feed.take(options.maxBatch);
      const next = feed.taken;
      if (messages.length > 0 && !(await handleBatch(means, own, { partition, messages, from, next }))) break;
      if (!signal.aborted) own.positions.set(partition, next);
    }
    feed.close();
  } finally {
    await options.release?.(partition, signal);
  }
}

/** Where to begin in a partition; undefined when the tenure ended before that was known. */
async function startOf<Content>(
  { options, member, watcher }: Means<Content>,
  own: Tenure,
  partition: number,
): Promise<number | undefined> {
  let start: number | undefined;
  await persist(
    own,
    async () => {
      await options.prepare?.(partition, own.controller.signal);
      const committed = (await member.committed([partition])).get(partition);
      start = committed ?? (await watcher.bounds([partition])).get(partition)?.first ?? 0;
    },
    options.onError,
  );
  return start;
}

type FetchedBatch = Omit<PartitionBatch<never>, 'records'> & { readonly messages: readonly FetchedMessage[] };

/** Handles a batch until that succeeds. @returns whether it did before the tenure ended */
function handleBatch<Content>(
  { options, slots }: Means<Content>,
  own: Tenure,
  { messages, ...batch }: FetchedBatch,
): Promise<boolean> {
  const { signal } = own.controller;
  return persist(
    own,
    async (attempt) => {
      // Not held while a batch that failed waits for its next turn: that would hold up other partitions.
      const release = await slots.take();
      try {
        const records = await decodeAll(options, batch.partition, messages, signal);
        await options.handle({ ...batch, records }, signal, attempt);
      } finally {
        release();
      }
    },
    options.onError,
  );
}

async function decodeAll<Content>(
  { decode, onMalformed }: RunnerOptions<Content>,
  partition: number,
  messages: readonly FetchedMessage[],
  signal: AbortSignal,
): Promise<Consumed<Content>[]> {
  const records: Consumed<Content>[] = [];
  for (const { offset, value } of messages) {
    const position = { partition, offset };
    try {
      records.push({ position, ...decode(value) });
    } catch (error) {
      if (!(error instanceof RecordFormatError) || !onMalformed) throw error;
      await onMalformed(position, error.message, signal);
    }
  }
  return records;
}
