import {
  type Activity,
  type Campaign,
  type CustomType,
  type LogRecord,
  SOURCES,
  type Source,
} from '../../domain/activity.ts';
import type {
  ActivityCategory,
  AttributeDataType,
  AttributeDefinition,
} from '../../domain/activity-types.ts';
import { AGENT_KINDS, type AgentKind } from '../../domain/agent-kind.ts';
import type { Erasure } from '../../domain/erasure.ts';
import { isHashOf, parseActivityId } from '../../domain/ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { identityText, type LeadIdentity, type LeadUpdate, leadKey } from '../../domain/lead.ts';
import { isTenantId, type Tenant, type TenantOf, verifyTenant } from '../../domain/tenant.ts';

/**
 * A record of the log as bytes:
 *
 *     record   = version(u8 = 1 | 2) kind(u8) tenantLength(u8) tenant body
 *     tenant   = the tenant id, ASCII
 *     body     = a JSON array without names, UTF-8, by kind:
 *     activity = 1: [id, messageId, identity, type, receivedAt, campaign, assetId, channel, source, attributes,
 *                    context, country, device, isBot, enrichmentVersion, contentDigest,
 *                    agentKind]
 *     lead     = 2: [identity, email, traits, [identity …], at] or, drawn from an activity, [… at, 1], or in
 *                    version 2, where the e-mail address is taken away, [… at, 0, 1]
 *     campaign = 3: [id, name, createdAt]
 *     type     = 4: [name, category, description, [[name, dataType, description, required, pii] …], conversion]
 *     erased   = 5: []                        the place of a record of a person who was erased
 *     erasure  = 6: [id, [lead key …], at]
 *     identity = "u" text | "a" text          known or anonymous
 *     campaign (of an activity) = 0 | [id, name]
 *
 * Lead key and time of an activity are part of its id. Fields may be added at the end of an array. A change of meaning
 * must raise the version.
 * Version 2 is of records that the code of version 1 would take for others.
 */
const VERSION = 1;
const VERSION_EMAIL_REMOVED = 2;
const KINDS = ['', 'activity', 'lead', 'campaign', 'type', 'erased', 'erasure'] as const;
/** Characters of an activity's id, which begins a body after `["`. */
const ID_LENGTH = 51;
const HEADER_BYTES = 3;

/** Bytes that are no record, or a record that contradicts itself. */
export class RecordFormatError extends Error {
  constructor(message: string) {
    super(`This is no record of the activity log: ${message}.`);
    this.name = 'RecordFormatError';
  }
}

/** @throws RecordFormatError for an activity whose id was not made from its lead and time: it would come back as another. */
export function encodeRecord(tenantId: string, record: LogRecord): Uint8Array {
  const json = JSON.stringify(bodyOf(record));
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + tenantId.length + Buffer.byteLength(json));
  bytes[0] = record.kind === 'lead' && record.update.isEmailRemoved ? VERSION_EMAIL_REMOVED : VERSION;
  bytes[1] = KINDS.indexOf(record.kind);
  bytes[2] = tenantId.length;
  bytes.write(tenantId, HEADER_BYTES, 'latin1');
  bytes.write(json, HEADER_BYTES + tenantId.length, 'utf8');
  return bytes;
}

/** Reads the first bytes of a record and parses nothing. `activityId` is there for activities alone. */
export function peekRecord(bytes: Uint8Array): {
  readonly tenantId: string;
  readonly kind: (typeof KINDS)[number] | undefined;
  readonly activityId: string;
} {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = HEADER_BYTES + (buffer[2] ?? 0);
  const kind = KINDS[buffer[1] ?? 0];
  const activityId = kind === 'activity' ? buffer.toString('latin1', start + 2, start + 2 + ID_LENGTH) : '';
  return { tenantId: buffer.toString('latin1', HEADER_BYTES, start), kind, activityId };
}

/**
 * @param tenantOf makes the tenants of the installation that wrote the record; of one without a secret unless given
 * @throws RecordFormatError
 */
