import { createHash } from 'node:crypto';
import { activityJson, type LogRecord } from '../../../domain/activity.ts';
import { isJsonObject } from '../../../domain/json.ts';
import { type LeadKey, leadKey } from '../../../domain/lead.ts';
import { isTenantId, type Tenant } from '../../../domain/tenant.ts';
import type { First } from '../../claims/port.ts';
import { RecordFormatError } from '../record-codec.ts';

/** Additions to a record: facts for Druid in the unique log, the first of its message beside a repeat. */
type Beside = { readonly facts?: object | undefined; readonly first?: First | undefined };

/**
 * A record as the value of a message: `{"tenant": string, "record": LogRecord, "facts"?: …, "first"?: …}` in UTF-8.
 * In the topic `unique` other programs read it, so `schema/records` publishes its format and the rules for a change.
 */
export function encodeMessage(tenantId: string, record: LogRecord, { facts, first }: Beside = {}): Buffer {
  const rest =
    (facts === undefined ? '' : `,"facts":${JSON.stringify(facts)}`) +
    (first === undefined ? '' : `,"first":${JSON.stringify(first)}`);
  const content =
    record.kind === 'activity'
      ? `{"kind":"activity","activity":${activityJson(record.activity)}}`
      : JSON.stringify(record);
  return Buffer.from(`{"tenant":"${tenantId}","record":${content}${rest}}`, 'utf8');
}

/** Of the messages that name one; the others are of this version too. */
const VERSION = 1;

/** The field with the content of each kind of record. */
const CONTENT = { activity: 'activity', lead: 'update', campaign: 'campaign', type: 'type' } as const;

/** @throws RecordFormatError for a value that is none of ours */
export function decodeMessage(value: Uint8Array | null): {
  readonly tenantId: string;
  readonly record: LogRecord;
  readonly first?: First;
} {
  if (value === null) throw new RecordFormatError('a message without a value');
  let message: unknown;
  try {
    message = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
  } catch {
    throw new RecordFormatError('its value is no JSON');
  }
  if (!isJsonObject(message)) throw new RecordFormatError('its value is no object');
  const { version = VERSION, tenant, record, first } = message;
  if (version !== VERSION) throw new RecordFormatError(`its version is ${version} instead of ${VERSION}`);
  if (typeof tenant !== 'string' || !isTenantId(tenant)) throw new RecordFormatError('it names no tenant');
  if (!isJsonObject(record)) throw new RecordFormatError('it has no record');
  const { kind } = record;
  const content = typeof kind === 'string' && Object.hasOwn(CONTENT, kind) ? kind : undefined;
  if (!content || !isJsonObject(record[CONTENT[content as keyof typeof CONTENT]]))
    throw new RecordFormatError('its record is of no known kind');
  return {
    tenantId: tenant,
    record: record as unknown as LogRecord,
    ...(isJsonObject(first) && { first: first as unknown as First }),
  };
}

/** The lead that a record is about; undefined for one about the whole tenant. */
function leadOf(tenant: Tenant, record: LogRecord): LeadKey | undefined {
  switch (record.kind) {
    case 'activity':
      return record.activity.leadKey;
    case 'lead':
      return leadKey(tenant.idSpace, record.update.identity);
    case 'campaign':
    case 'type':
    case 'erased':
      return undefined;
    case 'erasure':
      // Where a log has several partitions, an erasure is a record for each lead.
      return record.erasure.leads[0];
  }
}

/**
 * The key of a record's message and its partition. Both are equal for a tenant and lead on every machine, so that
 * records of a lead stay in order. Records of the whole tenant have a partition by tenant.
 */
export function placeOf(
  tenant: Tenant,
  record: LogRecord,
  partitions: number,
): { readonly key: Buffer; readonly partition: number } {
  const lead = leadOf(tenant, record);
  // A lead's key is a hash over tenant and identity already.
  const hash =
    lead === undefined
      ? createHash('sha256').update(tenant.id).digest()
      : Buffer.from(lead.slice(0, 6), 'base64url');
  return { key: Buffer.from(lead ?? tenant.id, 'latin1'), partition: hash.readUInt32BE(0) % partitions };
}
