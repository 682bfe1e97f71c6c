import { createHash } from 'node:crypto';
import type { ActivityReads } from '../../../datasources/activity-store/port.ts';
import { type ActivityTypeDefinition, primaryAttribute } from '../../../domain/activity-types.ts';
import { fitsIn, isJsonObject, type Json, type JsonObject, MAX_NESTING } from '../../../domain/json.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { parseTime } from '../../../domain/time/iso-time.ts';
import type { ActivityTypes } from '../../door/activity-types.ts';
import { convert } from '../../draft/attributes.ts';
import { type Checked, type Item, ok, type Policy, reject } from '../../draft/draft.ts';
import { type FoundLead, findMarketoLeads } from './leads.ts';

export const MARKETO: Policy = { source: 'marketo', mode: 'strict' };

/** Bytes of one activity as it is sent. */
const MAX_BYTES = 64 * 1024;

export type MarketoSources = {
  readonly store: Pick<ActivityReads, 'persons' | 'leadKeys'>;
  readonly types: Pick<ActivityTypes, 'list'>;
};

/** An integer, also as text; undefined for other values. */
export function integerFrom(value: Json | undefined): number | undefined {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

/**
 * Decodes activities of `POST /rest/v1/activities/external.json` (Marketo REST API, "Activities", Add Custom
 * Activities). The lead must exist. Marketo has no message id: the same lead, time, type and attributes are the same
 * activity, so that a call can be repeated.
 */
export async function decodeMarketo(
  { store, types }: MarketoSources,
  tenant: Tenant,
  inputs: readonly Json[],
  signal: AbortSignal,
): Promise<readonly Item[]> {
  const ids = inputs.flatMap((input) => (isJsonObject(input) ? (integerFrom(input['leadId']) ?? []) : []));
  const [leads, all] = await Promise.all([
    findMarketoLeads(store, tenant, ids, signal),
    types.list(tenant, signal),
  ]);
  const byNumber = new Map(all.map((type) => [type.number, type]));
  return inputs.map((input): Item => {
    const item = decodeOne(input, leads, byNumber);
    return item.kind === 'ok' ? item.value : { kind: 'rejected', error: item.error };
  });
}

function decodeOne(
  input: Json,
  leads: ReadonlyMap<number, readonly FoundLead[]>,
  types: ReadonlyMap<number, ActivityTypeDefinition>,
): Checked<Item> {
  if (!isJsonObject(input)) return reject('INVALID_VALUE', 'An activity is a JSON object.', '');
  if (!fitsIn(input, MAX_BYTES))
    return reject('TOO_LARGE', `An activity has at most ${MAX_BYTES} bytes and ${MAX_NESTING} levels.`);
  for (const name of ['leadId', 'activityDate', 'activityTypeId'] as const)
    if (input[name] === undefined || input[name] === null || input[name] === '')
      return reject('MISSING_VALUE', `'${name}' is needed.`, name);
  const leadId = integerFrom(input['leadId']);
  if (leadId === undefined) return reject('INVALID_VALUE', "'leadId' must be an integer.", 'leadId');
  const [lead, ...others] = leads.get(leadId) ?? [];
  if (!lead) return reject('LEAD_NOT_FOUND', 'Lead not found', 'leadId');
  if (others.length > 0)
    return reject('INVALID_VALUE', 'Multiple leads match the lookup criteria', 'leadId', 'AMBIGUOUS_LEAD');
  const number = integerFrom(input['activityTypeId']);
  const type = number === undefined ? undefined : types.get(number);
  if (!type)
    return reject(
      'UNKNOWN_TYPE',
      "There is no activity type of this id. 'GET /rest/v1/activities/types.json' lists them.",
      'activityTypeId',
    );
  const date = input['activityDate'];
  const occurredAt = typeof date === 'string' ? parseTime(date) : undefined;
  if (occurredAt === undefined)
    return reject(
      'INVALID_TIME',
      "'activityDate' must be ISO 8601 with a zone: 2026-01-31T12:00:00Z.",
      'activityDate',
    );
  const attributes = attributesOf(input, type);
  if (attributes.kind !== 'ok') return attributes;
  const { identity } = lead;
  return ok({
    kind: 'activity',
    draft: {
      messageId: contentId(leadId, occurredAt, type.number, attributes.value),
      externalId: identity.kind === 'known' ? identity.externalId : null,
      anonymousId: identity.kind === 'anonymous' ? identity.anonymousId : null,
      type: type.name,
      occurredAt,
      campaign: null,
      assetId: null,
      channel: null,
      attributes: attributes.value,
      context: undefined,
    },
  });
}

/** `primaryAttributeValue` and the list of names and values as one object of our attributes. */
function attributesOf(input: JsonObject, type: ActivityTypeDefinition): Checked<JsonObject> {
  const list = input['attributes'] ?? [];
  if (!Array.isArray(list))
    return reject('INVALID_VALUE', "'attributes' must be a list of {name, value}.", 'attributes');
  const given: [string, Json][] = [];
  const primary = primaryAttribute(type);
  const value = input['primaryAttributeValue'];
  if (primary) {
    if (value === undefined || value === null || value === '')
      return reject('MISSING_VALUE', "'primaryAttributeValue' is needed.", 'primaryAttributeValue');
    given.push([primary.name, value]);
  }
  for (const [index, attribute] of (list as readonly Json[]).entries()) {
    const path = `attributes[${index}]`;
    if (!isJsonObject(attribute)) return reject('INVALID_VALUE', 'An attribute is {name, value}.', path);
    const name = attribute['apiName'] ?? attribute['name'];
    if (typeof name !== 'string' || name === '')
      return reject('MISSING_VALUE', "An attribute needs its 'name' or 'apiName'.", path);
    // An empty value is how Marketo's clients leave one out.
    if (attribute['value'] !== undefined && attribute['value'] !== '') given.push([name, attribute['value']]);
  }
  return ok(
    Object.fromEntries(
      given.map(([name, said]) => {
        const declared = type.attributes.find((attribute) => attribute.name === name);
        // What can't be converted, and what is not declared, is left for the door to reject.
        return [name, declared ? (convert(said, declared.dataType) ?? said) : said];
      }),
    ),
  );
}

function contentId(leadId: number, occurredAt: number, type: number, attributes: JsonObject): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = JSON.stringify([leadId, occurredAt, type, sorted]);
  return `marketo-${createHash('sha256').update(content).digest('base64url')}`;
}