export function decodeRecord(
  bytes: Uint8Array,
  tenantOf: TenantOf = verifyTenant,
): { readonly tenantId: string; readonly record: LogRecord } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer[0] !== VERSION && buffer[0] !== VERSION_EMAIL_REMOVED)
    throw new RecordFormatError(`version ${buffer[0]} instead of ${VERSION} or ${VERSION_EMAIL_REMOVED}`);
  const start = HEADER_BYTES + (buffer[2] ?? 0);
  const tenantId = buffer.toString('latin1', HEADER_BYTES, start);
  if (!isTenantId(tenantId)) throw new RecordFormatError('it names no tenant');
  const body = new Fields(parse(buffer.toString('utf8', start)));
  switch (KINDS[buffer[1] ?? 0]) {
    case 'activity':
      return { tenantId, record: { kind: 'activity', activity: activityFrom(tenantOf(tenantId), body) } };
    case 'lead':
      return { tenantId, record: { kind: 'lead', update: leadUpdateFrom(body) } };
    case 'campaign':
      return { tenantId, record: { kind: 'campaign', campaign: campaignFrom(body) } };
    case 'type':
      return { tenantId, record: { kind: 'type', type: typeFrom(body) } };
    case 'erased':
      return { tenantId, record: { kind: 'erased' } };
    case 'erasure':
      return { tenantId, record: { kind: 'erasure', erasure: erasureFrom(body) } };
    default:
      throw new RecordFormatError(`unknown kind ${buffer[1]}`);
  }
}

function bodyOf(record: LogRecord): readonly unknown[] {
  switch (record.kind) {
    case 'activity':
      return activityBody(record.activity);
    case 'lead': {
      const { identity, email, traits, links, at, isFromActivity, isEmailRemoved } = record.update;
      const said = [identityCode(identity), email, traits, links.map(identityCode), at];
      if (isEmailRemoved) return [...said, 0, 1];
      return isFromActivity ? [...said, 1] : said;
    }
    case 'campaign':
      return [record.campaign.id, record.campaign.name, record.campaign.createdAt];
    case 'type': {
      const { name, category, description, attributes, conversion } = record.type;
      const shapes = attributes.map((a) => [a.name, a.dataType, a.description, a.required, a.pii]);
      return [name, category, description, shapes, conversion];
    }
    case 'erased':
      return [];
    case 'erasure':
      return [record.erasure.id, record.erasure.leads, record.erasure.at];
  }
}

const identityCode = (identity: LeadIdentity): string =>
  `${identity.kind === 'known' ? 'u' : 'a'}${identityText(identity)}`;

function identityFrom(code: string): LeadIdentity {
  if (code.startsWith('u')) return { kind: 'known', externalId: code.slice(1) };
  if (code.startsWith('a')) return { kind: 'anonymous', anonymousId: code.slice(1) };
  throw new RecordFormatError('an identity is neither known nor anonymous');
}

function activityBody(activity: Activity): readonly unknown[] {
  const key = parseActivityId(activity.id);
  if (!key || key.leadKey !== activity.leadKey || key.occurredAt !== activity.occurredAt)
    throw new RecordFormatError('the id of an activity was not made from its lead and time');
  const { campaign } = activity;
  return [
    activity.id,
    activity.messageId,
    identityCode(activity.identity),
    activity.type,
    activity.receivedAt,
    campaign === null ? 0 : [campaign.id, campaign.name],
    activity.assetId,
    activity.channel,
    activity.source,
    activity.attributes,
    activity.context,
    activity.country,
    activity.device,
    activity.isBot ? 1 : 0,
    activity.enrichmentVersion,
    activity.contentDigest,
    activity.agentKind,
  ];
}

function activityFrom(tenant: Tenant, body: Fields): Activity {
  const id = body.text(0);
  const messageId = body.text(1);
  const identity = identityFrom(body.text(2));
  const key = parseActivityId(id);
  const { idSpace } = tenant;
  if (!key || !isHashOf(key.hash, idSpace, messageId) || key.leadKey !== leadKey(idSpace, identity))
    throw new RecordFormatError(
      'the id of an activity does not belong to its tenant, message and lead in this installation',
    );
  const campaign = body.at(5) === 0 ? null : body.list(5);
  const source = body.text(8);
  if (!SOURCES.has(source)) throw new RecordFormatError('field 8 is no source');
  return {
    id,
    messageId,
    leadKey: key.leadKey,
    identity,
    type: body.text(3),
    occurredAt: key.occurredAt,
    receivedAt: body.integer(4),
    campaign: campaign && { id: campaign.text(0), name: campaign.textOrNull(1) },
    assetId: body.textOrNull(6),
    channel: body.text(7),
    source: source as Source,
    attributes: body.object(9),
    context: body.object(10),
    country: body.textOrNull(11),
    device: body.textOrNull(12),
    isBot: body.integer(13) === 1,
    // Records from before these were recorded end here.
    enrichmentVersion: body.at(14) === undefined ? 0 : body.integer(14),
    contentDigest: body.at(15) === undefined ? null : body.textOrNull(15),
    agentKind: agentKindFrom(body.at(16)),
  };
}

