import type { IdentityFacts, Lead, LeadIdentity, LeadKey, Person } from '../../domain/lead.ts';
import { identityText } from '../../domain/lead.ts';
import { currentTraits, mergeTraits, type TimedValues } from '../../domain/trait-merge.ts';

/** What is stored of one identity. */
export type IdentityRow = {
  readonly key: LeadKey;
  readonly identity: LeadIdentity;
  /** `email`, when it was ever said. */
  readonly email: TimedValues;
  readonly traits: TimedValues;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
};

const emailOf = (email: TimedValues): string | null => (email['email']?.v as string | undefined) ?? null;

const factsOf = ({ key, identity, email, traits }: IdentityRow): IdentityFacts => ({
  key,
  identity,
  email: emailOf(email),
  traits: currentTraits(traits),
});

/**
 * The person of whom `canonical` is the final key.
 * @param group rows of its identities that were seen: its own first, then by key
 * @param aliases texts of all identities that are linked to it
 * @returns null when none of them was seen
 */
export function personOf(
  canonical: LeadKey,
  group: readonly IdentityRow[],
  aliases: readonly string[],
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
