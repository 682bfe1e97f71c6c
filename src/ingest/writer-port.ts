import type { Activity, Campaign } from '../domain/activity.ts';
import type { WriteVerdict } from '../datasources/activity-store/port.ts';
import type { LeadUpdate } from '../domain/lead.ts';
import type { Tenant } from '../domain/tenant.ts';

/**
 * The durable write: log and store at once, with group commit across requests. Resolved means durable in
 * the log and visible in the store (or, when only the store failed, durable in the log and repaired from it).
 */
export interface Writer {
  /** Verdicts in input order. @throws DomainError `BACKEND_UNAVAILABLE` or `RATE_LIMITED`; sending again is harmless. */
  writeActivities(tenant: Tenant, activities: readonly Activity[], signal: AbortSignal): Promise<readonly WriteVerdict[]>;
  writeLeadUpdates(tenant: Tenant, updates: readonly LeadUpdate[], signal: AbortSignal): Promise<void>;
  writeCampaigns(tenant: Tenant, campaigns: readonly Campaign[], signal: AbortSignal): Promise<void>;
  /** Waits until everything taken in is settled. */
  drain(): Promise<void>;
}
