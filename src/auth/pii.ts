import type { Activity } from '../domain/activity.ts';
import type { ActivityTypeDefinition } from '../domain/activity-types.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Lead } from '../domain/lead.ts';

/** What stands in the place of personal data for callers without the scope `leads:pii`. */
export const MASK = '[masked]';

/**
 * Anything like an e-mail address, wherever it stands. Wider than what is valid: a mask too many is
 * better than one too few. Bounded runs, so that no text makes the search slow.
 */
const EMAIL = /[^\s@<>"',;:()[\]{}|]{1,128}@[^\s@<>"',;:()[\]{}|]{1,255}/g;

/** The text without e-mail addresses. */
export const maskText = (text: string): string => (text.includes('@') ? text.replace(EMAIL, MASK) : text);

/** The value without e-mail addresses in any of its strings or keys. */
function maskStrings(value: Json): Json {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(maskStrings);
  if (isJsonObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [maskText(key), maskStrings(inner)]),
    );
  return value;
}

/** Parts of a context that are personal as a whole. */
const PERSONAL_CONTEXT: ReadonlySet<string> = new Set(['ip', 'email', 'traits']);

/** Attributes of an activity: those declared personal are masked as a whole, others lose e-mail addresses. */
export const maskAttributes = (
  attributes: JsonObject,
  type: ActivityTypeDefinition | undefined,
): JsonObject =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      maskText(name),
      type?.attributes.some((attribute) => attribute.name === name && attribute.pii)
        ? MASK
        : maskStrings(value),
    ]),
  );

/** The context of an activity: addresses of machines and persons are masked. */
export const maskContext = (context: Activity['context']): JsonObject =>
  Object.fromEntries(
    Object.entries(context).map(([name, value]) => [
      maskText(name),
      PERSONAL_CONTEXT.has(name) ? MASK : maskStrings(value),
    ]),
  );

/** A lead: no e-mail address, the names of traits without their values, ids only where they are no addresses. */
export const maskLead = (lead: Lead): Lead => ({
  ...lead,
  externalId: lead.externalId === null ? null : maskText(lead.externalId),
  email: lead.email === null ? null : MASK,
  traits: Object.fromEntries(Object.keys(lead.traits).map((name) => [maskText(name), MASK])),
  aliases: lead.aliases.map(maskText),
});
