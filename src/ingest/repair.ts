import type {
  ActivityLog,
  DeadLetters,
  LoggedRecord,
  LogPosition,
} from '../datasources/activity-log/port.ts';
import type { ActivityStore } from '../datasources/activity-store/port.ts';
import { type Tenant, verifyTenant } from '../domain/tenant.ts';
import { type Applied, applyWithin } from './write-apply.ts';

export type RepairSource = {
  readonly log: ActivityLog;
  readonly store: ActivityStore;
  readonly deadLetters: DeadLetters;
  /** A call to the store that takes longer counts as failed. */
  readonly storeTimeoutMs: number;
};

/** The records of one tenant in one batch of the log. */
export type TenantRecords = { readonly tenant: Tenant; readonly logged: readonly LoggedRecord[] };

/** By tenant, each in the order of the log. The log holds nothing that did not come from a verified tenant. */
export function byTenant(batch: readonly LoggedRecord[]): TenantRecords[] {
  const groups = new Map<string, LoggedRecord[]>();
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
