import {
  type IdentityFacts,
  identityText,
  type Lead,
  type LeadIdentity,
  type LeadKey,
  type LeadUpdate,
  leadKey,
  type Person,
} from '../../domain/lead.ts';
import type { IdSpace } from '../../domain/tenant.ts';
import { currentTraits, mergeTraits, type TimedValues } from '../../domain/trait-merge.ts';

/** The stored facts of one identity. */
export type IdentityRow = {
  readonly key: LeadKey;
  readonly identity: LeadIdentity;
  /** `email`, if a sender ever set it. */
  readonly email: TimedValues;
  readonly traits: TimedValues;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
};

/** The e-mail address of an update, under `email`; empty where it has none. */
export const timedEmail = ({ email, isEmailRemoved, at }: LeadUpdate): TimedValues =>
  email === null && !isEmailRemoved ? {} : { email: { v: email, t: at } };

const emailOf = (email: TimedValues): string | null => (email['email']?.v as string | undefined) ?? null;

const factsOf = ({ key, identity, email, traits }: IdentityRow): IdentityFacts => ({
  key,
  identity,
  email: emailOf(email),
  traits: currentTraits(traits),
});

/**
 * The person with the final key `canonical`.
 * @param group rows of its identities that were seen: its own first, then by key
 * @param aliases texts of all identities that are linked to it
 * @returns null when none of them was seen
 */
export function personOf(
  canonical: LeadKey,
  group: readonly IdentityRow[],
  aliases: Iterable<string>,
): Person | null {
  const own = group.find(({ key }) => key === canonical);
  if (group.length === 0) return null;
  const said = (read: (row: IdentityRow) => TimedValues): TimedValues =>
    group.map(read).reduce((before, next) => mergeTraits(before, next), {});
  const externalId = own?.identity.kind === 'known' ? own.identity.externalId : null;
  const names = new Set([...(own ? [identityText(own.identity)] : []), ...aliases]);
  const lead: Lead = {
    key: canonical,
    externalId,
    email: emailOf(said(({ email }) => email)),
    traits: currentTraits(said(({ traits }) => traits)),
    aliases: [...names].filter((alias) => alias !== externalId).sort(),
    firstSeenAt: Math.min(...group.map(({ firstSeenAt }) => firstSeenAt)),
    lastSeenAt: Math.max(...group.map(({ lastSeenAt }) => lastSeenAt)),
  };
  return { lead, identities: group.map(factsOf) };
}

/** That an identity is the same person as the lead `target`. */
export type LeadLink = { readonly identity: LeadIdentity; readonly target: LeadKey };

/** The links that identify calls ask for, in their order. */
export const linksIn = (idSpace: IdSpace, updates: readonly LeadUpdate[]): LeadLink[] =>
  updates.flatMap(({ identity, links }) => {
    const target = leadKey(idSpace, identity);
    return links.map((other) => ({ identity: other, target }));
  });

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** That an identity was seen at a time: an activity says so. */
export type Seen = {
  readonly leadKey: LeadKey;
  readonly identity: LeadIdentity;
  readonly occurredAt: number;
};

/** The leads that identify calls saw, and when. */
export const seenIn = (idSpace: IdSpace, updates: readonly LeadUpdate[]): Seen[] =>
  updates.flatMap(({ identity, at, isFromActivity }) =>
    isFromActivity ? [] : [{ leadKey: leadKey(idSpace, identity), identity, occurredAt: at }],
  );

type Span = { readonly identity: LeadIdentity; first: number; last: number };

/**
 * The first and last time each lead was seen, in the order of keys. So two writers of the same leads wait without a
 * deadlock.
 */
export function spansOf(seen: readonly Seen[]): [LeadKey, Span][] {
  const spans = new Map<LeadKey, Span>();
  for (const { leadKey: key, identity, occurredAt: at } of seen) {
    const known = spans.get(key);
    if (!known) spans.set(key, { identity, first: at, last: at });
    else {
      known.first = Math.min(known.first, at);
      known.last = Math.max(known.last, at);
    }
  }
  return [...spans].sort(([a], [b]) => byText(a, b));
}
