import { isJsonObject, type Json } from '../../domain/json.ts';
import { type LeadKey, leadKey } from '../../domain/lead.ts';
import { marketoLeadId } from '../../domain/marketo-ids.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Failure } from './port.ts';

/** Where the dialects and the log's records say who it is about. */
const IDENTITIES: ReadonlySet<string> = new Set([
  'externalId',
  'anonymousId',
  'userId',
  'previousId',
  'aliases',
]);
/** Values below these names are details, no identities. */
const DETAILS: ReadonlySet<string> = new Set(['attributes', 'context', 'properties', 'traits']);
const MARKETO_LEAD = 'leadId';
/** A character that can belong to an e-mail address. */
const ADDRESS_PART = '[\\p{L}\\p{N}._+-]';

/** Whose failures are looked for. */
export type Mentioned = {
  readonly leads: readonly LeadKey[];
  /** Their e-mail addresses: a failure that says one anywhere is theirs, too. */
  readonly emails: readonly string[];
};

/**
 * Tells whether a failure is of a person. It names one of the person's identities where its dialect puts the identity,
 * or contains one of the person's e-mail addresses.
 */
export function mentionsOf(
  tenant: Tenant,
  { leads, emails }: Mentioned,
): (failure: Pick<Failure, 'body' | 'message'>) => boolean {
  const keys = new Set(leads);
  const numbers = new Set(leads.map((key) => String(marketoLeadId({ key, externalId: null }))));
  const texts = emails.flatMap((email) => [JSON.stringify(email).slice(1, -1), encodeURIComponent(email)]);
  const addresses = texts.map(
    (text) => new RegExp(`(?<!${ADDRESS_PART})${literal(text)}(?!${ADDRESS_PART})`, 'iu'),
  );
  const isTheirs = (text: string): boolean =>
    keys.has(leadKey(tenant.idSpace, { kind: 'known', externalId: text })) ||
    keys.has(leadKey(tenant.idSpace, { kind: 'anonymous', anonymousId: text }));

  const names = (value: Json, place: string | undefined): boolean => {
    if (Array.isArray(value)) return value.some((item) => names(item as Json, place));
    if (isJsonObject(value))
      return Object.entries(value).some(([name, inner]) => !DETAILS.has(name) && names(inner, name));
    if (place === undefined || value === null || typeof value === 'boolean') return false;
    if (place === 'leadKey') return keys.has(String(value));
    if (place === MARKETO_LEAD) return numbers.has(String(value)) || isTheirs(String(value));
    return IDENTITIES.has(place) && isTheirs(String(value));
  };

  return ({ body, message }) => {
    if (addresses.some((address) => address.test(message) || (body !== null && address.test(body))))
      return true;
    return body !== null && names(JSON.parse(body) as Json, undefined);
  };
}

/** A text as a regular expression that matches it. */
const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
