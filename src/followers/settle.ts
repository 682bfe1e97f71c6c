import {
  activitiesTopic,
  type KafkaConfig,
  kafkaUnavailable,
  repeatsTopic,
  uniqueTopic,
} from '../datasources/activity-log/kafka/config.ts';
import { openFetcher } from '../datasources/activity-log/kafka/fetch.ts';
import { encodeMessage, placeOf } from '../datasources/activity-log/kafka/message.ts';
import { type ActivityRows, rowsAs } from '../datasources/activity-store/port.ts';
import type { Claims } from '../datasources/claims/port.ts';
import type { FailedActivities } from '../datasources/failed-activities/port.ts';
import { type Activity, isConflict, type LogRecord } from '../domain/activity.ts';
import type { Tenant, TenantOf } from '../domain/tenant.ts';
import { applyLogged } from '../ingest/write/apply-logged.ts';
import { byTenant, type TenantRecords } from '../ingest/write/by-tenant.ts';
import { keepConflicts } from '../ingest/write/failed-records.ts';
import { judge } from './judge.ts';
import type { RunningConsumer } from './kafka-group/consumer.ts';
import {
  type ConsumedRecord,
  type PartitionBatch,
  type Runner,
  runPartitions,
} from './kafka-group/partition-runner.ts';
import {
  openTransactionalWriter,
  type Produced,
  type TransactionalWriter,
} from './kafka-group/transactions.ts';

export type SettleOptions = {
  readonly kafka: KafkaConfig;
  readonly store: ActivityRows;
  readonly failures: Pick<FailedActivities, 'put'>;
  readonly claims: Claims;
  /** What Druid ingests of each activity, in input order. */
  facts(tenant: Tenant, activities: readonly Activity[], signal: AbortSignal): Promise<readonly object[]>;
  /** Records in one transaction, at most; 1,000 unless given. */
  readonly maxBatch?: number | undefined;
  /** Partitions handled at the same time, at most; 4 unless given. */
  readonly maxPartitions?: number | undefined;
  readonly storeTimeoutMs: number;
  /** Makes the tenants of the installation; of one without a secret unless given. */
  readonly tenantOf?: TenantOf | undefined;
  /** After how long without a sign of life the group takes this process for dead, in milliseconds; 15,000 unless given. */
  readonly sessionTimeoutMs?: number | undefined;
  onError(error: unknown): void;
};

const MAX_BATCH = 1_000;
const MAX_PARTITIONS = 4;
const SESSION_TIMEOUT_MS = 15_000;

/** The consumer group that settles what was accepted. */
const settleGroup = (kafka: KafkaConfig): string => `${kafka.prefix}settle`;

/**
 * Settles what was accepted: tells the first of each message from its repeats (`judge`), completes in the store
 * what follows from the first (its row too, should the store have missed it), and forwards it to the unique log,
 * together with its facts. Repeats go to the log of repeats; see `runRepeats`. A repeat with another body than the first
 * is kept as a failed activity, too.
 *
 * What is forwarded is written in one Kafka transaction with the group's offset. So a reader of committed records
 * sees each message once, whatever is killed, moved or replayed.
 */
