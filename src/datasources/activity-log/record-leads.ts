import type { LogRecord } from '../../domain/activity.ts';
import type { Erasure } from '../../domain/erasure.ts';
import { parseActivityId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import { type LeadKey, leadKey } from '../../domain/lead.ts';
import type { Tenant, TenantOf } from '../../domain/tenant.ts';
import type { PersonalRecord } from '../personal-data.ts';
import { decodeRecord, encodeRecord, peekRecord } from './record-codec.ts';

/** The leads that a record is of or links to. */
export function leadsIn(tenant: Tenant, record: LogRecord): LeadKey[] {
  if (record.kind === 'activity') return [record.activity.leadKey];
  if (record.kind !== 'lead') return [];
  const { identity, links } = record.update;
  return [identity, ...links].map((said) => leadKey(tenant.idSpace, said));
}

/**
 * The record without these leads of a tenant. A tombstone replaces a record of theirs; an update of another lead loses
 * its links to them. Undefined where the record names none of them. The start of its id names the lead of an activity,
 * so that a scan parses no activity.
 * @throws RecordFormatError
 */
export function withoutLeads(
  bytes: Uint8Array,
  tenant: Tenant,
  leads: ReadonlySet<LeadKey>,
): Uint8Array | undefined {
  const { tenantId, kind, activityId } = peekRecord(bytes);
  if (tenantId !== tenant.id) return undefined;
  const tombstone = (): Uint8Array => encodeRecord(tenant.id, { kind: 'erased' });
  if (kind === 'activity')
    return leads.has(parseActivityId(activityId)?.leadKey ?? '') ? tombstone() : undefined;
  if (kind !== 'lead') return undefined;
  const { record } = decodeRecord(bytes);
  if (record.kind !== 'lead') return undefined;
  const { update } = record;
  if (leads.has(leadKey(tenant.idSpace, update.identity))) return tombstone();
  const links = update.links.filter((identity) => !leads.has(leadKey(tenant.idSpace, identity)));
  return links.length === update.links.length
    ? undefined
    : encodeRecord(tenant.id, { kind: 'lead', update: { ...update, links } });
}

/** The record, where it is of these leads of a tenant or links to them. @throws RecordFormatError */
export const recordOfLeads = (
  bytes: Uint8Array,
  tenant: Tenant,
  leads: ReadonlySet<LeadKey>,
): LogRecord | undefined => {
  const tenantOf: TenantOf = () => tenant;
  return withoutLeads(bytes, tenant, leads) ? decodeRecord(bytes, tenantOf).record : undefined;
};

/** Whether this is the record of an erasure. */
export function isErasure(bytes: Uint8Array, tenant: Tenant, erasure: Erasure): boolean {
  const { tenantId, kind } = peekRecord(bytes);
  if (tenantId !== tenant.id || kind !== 'erasure') return false;
  const { record } = decodeRecord(bytes);
  return record.kind === 'erasure' && record.erasure.id === erasure.id;
}

/** A record as it is exported. */
export const loggedOf = (record: LogRecord): PersonalRecord => ({
  kind: 'logRecord',
  data: record as unknown as JsonObject,
});
