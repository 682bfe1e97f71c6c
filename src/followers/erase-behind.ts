import type { ActivityLog, ErasedLeads, LoggedRecord } from '../datasources/activity-log/port.ts';
import { leadsIn } from '../datasources/activity-log/record-leads.ts';
import { type ActivityRows, rowsAs } from '../datasources/activity-store/port.ts';
import type { Claims } from '../datasources/claims/port.ts';
import type { FailedActivities } from '../datasources/failed-activities/port.ts';
import type { PersonalData } from '../datasources/personal-data.ts';
import type { Erasure } from '../domain/erasure.ts';
import type { Tenant } from '../domain/tenant.ts';
import { applyLogged } from './apply-logged.ts';
import { withoutErased } from './erased.ts';
import { judge } from './judge.ts';

export type EraseBehindOptions = {
  readonly log: Pick<ActivityLog, 'read' | 'partitions'>;
  readonly store: ActivityRows & Pick<PersonalData, 'erase'>;
  readonly claims: Claims;
  readonly failures: Pick<FailedActivities, 'put'>;
  readonly erased: ErasedLeads;
  readonly storeTimeoutMs: number;
};

/**
 * Erases a person from the store once more, when no write from before the erasure can be under way.
 * Such a write may have brought a row back. Then records of the new person, which stand behind the lines, are settled again.
 * The log is read to its end as it is after the deletion, and later records are settled later. So none is missing.
 */
export async function eraseBehind(
  options: EraseBehindOptions,
  tenant: Tenant,
  erasure: Erasure,
  signal: AbortSignal,
): Promise<void> {
  const { log, store, erased } = options;
  await store.erase(tenant, erasure, signal);
  const lines = await erased.linesOf(tenant, erasure.leads, signal);
  const leads = new Set(erasure.leads);
  const isOfThem = ({ tenantId, record }: LoggedRecord): boolean =>
    tenantId === tenant.id && leadsIn(tenant, record).some((lead) => leads.has(lead));
  for (const { partition, first } of await log.partitions(signal)) {
    const line = Math.min(...[...lines.values()].map((positions) => positions.get(partition) ?? 0));
    for await (const batch of log.read(partition, Math.max(first, line), signal)) {
      const theirs = batch.filter(isOfThem);
      if (theirs.length > 0) await settleAgain(options, tenant, theirs, signal);
    }
  }
}

async function settleAgain(
  options: EraseBehindOptions,
  tenant: Tenant,
  theirs: readonly LoggedRecord[],
  signal: AbortSignal,
): Promise<void> {
  const { logged } = await withoutErased(options.erased, { tenant, logged: theirs }, signal);
  const activities = logged.flatMap(({ record, position }) =>
    record.kind === 'activity' ? [{ activity: record.activity, position }] : [],
  );
  const { repeats } = await judge(options.claims, tenant, activities, signal);
  const repeated = new Set(repeats.map(({ position }) => position));
  await applyLogged(
    { ...options, store: rowsAs(options.store, options.store.complete) },
    { tenant, logged: logged.filter(({ position }) => !repeated.has(position)) },
  );
}
