import { type ErasedLeads, isBefore, type LoggedRecord } from '../datasources/activity-log/port.ts';
import { leadsIn } from '../datasources/activity-log/record-leads.ts';
import type { ActivityReads } from '../datasources/activity-store/port.ts';
import type { LogRecord } from '../domain/activity.ts';
import type { ActivityId } from '../domain/ids.ts';
import type { LeadKey } from '../domain/lead.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { TenantRecords } from '../ingest/write/by-tenant.ts';

/**
 * Records of the log `activities` without those of people who were erased since. Updates of others lose their links to
 * them. So a late or repeated read of the log brings nobody back.
 */
export async function withoutErased<T extends LoggedRecord>(
  erased: ErasedLeads,
  { tenant, logged }: TenantRecords<T>,
  signal: AbortSignal,
): Promise<TenantRecords<T>> {
  const leads = new Set(logged.flatMap(({ record }) => leadsIn(tenant, record)));
  const lines = await erased.linesOf(tenant, [...leads], signal);
  if (lines.size === 0) return { tenant, logged };
  return {
    tenant,
    logged: logged.flatMap((entry) => {
      const isErased = (lead: LeadKey): boolean => {
        const before = lines.get(lead);
        return before !== undefined && isBefore(entry.position, before);
      };
      const record = withoutLeads(tenant, entry.record, isErased);
      if (record === entry.record) return [entry];
      return record ? [{ ...entry, record }] : [];
    }),
  };
}

export type ErasedActivities = {
  readonly store: Pick<ActivityReads, 'activities'>;
  /** People who were erased; nobody, where it is absent. */
  readonly erased?: ErasedLeads | undefined;
};

/**
 * Finds the activities that went with their person. A follower of another topic may be behind an erasure, or read again
 * after it. Activities of a new person of the same identity are in the store.
 */
export async function goneWithPerson(
  { store, erased }: ErasedActivities,
  tenant: Tenant,
  activities: readonly { readonly id: ActivityId; readonly leadKey: LeadKey }[],
  signal: AbortSignal,
): Promise<ReadonlySet<ActivityId>> {
  const leads = new Set(activities.map(({ leadKey }) => leadKey));
  const lines = await erased?.linesOf(tenant, [...leads], signal);
  const ids = activities.flatMap(({ id, leadKey }) => (lines?.has(leadKey) ? [id] : []));
  if (ids.length === 0) return new Set();
  const found = await store.activities(tenant, ids, signal);
  return new Set(ids.filter((_, at) => !found[at]));
}

/** The record without these leads; undefined for a record of one of them. */
function withoutLeads(
  tenant: Tenant,
  record: LogRecord,
  isErased: (lead: LeadKey) => boolean,
): LogRecord | undefined {
  const [own, ...linked] = leadsIn(tenant, record);
  if (own !== undefined && isErased(own)) return undefined;
  if (record.kind !== 'lead' || !linked.some(isErased)) return record;
  const links = record.update.links.filter((_, index) => !isErased(linked[index] ?? ''));
  return { kind: 'lead', update: { ...record.update, links } };
}
