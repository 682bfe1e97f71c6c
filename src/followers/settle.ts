import {
  activitiesTopic,
  type KafkaConfig,
  repeatsTopic,
  uniqueTopic,
} from '../datasources/activity-log/kafka/config.ts';
import { encodeMessage, placeOf } from '../datasources/activity-log/kafka/message.ts';
import type { ErasedLeads } from '../datasources/activity-log/port.ts';
import { type ActivityRows, rowsAs } from '../datasources/activity-store/port.ts';
import type { Claims } from '../datasources/claims/port.ts';
import type { FailedActivities } from '../datasources/failed-activities/port.ts';
import { type Activity, isConflict, type LogRecord } from '../domain/activity.ts';
import type { Tenant, TenantOf } from '../domain/tenant.ts';
import { byTenant, type TenantRecords } from '../ingest/write/by-tenant.ts';
import { keepConflicts } from '../ingest/write/failed-records.ts';
import { applyLogged } from './apply-logged.ts';
import { withoutErased } from './erased.ts';
import { judge } from './judge.ts';
import type { FollowerIdentity, ForwardingFollower } from './kafka-group/follower.ts';
import type { ConsumedRecord } from './kafka-group/partition-runner.ts';
import type { Produced } from './kafka-group/transactions.ts';

export type SettleOptions = {
  readonly kafka: KafkaConfig;
  readonly store: ActivityRows;
  readonly failures: Pick<FailedActivities, 'put'>;
  readonly claims: Claims;
  /** Whose records are left out. */
  readonly erased: ErasedLeads;
  /** The facts of each activity for Druid, in input order. */
  facts(tenant: Tenant, activities: readonly Activity[], signal: AbortSignal): Promise<readonly object[]>;
  /** Records in one transaction, at most; 1,000 unless given. */
  readonly maxBatch?: number | undefined;
  readonly storeTimeoutMs: number;
  /** Makes the tenants of the installation; of one without a secret unless given. */
  readonly tenantOf?: TenantOf | undefined;
};

const MAX_BATCH = 1_000;

/** The follower of accepted records. */
export const SETTLE: FollowerIdentity = { name: 'settle', topic: activitiesTopic };

/**
 * Settles accepted records, without those of people who were erased since. It separates the first of each message from its repeats (`judge`). It completes the first
 * in the store, even its row if the store missed it, and forwards it to the unique log with its facts. Repeats go to
 * the log of repeats; see `repeats`. A repeat with another body is also kept as a failed activity.
 */
export const settle = (options: SettleOptions): ForwardingFollower => ({
  ...SETTLE,
  maxBatch: options.maxBatch ?? MAX_BATCH,
  target: uniqueTopic,
  forward: (records, signal) => settleBatch(options, records, signal),
});

/** Returns the records to forward, in the order of the log. */
async function settleBatch(
  options: SettleOptions,
  records: readonly ConsumedRecord[],
  signal: AbortSignal,
): Promise<Produced[]> {
  const places = new Map(records.map(({ position }, place) => [position, place]));
  const groups = await Promise.all(
    byTenant(records, options.tenantOf).map(async (group) =>
      settleTenant(options, await withoutErased(options.erased, group, signal), signal),
    ),
  );
  return groups
    .flat()
    .map(([{ position }, produced]) => ({ place: places.get(position) ?? 0, produced }))
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
