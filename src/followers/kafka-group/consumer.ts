import type { KafkaConfig } from '../../datasources/activity-log/kafka/config.ts';
import type { LogPosition } from '../../datasources/activity-log/port.ts';
import { type ConsumedRecord, runPartitions } from './partition-runner.ts';

export type { ConsumedRecord } from './partition-runner.ts';

export type ConsumerOptions = {
  readonly kafka: KafkaConfig;
  /** The consumer group, as Kafka knows it; the prefix is not added. */
  readonly group: string;
  /** The topic's full name. */
  readonly topic: string;
  readonly maxBatch: number;
  /** Partitions handled at the same time, at most; 4 unless given. */
  readonly maxPartitions?: number | undefined;
  /** How long a batch under way may take to end before its partition moves, in milliseconds; 8,000 unless given. */
  readonly drainMs?: number | undefined;
  /**
   * Handles records of one partition, in order. When it rejects, the same records come again after a pause, for
   * as long as it takes; what must not hold up the rest, it has to set aside itself. After the signal is aborted
   * its outcome counts for nothing, and the records go to another process.
   */
  handle(batch: readonly ConsumedRecord[], signal: AbortSignal): Promise<void>;
  /** Takes over a message that is no record of ours. Without it, such a message holds up its partition. */
  onMalformed?(position: LogPosition, reason: string, signal: AbortSignal): Promise<void>;
  /** Told of every failure; the consumer goes on by itself. */
  onError(error: unknown): void;
};

export type RunningConsumer = {
  /** Finishes what is under way, commits it and leaves the group. */
  close(): Promise<void>;
  /**
   * Records not handled yet, for each partition that this process has.
   * @throws DomainError `BACKEND_UNAVAILABLE` while that is not known, as while this process is no member of its group
   */
  lag(): Promise<ReadonlyMap<number, number>>;
};

/** How long a batch may take to end: within a session, of which no heartbeat is sent meanwhile. */
const DRAIN_MS = 8_000;
const MAX_PARTITIONS = 4;

/** Runs a consumer group over a topic; see `runPartitions` for what it keeps. */
export async function runConsumer(options: ConsumerOptions): Promise<RunningConsumer> {
  const { onMalformed } = options;
  const { close, lag } = await runPartitions({
    kafka: options.kafka,
    group: options.group,
    topic: options.topic,
    maxBatch: options.maxBatch,
    maxPartitions: options.maxPartitions ?? MAX_PARTITIONS,
    drainMs: options.drainMs ?? DRAIN_MS,
    commits: true,
    handle: async ({ records }, signal) => {
      if (records.length > 0) await options.handle(records, signal);
    },
    ...(onMalformed ? { onMalformed } : {}),
    onError: options.onError,
  });
  return { close, lag };
}