export async function runSettle(options: SettleOptions): Promise<RunningConsumer> {
  const { kafka, onError, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
  const source = activitiesTopic(kafka);
  const group = settleGroup(kafka);
  /** By partition, with the signal of the time for which the partition is ours. */
  const writers = new Map<number, { readonly writer: TransactionalWriter; readonly signal: AbortSignal }>();
  const targetReader = openFetcher(kafka, uniqueTopic(kafka));

  /** The writer of a partition in a new epoch: all others of that partition are shut out. */
  const reopen = async (runner: Runner, partition: number, signal: AbortSignal): Promise<void> => {
    const before = writers.get(partition);
    writers.delete(partition);
    await before?.writer.close();
    const membership = runner.member.membership();
    if (!membership || signal.aborted) throw new Error('not a member of the group now');
    const writer = await openTransactionalWriter({
      kafka,
      group,
      source: { topic: source, partition },
      membership,
    });
    if (signal.aborted) return writer.close();
    writers.set(partition, { writer, signal });
  };
  const release = async (partition: number, signal: AbortSignal): Promise<void> => {
    const own = writers.get(partition);
    // A late end must not close what the partition's next time has opened.
    if (own?.signal !== signal) return;
    writers.delete(partition);
    await own.writer.close();
  };

  const handle = async (
    runner: Runner,
    batch: PartitionBatch,
    signal: AbortSignal,
    attempt: number,
  ): Promise<void> => {
    let { records } = batch;
    const { partition, next } = batch;
    if (attempt > 0) {
      // The transaction before may have been committed without our knowing: no answer is no "no".
      await reopen(runner, partition, signal);
      const committed = (await runner.member.committed([partition])).get(partition) ?? 0;
      if (committed >= next) return;
      records = records.filter(({ position }) => position.offset >= committed);
    }
    const forwarded = await settle(options, records, signal);
    const targets = (await targetReader.leaders()).length;
    const own = writers.get(partition);
    if (own?.signal !== signal || signal.aborted)
      throw kafkaUnavailable(new Error('the partition has no writer'));
    await own.writer.write(partition % targets, forwarded, next);
  };

  const ready = Promise.withResolvers<Runner>();
  const runner = await runPartitions({
    kafka,
    group,
    topic: source,
    maxBatch: options.maxBatch ?? MAX_BATCH,
    maxPartitions: options.maxPartitions ?? MAX_PARTITIONS,
    drainMs: sessionTimeoutMs / 2,
    sessionTimeoutMs,
    commits: false,
    prepare: async (partition, signal) => reopen(await ready.promise, partition, signal),
    handle: async (batch, signal, attempt) => handle(await ready.promise, batch, signal, attempt),
    release,
    onError,
  });
  ready.resolve(runner);
  return {
    lag: runner.lag,
    async close() {
      await runner.close();
      await Promise.all([...writers.values()].map(({ writer }) => writer.close()));
      await targetReader.close().catch(() => {});
    },
  };
}

/** What of these records goes on, in the log's order. */
async function settle(
  options: SettleOptions,
  records: readonly ConsumedRecord[],
  signal: AbortSignal,
): Promise<Produced[]> {
  const places = new Map(records.map((record, place) => [record, place]));
  const groups = await Promise.all(
    byTenant(records, options.tenantOf).map((group) => settleTenant(options, group, signal)),
  );
  return groups
    .flat()
    .map(([record, produced]) => ({ place: places.get(record) ?? 0, produced }))
    .sort((a, b) => a.place - b.place)
    .map(({ produced }) => produced);
}

type Forwarded = readonly [record: ConsumedRecord, produced: Produced];

async function settleTenant(
  options: SettleOptions,
  { tenant, logged }: TenantRecords,
  signal: AbortSignal,
): Promise<Forwarded[]> {
  const activities = logged.flatMap(({ record, position }) =>
    record.kind === 'activity' ? [{ activity: record.activity, position }] : [],
  );
  const { firsts, repeats } = await judge(options.claims, tenant, activities, signal);
  const repeated = new Map(repeats.map(({ position, first }) => [position, first]));
  const conflicts = repeats.flatMap(({ activity, first }) => (isConflict(activity, first) ? [activity] : []));
  await keepConflicts(options.failures, tenant, conflicts, AbortSignal.timeout(options.storeTimeoutMs));

  const counted = logged.filter(({ position }) => !repeated.has(position));
  const sink = { ...options, store: rowsAs(options.store, options.store.complete) };
  const outcomes = await applyLogged(sink, { tenant, logged: counted });
  // What the store refuses is in none of the stores: it waits among the failed activities.
  const kept = counted.filter((_, index) => outcomes.get(index)?.kind !== 'refused');

  const facts = await options.facts(
    tenant,
    firsts.map(({ activity }) => activity),
    signal,
  );
  const factsOf = new Map(firsts.map(({ activity }, index) => [activity, facts[index]]));
  const produce = (
    topic: string,
    record: LogRecord,
    extra: Parameters<typeof encodeMessage>[2],
  ): Produced => ({
    topic,
    key: placeOf(tenant, record, 1).key,
    value: encodeMessage(tenant.id, record, extra),
  });
  const unique = uniqueTopic(options.kafka);
  return [
    ...kept.map((entry): Forwarded => {
      const { record } = entry;
      const own = record.kind === 'activity' ? factsOf.get(record.activity) : undefined;
      return [entry, produce(unique, record, { facts: own })];
    }),
    ...logged.flatMap((entry): Forwarded[] => {
      const first = repeated.get(entry.position);
      return first ? [[entry, produce(repeatsTopic(options.kafka), entry.record, { first })]] : [];
    }),
  ];
}
