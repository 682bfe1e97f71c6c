import type { KafkaConfig } from '../../datasources/activity-log/kafka/config.ts';
import type { LogPosition } from '../../datasources/activity-log/port.ts';
import type { DecidedStart } from '../../datasources/campaign-runs/decision-message.ts';
import type { Consumed, ConsumedRecord } from './partition-runner.ts';
import type { Produced } from './transactions.ts';

/** The topic of a follower, and the name under which Kafka keeps its offsets. */
export type FollowerIdentity = {
  readonly name: string;
  /** Full name of the topic. */
  topic(kafka: KafkaConfig): string;
};

/**
 * A consumer group over one topic of the log. `runFollower` gives it each record at least once, in order within a
 * partition, for as long as it takes. A follower must itself set aside records that must not block the rest.
 */
export type Follower = HandlingFollower | DecisionFollower | ForwardingFollower;

type Common = FollowerIdentity & {
  /** Records in one batch, at most. */
  readonly maxBatch: number;
  /** It starts when this resolves; at once unless given. */
  readonly ready?: Promise<void> | undefined;
  /** Takes over a message that is no record of ours. Without it, such a message holds up its partition. */
  onMalformed?(position: LogPosition, reason: string, signal: AbortSignal): Promise<void>;
};

/** A follower whose work is idempotent: its offset is committed after the work is done. */
export type HandlingFollower = Common & {
  /**
   * Handles records of one partition. When it rejects, the same records come again after a pause. After the signal is
   * aborted the outcome is ignored, and the records go to another process.
   */
  handle(batch: readonly ConsumedRecord[], signal: AbortSignal): Promise<void>;
};

/** As a `HandlingFollower`, of the topic of decisions. */
export type DecisionFollower = Common & {
  handleDecisions(batch: readonly Consumed<DecidedStart>[], signal: AbortSignal): Promise<void>;
};

/** A follower that writes to other topics: its results and its offset are committed in one Kafka transaction. */
export type ForwardingFollower = Common & {
  /** Full name of the topic by whose partitions the results are spread. */
  target(kafka: KafkaConfig): string;
  /** Computes what these records lead to. When it rejects, the same records come again after a pause. */
  forward(batch: readonly ConsumedRecord[], signal: AbortSignal): Promise<readonly Produced[]>;
};

export type FollowOptions = {
  readonly kafka: KafkaConfig;
  /** After how long without a sign of life the group takes this process for dead, in milliseconds; 15,000 unless given. */
  readonly sessionTimeoutMs?: number | undefined;
  /** Called with every failure; the follower goes on by itself. */
  onError(error: unknown): void;
};

export type RunningFollower = {
  /** Finishes batches in flight, commits them and leaves the group. */
  close(): Promise<void>;
  /**
   * Records not handled yet, for each partition that this process has.
   * @throws DomainError `BACKEND_UNAVAILABLE` while that is not known, as while this process is no member of its group
   */
  lag(): Promise<ReadonlyMap<number, number>>;
};

/** The consumer group of a follower in an installation. */
export const groupOf = (kafka: KafkaConfig, { name }: Pick<FollowerIdentity, 'name'>): string =>
  `${kafka.prefix}${name}`;
