import { digest16 } from './digest.ts';
import { idKind } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { IdSpace } from './tenant.ts';

/**
 * An identity as the sender knows it. `known`: the tenant's own id of the person (Segment's `userId`). `anonymous`: a
 * device's id (`anonymousId`). The two are separate name spaces.
 */
export type LeadIdentity =
  | { readonly kind: 'known'; readonly externalId: string }
  | { readonly kind: 'anonymous'; readonly anonymousId: string };

/** The first 16 bytes of SHA-256(id space of the tenant, kind, identity), base64url: 22 characters. */
export type LeadKey = string;

/** Global ids of leads: the key, 16 bytes whose last character of base64url has bits to spare, which are 0. */
export const LEAD = idKind({ type: 'Lead', letter: 'L', form: /^[\w-]{21}[AQgw]$/ });

/** A person (or a device not yet linked to one), as stored. Times are epoch milliseconds. */
export type Lead = {
  readonly key: LeadKey;
  readonly externalId: string | null;
  readonly email: string | null;
  readonly traits: JsonObject;
  /** Every other identity that was linked to this lead: anonymous ids and former external ids, sorted. */
  readonly aliases: readonly string[];
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
};

/** The facts of one identity by itself. `traits` are current and unmerged. */
export type IdentityFacts = {
  readonly key: LeadKey;
  readonly identity: LeadIdentity;
  readonly email: string | null;
  readonly traits: JsonObject;
};

/** A lead with each of its identities that was seen: its own first, then by key. */
export type Person = { readonly lead: Lead; readonly identities: readonly IdentityFacts[] };

/** The facts about a lead from one identify call. Merging is commutative and idempotent (see `mergeTraits`). */
export type LeadUpdate = {
  readonly identity: LeadIdentity;
  /** Null where the call has no address, or `isEmailRemoved`. */
  readonly email: string | null;
  /** The address is taken away. */
  readonly isEmailRemoved?: true;
  readonly traits: JsonObject;
  /** Identities that are the same person from now on; the first link of an identity wins. */
  readonly links: readonly LeadIdentity[];
  /** The sender's time of the call, epoch milliseconds. */
  readonly at: number;
  /** Drawn from an activity, which itself says when the lead was seen; nothing but links is new here. */
  readonly isFromActivity?: true;
};

/** The plain text of an identity. */
export const identityText = (identity: LeadIdentity): string =>
  identity.kind === 'known' ? identity.externalId : identity.anonymousId;

/**
 * The key of a lead is a pure function of tenant and identity. So a retry, a replay or another machine derives the same
 * key without a store.
 * @param idSpace of the tenant (`Tenant.idSpace`)
 */
export function leadKey(idSpace: IdSpace, identity: LeadIdentity): LeadKey {
  return digest16(`${idSpace}\0${identity.kind === 'known' ? 'u' : 'a'}\0${identityText(identity)}`);
}
