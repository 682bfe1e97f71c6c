import { identityText, type LeadKey, type LeadUpdate, leadKey, type Person } from '../../../domain/lead.ts';
import { timedTraits } from '../../../domain/trait-merge.ts';
import {
  byText,
  type IdentityRow,
  linksIn,
  personOf,
  type Seen,
  seenIn,
  spansOf,
  timedEmail,
} from '../persons.ts';
import { encodeIdentity, FACTS, type Facts, readFacts, said } from './facts.ts';
import { canonicalOf, type FactsByKey, groupOf, readToRoots, rootOf } from './groups.ts';
import { linkLeads } from './links.ts';
import { inTurn, type Scope } from './scope.ts';
import { seenInTimeline } from './timelines.ts';

/**
 * The first and last time each identity was seen. The region server takes the earlier and the later under the
 * row's lock, so that no two writers can lose each other's.
 */
export async function touchLeads(scope: Scope, seen: readonly Seen[]): Promise<void> {
  const spans = spansOf(seen);
  if (spans.length === 0) return;
  await scope.upsert({
    into: 'LEADS',
    columns: ['LEAD', 'FACT', 'IDENTITY', 'FIRST_SEEN', 'LAST_SEEN'],
    rows: spans.map(([key, { identity, first, last }]) => [
      ...[key, FACTS.seen, encodeIdentity(identity), first, last],
      ...[first, first, last, last],
    ]),
    onDuplicate:
      'UPDATE FIRST_SEEN = CASE WHEN FIRST_SEEN > ? THEN ? ELSE FIRST_SEEN END,' +
      ' LAST_SEEN = CASE WHEN LAST_SEEN < ? THEN ? ELSE LAST_SEEN END',
  });
}

/** Applies identify calls, and links. Repeats and order change nothing, but that the first link of an identity wins. */
export async function applyLeadUpdates(scope: Scope, updates: readonly LeadUpdate[]): Promise<void> {
  const keyed = updates.map((update) => ({ update, key: leadKey(scope.idSpace, update.identity) }));
  await Promise.all([
    touchLeads(scope, seenIn(scope.idSpace, updates)),
    putSaid(
      scope,
      keyed.flatMap(({ update, key }) => [
        ...Object.values(timedEmail(update)).map((value) => ({
          key,
          fact: FACTS.email as string,
          value: said(value),
        })),
        ...Object.entries(timedTraits(update.traits, update.at)).map(([name, value]) => ({
          key,
          fact: FACTS.trait + JSON.stringify(name),
          value: said(value),
        })),
      ]),
    ),
    linkLeads(scope, linksIn(scope.idSpace, updates)),
  ]);
}

/** Keeps the winning value of each fact; the region server compares under the row's lock. */
async function putSaid(
  scope: Scope,
  values: readonly { readonly key: LeadKey; readonly fact: string; readonly value: Buffer }[],
): Promise<void> {
  const winners = new Map<string, (typeof values)[number]>();
  for (const entry of values) {
    const name = entry.key + entry.fact;
    const known = winners.get(name);
    if (!known || Buffer.compare(known.value, entry.value) < 0) winners.set(name, entry);
  }
  if (winners.size === 0) return;
  await scope.upsert({
    into: 'LEADS',
    columns: ['LEAD', 'FACT', 'SAID'],
    rows: [...winners]
      .sort(([a], [b]) => byText(a, b))
      .map(([, { key, fact, value }]) => [key, fact, value, value, value]),
    onDuplicate: 'UPDATE SAID = CASE WHEN SAID < ? THEN ? ELSE SAID END',
  });
}

/**
 * Persons by key, `null` where there is none; a linked lead answers as the lead it was linked to. A lead with unsettled
 * activities exists by these activities.
 */
export async function readPersons(scope: Scope, keys: readonly LeadKey[]): Promise<(Person | null)[]> {
  const facts = await readToRoots(scope, keys, 'all');
  const asked = keys.map((key) => ({ root: rootOf(facts, key), group: groupOf(facts, key) }));
  const others = asked.flatMap(({ group }) => [...group].filter((key) => !facts.has(key)));
  if (others.length > 0) for (const [key, found] of await readFacts(scope, others)) facts.set(key, found);
  const unsettled = new Set(asked.flatMap(({ group, root }) => perhapsUnsettled(facts, group, root)));
  await inTurn([...unsettled], async (key) => {
    const known = facts.get(key);
    if (known) known.seen = await seenInTimeline(scope, key);
  });

  const persons = new Map<LeadKey, Person | null>();
  return asked.map(({ root, group }) => {
    let person = persons.get(root);
    if (person === undefined) persons.set(root, (person = personFrom(facts, group, root)));
    return person;
  });
}

/**
 * The leads whose activities may be unsettled: only the canonical lead of a person that was seen. Most other
 * identities, such as anonymous ids beside an external id, never have activities of their own. Each would cost a scan.
 */
function perhapsUnsettled(facts: FactsByKey, group: ReadonlySet<LeadKey>, root: LeadKey): LeadKey[] {
  const unseen = [...group].filter((member) => !facts.get(member)?.seen);
  if (unseen.length === 0 || unseen.length === group.size) return unseen;
  const canonical = canonicalOf(facts, group, root);
  return unseen.filter((member) => member === canonical);
}

function personFrom(facts: FactsByKey, group: ReadonlySet<LeadKey>, root: LeadKey): Person | null {
  const canonical = canonicalOf(facts, group, root) ?? root;
  const others = [...group].filter((key) => key !== canonical).sort();
  return personOf(
    canonical,
    [canonical, ...others].flatMap((key) => identityRow(key, facts.get(key)) ?? []),
    others.flatMap((key) => {
      const { link, seen } = facts.get(key) ?? {};
      return link?.text ?? (seen ? identityText(seen.identity) : []);
    }),
  );
}

const identityRow = (key: LeadKey, facts: Facts | undefined): IdentityRow | undefined =>
  facts?.seen
    ? {
        key,
        identity: facts.seen.identity,
        email: facts.email,
        traits: facts.traits,
        firstSeenAt: facts.seen.first,
        lastSeenAt: facts.seen.last,
      }
    : undefined;
