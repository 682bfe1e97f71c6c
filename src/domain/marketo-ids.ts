import { digest16 } from './digest.ts';
import { type ActivityId, parseActivityId } from './ids.ts';
import type { Lead, LeadIdentity, LeadKey } from './lead.ts';

/**
 * Marketo's numbers for our leads and activities. They are pure functions of our keys, so that every machine computes
 * them without a table. All are integers that a double holds exactly (below 2^53).
 *
 *     leadId = n              of a lead whose external id is the decimal number n, 1 … 2^52 - 1
 *            | 2^52 + k       of any other; k: the first 52 bits of its key
 *     id     = the first 53 bits of the hash of an activity's message
 *            | n, or 2^52 + the first 52 bits of the digest of the id, of a campaign or list
 *
 * Leads that a tenant brings from Marketo have the first form. The second leads back to the keys by their first 8
 * characters. Two leads of one tenant share a number with a probability of n² / 2^53: 0.01 at ten million. An
 * activity's `id` need not be unique (Marketo says so of its own); `marketoGUID` is, and is our id.
 */
const DERIVED = 2 ** 52;
/** The characters of a key that its number tells whole: 48 of the 52 bits. */
const PREFIX_LENGTH = 8;
const NUMBER = /^[1-9]\d{0,15}$/;

const firstBits = (base64url: string, bits: 52 | 53): number => {
  const bytes = Buffer.from(base64url.slice(0, 12), 'base64url');
  return Number(bytes.readBigUInt64BE(0) >> BigInt(64 - bits));
};

const derivedId = (key: LeadKey): number => DERIVED + firstBits(key, 52);

/** The number of a lead. */
export function marketoLeadId({ key, externalId }: Pick<Lead, 'key' | 'externalId'>): number {
  if (externalId !== null && NUMBER.test(externalId) && Number(externalId) < DERIVED)
    return Number(externalId);
  return derivedId(key);
}

/** The identity of a lead's number, or the beginning of its key. Undefined for any other text. */
export function parseMarketoLeadId(
  id: number,
):
  | { readonly identity: LeadIdentity }
  | { readonly keyPrefix: string; has(key: LeadKey): boolean }
  | undefined {
  if (!Number.isSafeInteger(id) || id < 1) return undefined;
  if (id < DERIVED) return { identity: { kind: 'known', externalId: String(id) } };
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(id - DERIVED) << 12n);
  return {
    keyPrefix: bytes.toString('base64url').slice(0, PREFIX_LENGTH),
    has: (key) => derivedId(key) === id,
  };
}

/** The number of an activity; not surely unique. */
export const marketoActivityId = (id: ActivityId): number => firstBits(parseActivityId(id)?.hash ?? '', 53);

/** The number of a campaign or list by its local id. A tenant has at most 1,000 of each, so that none share one. */
export const marketoAssetId = (id: string): number =>
  NUMBER.test(id) && Number(id) < DERIVED ? Number(id) : DERIVED + firstBits(digest16(id), 52);
