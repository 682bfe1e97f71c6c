import type { ActivityLog, LoggedRecord } from '../../datasources/activity-log/port.ts';
import type { ActivityRows, ActivityWrites } from '../../datasources/activity-store/port.ts';
import { conflictOf, type FailedActivities, failureOf } from '../../datasources/failed-activities/port.ts';
import type { Activity, LogRecord, Source } from '../../domain/activity.ts';
import { type Tenant, type TenantOf, verifyTenant } from '../../domain/tenant.ts';
import { type Applied, applyWithin, refusalText } from './write-apply.ts';

export type RepairSource = {
  readonly log: ActivityLog;
  readonly store: ActivityWrites;
  readonly failures: Pick<FailedActivities, 'put'>;
  /** A call to the store that takes longer counts as failed. */
  readonly storeTimeoutMs: number;
  /** Makes the tenants of the installation; of one without a secret unless given. */
  readonly tenantOf?: TenantOf | undefined;
};

/** A store of rows as what logged records are applied to: `write` is what is done with activities. */
export const rowsAs = (
  { updateLeads, putCampaigns, defineType }: ActivityRows,
  write: ActivityRows['complete'],
): ActivityWrites => ({
  updateLeads,
  putCampaigns,
  defineType,
  async write(tenant, activities, signal) {
    await write(tenant, activities, signal);
    return activities.map(({ id }) => ({ status: 'stored', id }));
  },
});

/** The records of one tenant in one batch of the log. */
export type TenantRecords<T extends LoggedRecord = LoggedRecord> = {
  readonly tenant: Tenant;
  readonly logged: readonly T[];
};

/** By tenant, each in the order of the log. The log holds nothing that did not come from a verified tenant. */
export function byTenant<T extends LoggedRecord>(
  batch: readonly T[],
  tenantOf: TenantOf = verifyTenant,
): TenantRecords<T>[] {
  const groups = new Map<string, T[]>();
  for (const logged of batch) {
    const group = groups.get(logged.tenantId);
    if (group) group.push(logged);
    else groups.set(logged.tenantId, [logged]);
  }
  return [...groups].map(([tenantId, logged]) => ({ tenant: tenantOf(tenantId), logged }));
}

/**
 * Brings logged records into the store; what the store refuses goes to the failed activities.
 * @returns what became of each, and how many were refused
 * @throws Error of the store, or of the failed activities
 */
export async function applyLogged(
  source: Omit<RepairSource, 'log'>,
  { tenant, logged }: TenantRecords,
): Promise<Pick<Applied, 'outcomes'> & { refused: number }> {
  const applied = await applyWithin(
    source.storeTimeoutMs,
    source.store,
    tenant,
    logged.map(({ record }) => record),
  );
  if (applied.failure) throw applied.failure;
  const refused = await bury(source, tenant, applied);
  return { outcomes: applied.outcomes, refused };
}

/** Keeps activities whose message id was used before, for another body. @throws Error of the failed activities */
export async function keepConflicts(
  failures: Pick<FailedActivities, 'put'>,
  tenant: Tenant,
  conflicts: readonly Activity[],
  signal: AbortSignal,
): Promise<void> {
  if (conflicts.length === 0) return;
  const failedAt = Date.now();
  await failures.put(
    tenant,
    conflicts.map((activity) => conflictOf(tenant.idSpace, activity, failedAt)),
    signal,
  );
}

/**
 * Keeps refused records among the failed activities: they are safe in the log, and can be replayed once the store takes
 * them. Keeps conflicts, too. @returns how many were refused
 */
export async function bury(
  source: Pick<RepairSource, 'failures' | 'storeTimeoutMs'>,
  tenant: Tenant,
  { records, outcomes }: Applied,
): Promise<number> {
  const failedAt = Date.now();
  const conflicts = [...outcomes].flatMap(([index, outcome]) => {
    const record = records[index];
    const isConflicting = outcome.kind === 'activity' && outcome.verdict.status === 'conflict';
    return isConflicting && record?.kind === 'activity' ? [record.activity] : [];
  });
  await keepConflicts(source.failures, tenant, conflicts, AbortSignal.timeout(source.storeTimeoutMs));
  const refused = [...outcomes].flatMap(([index, outcome]) => {
    const record = records[index];
    if (outcome.kind !== 'refused' || !record) return [];
    return failureOf(tenant.idSpace, {
      failedAt,
      source: sourceOf(record),
      kind: 'record',
      code: 'STORE_REFUSED',
      message: refusalText(outcome.error),
      path: null,
      body: record,
    });
  });
  if (refused.length > 0)
    await source.failures.put(tenant, refused, AbortSignal.timeout(source.storeTimeoutMs));
  return refused.length;
}

/** Only activities say how they came in. */
const sourceOf = (record: LogRecord): Source =>
  record.kind === 'activity' ? record.activity.source : 'graphql';
