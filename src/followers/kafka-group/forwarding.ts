import { type KafkaConfig, kafkaUnavailable } from '../../datasources/activity-log/kafka/config.ts';
import { openFetcher } from '../../datasources/activity-log/kafka/fetch.ts';
import { decodeMessage } from '../../datasources/activity-log/kafka/message.ts';
import { type FollowOptions, type ForwardingFollower, groupOf, type RunningFollower } from './follower.ts';
import type { GroupMember } from './group-member.ts';
import { type LogContent, type PartitionBatch, type Runner, runPartitions } from './partition-runner.ts';
import { openTransactionalWriter, type TransactionalWriter } from './transactions.ts';

const SESSION_TIMEOUT_MS = 15_000;

/**
 * Runs a follower whose results are written in one Kafka transaction with the group's offset. A reader of committed
 * records sees each result once, through kills, rebalances and replays.
 */
export async function runForwarding(
  follower: ForwardingFollower,
  options: FollowOptions,
): Promise<RunningFollower> {
  const { kafka, sessionTimeoutMs = SESSION_TIMEOUT_MS, onError } = options;
  const group = groupOf(kafka, follower);
  const topic = follower.topic(kafka);
  const writers = createPartitionWriters(kafka, group, topic);
  const target = openFetcher(kafka, follower.target(kafka));

  const reopen = async (runner: Runner, partition: number, signal: AbortSignal): Promise<void> =>
    writers.reopen(partition, runner.member, signal);
  const handle = async (
    runner: Runner,
    batch: PartitionBatch<LogContent>,
    signal: AbortSignal,
    attempt: number,
  ): Promise<void> => {
    let { records } = batch;
    const { partition, next } = batch;
    if (attempt > 0) {
      // A lost response does not mean that the transaction before failed: it may have been committed.
      await reopen(runner, partition, signal);
      const committed = (await runner.member.committed([partition])).get(partition) ?? 0;
      if (committed >= next) return;
      records = records.filter(({ position }) => position.offset >= committed);
    }
    const results = await follower.forward(records, signal);
    const targets = (await target.leaders()).length;
    await writers.of(partition, signal).write(partition % targets, results, next);
  };

  const ready = Promise.withResolvers<Runner>();
  const runner = await runPartitions({
    kafka,
    group,
    topic,
    decode: decodeMessage,
    maxBatch: follower.maxBatch,
    drainMs: sessionTimeoutMs / 2,
    sessionTimeoutMs,
    commits: false,
    prepare: async (partition, signal) => reopen(await ready.promise, partition, signal),
    handle: async (batch, signal, attempt) => handle(await ready.promise, batch, signal, attempt),
    release: writers.release,
    ...(follower.onMalformed && { onMalformed: follower.onMalformed }),
    onError,
  });
  ready.resolve(runner);
  return {
    lag: runner.lag,
    async close() {
      await runner.close();
      await writers.close();
      await target.close().catch(() => {});
    },
  };
}

/** The transactional writer of each partition, for the time for which the partition is this member's. */
type PartitionWriters = {
  /** Opens a writer in a new epoch, which shuts out all others of the partition. @throws Error outside of the group */
  reopen(partition: number, member: GroupMember, signal: AbortSignal): Promise<void>;
  /** @throws DomainError `BACKEND_UNAVAILABLE` when the partition has none for this signal */
  of(partition: number, signal: AbortSignal): TransactionalWriter;
  /** Closes the writer that was opened for this signal. */
  release(partition: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
};

function createPartitionWriters(kafka: KafkaConfig, group: string, topic: string): PartitionWriters {
  const writers = new Map<number, { readonly writer: TransactionalWriter; readonly signal: AbortSignal }>();
  return {
    async reopen(partition, member, signal) {
      const before = writers.get(partition);
      writers.delete(partition);
      await before?.writer.close();
      const membership = member.membership();
      if (!membership || signal.aborted) throw new Error('not a member of the group now');
      const source = { topic, partition };
      const writer = await openTransactionalWriter({ kafka, group, source, membership });
      if (signal.aborted) return writer.close();
      writers.set(partition, { writer, signal });
    },
    of(partition, signal) {
      const own = writers.get(partition);
      if (own?.signal !== signal || signal.aborted)
        throw kafkaUnavailable(new Error('the partition has no writer'));
      return own.writer;
    },
    async release(partition, signal) {
      const own = writers.get(partition);
      // A late end must not close what the partition's next time has opened.
      if (own?.signal !== signal) return;
      writers.delete(partition);
      await own.writer.close();
    },
    async close() {
      await Promise.all([...writers.values()].map(({ writer }) => writer.close()));
    },
  };
}
