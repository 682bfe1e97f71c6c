import type { ActivityTypeDefinition } from '../domain/activity-types.ts';
import { MASK } from '../domain/email/text.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Lead } from '../domain/lead.ts';
import { attributesPlace, CONTEXT, type Place } from '../domain/personal/data.ts';
import { maskText } from '../domain/personal/text.ts';

/** The value as far as it may be shown at its place, without e-mail addresses in any string or name. */
function maskJson(value: Json, at: Place): Json {
  if (at.shown === 'nothing' || value === MASK) return MASK;
  if (Array.isArray(value)) return value.map((item) => maskJson(item, at));
  if (isJsonObject(value)) return maskObject(value, at);
  if (typeof value === 'string') return at.shown === 'all' ? maskText(value) : MASK;
  return value === null || at.shown !== 'names' ? value : MASK;
}

const maskObject = (object: JsonObject, at: Place): JsonObject =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [maskText(name), maskJson(value, at.below(name))]),
  );

/** The context of an activity: harmless values (`HARMLESS_CONTEXT`) and numbers are shown. */
export const maskContext = (context: JsonObject): JsonObject => maskObject(context, CONTEXT);

/** Attributes of an activity: those declared open are shown, and of others numbers and harmless names. */
export const maskAttributes = (
  attributes: JsonObject,
  type: ActivityTypeDefinition | undefined,
): JsonObject => maskObject(attributes, attributesPlace(type));

/** Fields of a sent item that reveal only its kind and its times. */
const HARMLESS = new Set([
  'type',
  'kind',
  'timestamp',
  'originaltimestamp',
  'sentat',
  'occurredat',
  'activitydate',
]);

/**
 * A refused item: its kind, its times and the names of its fields. It can hold any data of any person under any name,
 * so that all other values are masked.
 */
export const maskOriginal = (item: Json): Json => maskValues(item, false);

function maskValues(value: Json, isHarmless: boolean): Json {
  if (Array.isArray(value)) return value.map((part) => maskValues(part, false));
  if (isJsonObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [
        maskText(name),
        maskValues(part, HARMLESS.has(name.toLowerCase())),
      ]),
    );
  if (value === null || typeof value === 'boolean') return value;
  return isHarmless && typeof value === 'string' ? maskText(value) : MASK;
}

/** A lead: no e-mail address, the names of traits without their values, ids only where they are no addresses. */
export const maskLead = (lead: Lead): Lead => ({
  ...lead,
  externalId: lead.externalId === null ? null : maskText(lead.externalId),
  email: lead.email === null ? null : MASK,
  traits: Object.fromEntries(Object.keys(lead.traits).map((name) => [maskText(name), MASK])),
  aliases: lead.aliases.map(maskText),
});