function agentKindFrom(value: Json | undefined): AgentKind | null {
  const kind = AGENT_KINDS.find((known) => known === value) ?? null;
  if (kind === null && value !== null && value !== undefined)
    throw new RecordFormatError('field 16 is no kind of agent');
  return kind;
}

const leadUpdateFrom = (body: Fields): LeadUpdate => ({
  identity: identityFrom(body.text(0)),
  email: body.textOrNull(1),
  traits: body.object(2),
  links: body.list(3).map((links, index) => identityFrom(links.text(index))),
  at: body.integer(4),
  ...(body.at(5) === 1 && { isFromActivity: true }),
  ...(body.at(6) === 1 && { isEmailRemoved: true }),
});

const campaignFrom = (body: Fields): Campaign => ({
  id: body.text(0),
  name: body.text(1),
  createdAt: body.integer(2),
});

const erasureFrom = (body: Fields): Erasure => ({
  id: body.text(0),
  leads: body.list(1).map((leads, index) => leads.text(index)),
  at: body.integer(2),
});

const CATEGORIES: ReadonlySet<string> = new Set<ActivityCategory>([
  'WEB',
  'EMAIL',
  'MOBILE',
  'CRM',
  'CUSTOM',
]);
const DATA_TYPES: ReadonlySet<string> = new Set<AttributeDataType>([
  'STRING',
  'INTEGER',
  'NUMBER',
  'BOOLEAN',
  'DATETIME',
  'URL',
]);

function typeFrom(body: Fields): CustomType {
  const category = body.text(1);
  if (!CATEGORIES.has(category)) throw new RecordFormatError('field 1 is no category');
  return {
    name: body.text(0),
    category: category as ActivityCategory,
    description: body.text(2),
    attributes: body.list(3).map((all, index): AttributeDefinition => {
      const one = all.list(index);
      const dataType = one.text(1);
      if (!DATA_TYPES.has(dataType)) throw new RecordFormatError('an attribute has no data type');
      return {
        name: one.text(0),
        dataType: dataType as AttributeDataType,
        description: one.text(2),
        required: one.flag(3),
        pii: one.flag(4),
      };
    }),
    conversion: body.flag(4),
  };
}

function parse(text: string): readonly Json[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RecordFormatError('its body is no JSON');
  }
  if (!Array.isArray(value)) throw new RecordFormatError('its body is no array');
  return value as Json[];
}

/** Typed access to the fields of a JSON array. */
class Fields {
  readonly #values: readonly Json[];
  constructor(values: readonly Json[]) {
    this.#values = values;
  }
  at(index: number): Json | undefined {
    return this.#values[index];
  }
  map<T>(read: (fields: Fields, index: number) => T): T[] {
    return this.#values.map((_, index) => read(this, index));
  }
  text(index: number): string {
    const value = this.#values[index];
    return typeof value === 'string' ? value : fail(index, 'text');
  }
  textOrNull(index: number): string | null {
    return this.#values[index] === null ? null : this.text(index);
  }
  integer(index: number): number {
    const value = this.#values[index];
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : fail(index, 'a whole number');
  }
  flag(index: number): boolean {
    const value = this.#values[index];
    return typeof value === 'boolean' ? value : fail(index, 'true or false');
  }
  object(index: number): JsonObject {
    const value: unknown = this.#values[index];
    return isJsonObject(value) ? value : fail(index, 'an object');
  }
  list(index: number): Fields {
    const value: unknown = this.#values[index];
    return Array.isArray(value) ? new Fields(value as Json[]) : fail(index, 'a list');
  }
}

function fail(index: number, needed: string): never {
  throw new RecordFormatError(`field ${index} is not ${needed}`);
}
