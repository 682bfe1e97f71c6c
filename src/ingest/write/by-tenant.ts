import type { LoggedRecord } from '../../datasources/activity-log/port.ts';
import { type Tenant, type TenantOf, verifyTenant } from '../../domain/tenant.ts';

/** The records of one tenant in one batch of the log. */
export type TenantRecords<T = LoggedRecord> = {
  readonly tenant: Tenant;
  readonly logged: readonly T[];
};

/** By tenant, each in the order of the log. The log holds nothing that did not come from a verified tenant. */
export function byTenant<T extends { readonly tenantId: string }>(
  batch: readonly T[],
  tenantOf: TenantOf = verifyTenant,
): TenantRecords<T>[] {
  const groups = Map.groupBy(batch, ({ tenantId }) => tenantId);
  return [...groups].map(([tenantId, logged]) => ({ tenant: tenantOf(tenantId), logged }));
}
