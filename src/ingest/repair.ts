import type {
  ActivityLog,
  DeadLetters,
  LoggedRecord,
  LogPosition,
} from '../datasources/activity-log/port.ts';
import type { ActivityRows, ActivityWrites } from '../datasources/activity-store/port.ts';
import { type Tenant, verifyTenant } from '../domain/tenant.ts';
import { type Applied, applyWithin } from './write-apply.ts';

export type RepairSource = {
  readonly log: ActivityLog;
  readonly store: ActivityWrites;
  readonly deadLetters: DeadLetters;
  /** A call to the store that takes longer counts as failed. */
  readonly storeTimeoutMs: number;
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
export function byTenant<T extends LoggedRecord>(batch: readonly T[]): TenantRecords<T>[] {
  const groups = new Map<string, T[]>();
  for (const logged of batch) {
    const group = groups.get(logged.tenantId);
    if (group) group.push(logged);
    else groups.set(logged.tenantId, [logged]);
  }
  return [...groups].map(([tenantId, logged]) => ({ tenant: verifyTenant(tenantId), logged }));
}

/**
 * Brings logged records into the store; what the store refuses goes to the dead letters.
 * @returns what became of each, and how many were refused
 * @throws Error of the store, or of the dead letters
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
  const refused = await bury(source, tenant, applied, (index) => logged[index]?.position);
  return { outcomes: applied.outcomes, refused };
}

/** Notes refused records among the dead letters. @returns how many */
export async function bury(
  source: Pick<RepairSource, 'deadLetters' | 'storeTimeoutMs'>,
  tenant: Tenant,
  applied: Applied,
  positionOf: (index: number) => LogPosition | undefined,
): Promise<number> {
  const letters = [...applied.outcomes].flatMap(([index, outcome]) => {
    const position = positionOf(index);
    return outcome.kind === 'refused' && position ? [{ position, reason: outcome.error.message }] : [];
  });
  if (letters.length > 0)
    await source.deadLetters.put(tenant, letters, AbortSignal.timeout(source.storeTimeoutMs));
  return letters.length;
}
