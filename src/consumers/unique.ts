import {
  activitiesTopic,
  type KafkaConfig,
  kafkaUnavailable,
  uniqueTopic,
} from '../datasources/activity-log/kafka-config.ts';
import { openFetcher } from '../datasources/activity-log/kafka-fetch.ts';
import { encodeMessage, placeOf } from '../datasources/activity-log/kafka-message.ts';
import type { ActivityStore } from '../datasources/activity-store/port.ts';
import type { FailedActivities } from '../datasources/failed-activities/port.ts';
import type { Activity, LogRecord } from '../domain/activity.ts';
import { DomainError } from '../domain/errors.ts';
import { messageHash } from '../domain/ids.ts';
import type { Tenant } from '../domain/tenant.ts';
import { applyLogged, byTenant, type TenantRecords } from '../ingest/repair.ts';
import type { Claims } from './claims.ts';
import type { RunningConsumer } from './consumer.ts';
import { type ConsumedRecord, type PartitionBatch, type Runner, runPartitions } from './partition-runner.ts';
import { openTransactionalWriter, type Produced, type TransactionalWriter } from './transactions.ts';

export type UniqueOptions = {
  readonly kafka: KafkaConfig;
  readonly store: ActivityStore;
  readonly failures: Pick<FailedActivities, 'put'>;
  readonly claims: Claims;
  /** What Druid ingests of each activity, in input order. */
  facts(tenant: Tenant, activities: readonly Activity[], signal: AbortSignal): Promise<readonly object[]>;
  /** Records in one transaction, at most; 1,000 unless given. */
  readonly maxBatch?: number | undefined;
  /** Partitions handled at the same time, at most; 4 unless given. */
  readonly maxPartitions?: number | undefined;
  readonly storeTimeoutMs: number;
  /** After how long without a sign of life the group takes this process for dead, in milliseconds; 15,000 unless given. */
  readonly sessionTimeoutMs?: number | undefined;
  onError(error: unknown): void;
};

const MAX_BATCH = 1_000;
const MAX_PARTITIONS = 4;
const SESSION_TIMEOUT_MS = 15_000;

/** The consumer group that settles what was accepted. */
const settleGroup = (kafka: KafkaConfig): string => `${kafka.prefix}settle`;

/** A record that goes on, and where in the log it comes from. */
type Forwarded = { readonly tenant: Tenant; readonly record: LogRecord; readonly place: number };

/**
 * Settles what was accepted: brings into the store what it misses, and forwards to the unique log each message
 * of a tenant once, for ever, as the store has it, together with its facts.
 *
 * A message belongs to the position of the log that claimed it first. Handling that position again forwards it
 * again, any other never does; and what is forwarded is written in one Kafka transaction with the group's offset.
 * So a reader of committed records sees each once, whatever is killed, moved or replayed.
 */
export async function runUnique(options: UniqueOptions): Promise<RunningConsumer> {
  const { kafka, onError, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
  const source = activitiesTopic(kafka);
  const target = uniqueTopic(kafka);
  const group = settleGroup(kafka);
  /** By partition, with the signal of the time for which the partition is ours. */
  const writers = new Map<number, { readonly writer: TransactionalWriter; readonly signal: AbortSignal }>();
  const targetReader = openFetcher(kafka, target);

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
      target,
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
  options: UniqueOptions,
  records: readonly ConsumedRecord[],
  signal: AbortSignal,
): Promise<Produced[]> {
  const places = new Map(records.map((record, place) => [record, place]));
  const groups = await Promise.all(
    byTenant(records).map((group) =>
      settleTenant(options, group, (record) => places.get(record) ?? 0, signal),
    ),
  );
  return groups
    .flat()
    .sort((a, b) => a.place - b.place)
    .map(({ produced }) => produced);
}

async function settleTenant(
  options: UniqueOptions,
  group: TenantRecords,
  placeIn: (record: ConsumedRecord) => number,
  signal: AbortSignal,
): Promise<{ place: number; produced: Produced }[]> {
  const { store, claims } = options;
  const { tenant, logged } = group;
  const { outcomes } = await applyLogged(options, group);

  const forwarded: Forwarded[] = [];
  const candidates = new Map<string, { readonly entry: ConsumedRecord; readonly storedId: string }>();
  for (const [index, entry] of logged.entries()) {
    const outcome = outcomes.get(index);
    // What the store refuses is in none of the stores: it waits among the failed activities.
    if (outcome?.kind === 'refused') continue;
    const { record } = entry;
    if (record.kind !== 'activity') {
      forwarded.push({ tenant, record, place: placeIn(entry) });
      continue;
    }
    const hash = messageHash(tenant.id, record.activity.messageId);
    const storedId = outcome?.kind === 'activity' ? outcome.verdict.id : record.activity.id;
    if (!candidates.has(hash)) candidates.set(hash, { entry, storedId });
  }

  const entries = [...candidates].map(([hash, { entry }]) => ({ hash, position: entry.position }));
  const isFirst = entries.length > 0 ? await claims.claim(tenant, entries, signal) : [];
  const passed = [...candidates.values()].filter((_, index) => isFirst[index]);
  const activities = await asStored(store, tenant, passed, signal);
  passed.forEach(({ entry }, index) => {
    const activity = activities[index];
    if (activity) forwarded.push({ tenant, record: { kind: 'activity', activity }, place: placeIn(entry) });
  });

  const facts = await options.facts(tenant, activities, signal);
  const factsOf = new Map(activities.map((activity, index) => [activity, facts[index]]));
  return forwarded.map(({ record, place }) => ({
    place,
    produced: {
      key: placeOf(tenant.id, record, 1).key,
      value: encodeMessage(
        tenant.id,
        record,
        record.kind === 'activity' ? factsOf.get(record.activity) : undefined,
      ),
    },
  }));
}

/**
 * The activities as the store has them. A message that came twice, of another lead or at another time, may have
 * reached the store and the log in different order, or the log only the second time: what counts is what the
 * store shows.
 */
async function asStored(
  store: ActivityStore,
  tenant: Tenant,
  passed: readonly { readonly entry: ConsumedRecord; readonly storedId: string }[],
  signal: AbortSignal,
): Promise<readonly Activity[]> {
  const own = passed.map(({ entry: { record } }) =>
    record.kind === 'activity' ? record.activity : undefined,
  );
  const others = passed.flatMap(({ storedId }, index) => (storedId === own[index]?.id ? [] : [storedId]));
  const read = others.length > 0 ? await store.activities(tenant, others, signal) : [];
  const found = new Map(read.flatMap((activity) => (activity ? [[activity.id, activity]] : [])));
  return passed.map(({ storedId }, index) => {
    const activity = own[index]?.id === storedId ? own[index] : found.get(storedId);
    if (!activity)
      throw new DomainError('BACKEND_UNAVAILABLE', 'The store does not show an activity that it has.');
    return activity;
  });
}
