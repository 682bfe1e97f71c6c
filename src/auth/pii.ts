import type { ActivityTypeDefinition } from '../domain/activity-types.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Lead } from '../domain/lead.ts';
import { isPersonalContext } from '../domain/personal-data.ts';

/** What stands in the place of personal data for callers without the scope `leads:pii`. */
export const MASK = '[masked]';

/**
 * Anything like an e-mail address, wherever it stands. Wider than what is valid: a mask too many is better
 * than one too few. Before the sign a run of characters or a quoted name; the sign, also percent-encoded as in
 * the addresses of pages, or in the full-width and small forms of Unicode; behind it a name of a host or an
 * address in brackets, which is not a mask. Bounded runs, so that no text makes the search slow.
 */
const EMAIL =
  /(?:[^\s@<>",;:()[\]]{1,128}|"[^"]{0,128}"|")(?:[@＠﹫]|%(?:25){0,4}40)(?:[^\s@<>",;:()[\]]{1,255}|\[(?!masked\])[^\s[\]]{1,255}\]?)/g;
const SIGN = /[@＠﹫]|%(?:25){0,4}40/;

/** The text without e-mail addresses. */
export const maskText = (text: string): string => (SIGN.test(text) ? text.replace(EMAIL, MASK) : text);

/** The value without the values of personal names, and without e-mail addresses in any string or name. */
function maskJson(value: Json, isPersonal: (name: string) => boolean): Json {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map((item) => maskJson(item, isPersonal));
  return isJsonObject(value) ? maskObject(value, isPersonal) : value;
}

const maskObject = (object: JsonObject, isPersonal: (name: string) => boolean): JsonObject =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      maskText(name),
      isPersonal(name) ? MASK : maskJson(value, isPersonal),
    ]),
  );

/** The context of an activity: what identifies persons and devices is masked, wherever it stands. */
export const maskContext = (context: JsonObject): JsonObject => maskObject(context, isPersonalContext);

/** Attributes of an activity: those declared personal are masked as a whole, others lose e-mail addresses. */
export function maskAttributes(attributes: JsonObject, type: ActivityTypeDefinition | undefined): JsonObject {
  const personal = new Set(type?.attributes.filter(({ pii }) => pii).map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      maskText(name),
      // Of a type nobody knows, nothing is known to be harmless.
      !type || personal.has(name) ? MASK : maskJson(value, () => false),
    ]),
  );
}

/** Of an item as it was sent, what tells no more than what it was and when. */
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
 * An item that was refused: what it was, when, and the names of what it held. It can hold anything of anybody, under any
 * name, so that all other values are masked.
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
