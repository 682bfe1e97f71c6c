import { identityText, type LeadKey, leadKey } from '../../../domain/lead.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import { DomainError } from '../../../lib/errors.ts';
import type { LeadLink } from '../persons.ts';
import { FACTS, type Facts, readFacts } from './facts.ts';
import { type FactsByKey, readToRoots, rootOf } from './groups.ts';
import { markOf } from './keys.ts';
import type { Scope } from './scope.ts';

type Link = { readonly key: LeadKey; readonly text: string; readonly target: LeadKey };
type Pair = readonly [LeadKey, LeadKey];
type Membership = { readonly key: LeadKey; readonly root: LeadKey };

const MAX_CALLS = 500;
/** Each round follows links that other processes made meanwhile. */
const MAX_ROUNDS = 64;

/**
 * Links identities to leads, without a transaction.
 *
 * A *link* is one row of the identity, and never changes: the first wins, under the row's lock. The canonical lead of a
 * person follows from the links alone (`canonicalOf`).
 *
 * A *group* is the set of identities that links connect, so that readers need not follow links. Each identity has a row
 * with the root of its group, which is the least of its keys. The root has a row for each member. Groups are joined by
 * giving a root a lesser root, which succeeds only while it has none. All members follow it, always on to a lesser key.
 * So no connection is lost, and there are no circles. A process that brings A into the group of B writes B's row for A,
 * then A's root. *Then* it checks whether B itself got a root C. A process that gives B the root C *then* reads the
 * members of B. So at least one of the two sees the other, and brings A to C. If that process dies, the same call again
 * does it: the log's repair repeats it, and so does the next call about B.
 */
export async function linkLeads(scope: Scope, calls: readonly LeadLink[]): Promise<void> {
  for (const chunk of chunksOf(calls, MAX_CALLS)) {
    const wanted = wantedOf(scope, chunk);
    const facts = await readFor(scope, wanted, readToRoots);
    const made = await setLinks(scope, firstOf(wanted, facts));
    const pairs = wanted.flatMap(({ key }): Pair[] => {
      const link = facts.get(key)?.link;
      return link ? [[key, link.target]] : [];
    });
    await joinGroups(scope, [...pairs, ...made], facts);
  }
}

/**
 * The part of `linkLeads` that depends on order: writes links where there are none. The rest has the same result at any
 * time.
 */
export async function decideLinks(scope: Scope, calls: readonly LeadLink[]): Promise<void> {
  for (const chunk of chunksOf(calls, MAX_CALLS)) {
    const wanted = wantedOf(scope, chunk);
    await putLinks(scope, firstOf(wanted, await readFor(scope, wanted, readFacts)));
  }
}

const wantedOf = (scope: Scope, calls: readonly LeadLink[]): Link[] =>
  calls.map(({ identity, target }) => ({
    key: leadKey(scope.idSpace, identity),
    text: identityText(identity),
    target,
  }));

/** The facts of both ends of these links, and of the identities that the ends' links lead to. */
async function readFor(
  scope: Scope,
  wanted: readonly Link[],
  read: typeof readToRoots,
): Promise<Map<LeadKey, Facts>> {
  const facts = new Map<LeadKey, Facts>();
  for (let unread = wanted.flatMap(({ key, target }) => [key, target]); unread.length > 0; ) {
    for (const [key, found] of await read(scope, unread, 'links')) facts.set(key, found);
    unread = [...facts.values()].flatMap(({ link }) =>
      link && !facts.has(link.target) ? [link.target] : [],
    );
  }
  return facts;
}

/**
 * The links to write, in order: an identity without a link is linked, unless the target's own links lead to it. Then
 * both are one person already, under this name.
 */
function firstOf(wanted: readonly Link[], facts: FactsByKey): Link[] {
  const made = new Map<LeadKey, Link>();
  const next = (key: LeadKey): LeadKey | undefined => (made.get(key) ?? facts.get(key)?.link)?.target;
  const leadsTo = (from: LeadKey, to: LeadKey): boolean => {
    // Links that processes made at once may lead in a circle.
    const seen = new Set<LeadKey>();
    for (let at: LeadKey | undefined = from; at !== undefined && !seen.has(at); at = next(at)) {
      if (at === to) return true;
      seen.add(at);
    }
    return false;
  };
  for (const link of wanted)
    if (next(link.key) === undefined && !leadsTo(link.target, link.key)) made.set(link.key, link);
  return [...made.values()];
}

async function putLinks(scope: Scope, links: readonly Link[]): Promise<void> {
  if (links.length === 0) return;
  await scope.upsert({
    into: 'LEADS',
    columns: ['LEAD', 'FACT', 'TARGET', 'IDENTITY'],
    rows: links.map(({ key, text, target }) => [key, FACTS.link, target, text]),
    onDuplicate: 'IGNORE',
  });
}

/** Writes links where there are none. @returns what these identities are linked to now */
async function setLinks(scope: Scope, links: readonly Link[]): Promise<Pair[]> {
  if (links.length === 0) return [];
  await putLinks(scope, links);
  const keys = links.map(({ key }) => key);
  const facts = await readFacts(scope, keys, 'links');
  return links.map(({ key, target }) => [key, facts.get(key)?.link?.target ?? target]);
}

/**
 * Makes one group of the two ends of each pair, until that is so.
 * @param known facts as they were, however long ago: the first round may go by them, each later one reads
 */
async function joinGroups(scope: Scope, asked: readonly Pair[], known: FactsByKey): Promise<void> {
  let pairs = [...asked];
  let facts = new Map(known);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const unread = pairs.flat().filter((key) => !facts.has(key));
    for (const [key, found] of await readToRoots(scope, unread, 'links')) facts.set(key, found);
    const late = leftBehind(facts);
    pairs.push(...late);
    if (late.some(([member]) => !facts.has(member))) continue;

    const groups = createUnion((key) => rootOf(facts, key));
    for (const [a, b] of pairs) groups.join(a, b);
    const joined = [...new Set(pairs.flat().map((key) => rootOf(facts, key)))]
      .map((key) => ({ key, root: groups.rootOf(key) }))
      .filter(({ key, root }) => key !== root);
    const behind = [...facts].flatMap(([key, { root: own }]) => {
      const root = rootOf(facts, key);
      return own === null || own === root ? [] : [{ key, root }];
    });
    if (joined.length === 0 && behind.length === 0) return;
    await addMembers(scope, [...joined, ...behind]);
    await setRoots(scope, joined, 'IGNORE');
    // Whatever root it had, the way from there led to this one.
    await setRoots(scope, behind, 'UPDATE TARGET = CASE WHEN TARGET > ? THEN ? ELSE TARGET END');
    // Only now: who joined one of these before it had its root is seen here, who comes later sees the root.
    pairs = [...joined, ...behind].map(({ key, root }) => [key, root]);
    facts = new Map();
  }
  throw new DomainError(
    'BACKEND_UNAVAILABLE',
    'Too many of these leads are being linked at once; try again.',
  );
}

/** Members of roots that got a root themselves, which does not have these members yet; each with its root. */
function leftBehind(facts: FactsByKey): Pair[] {
  const pairs: Pair[] = [];
  for (const [key, { members }] of facts) {
    const root = rootOf(facts, key);
    if (root === key || members.length === 0) continue;
    const there = new Set(facts.get(root)?.members);
    for (const member of members) if (member !== root && !there.has(member)) pairs.push([member, key]);
  }
  return pairs;
}

/** Makes identities known to the roots they will have, and marks their timelines. */
async function addMembers(scope: Scope, memberships: readonly Membership[]): Promise<void> {
  const marked = new Set(memberships.flatMap(({ key, root }) => [key, root]));
  await Promise.all([
    scope.upsert({
      into: 'ACTIVITIES',
      columns: ['ROW_KEY'],
      rows: [...marked].map((key) => [markOf(key)]),
    }),
    scope.upsert({
      into: 'LEADS',
      columns: ['LEAD', 'FACT'],
      rows: memberships.map(({ key, root }) => [root, FACTS.member + key]),
    }),
  ]);
}

async function setRoots(
  scope: Scope,
  memberships: readonly Membership[],
  onDuplicate: 'IGNORE' | `UPDATE ${string}`,
): Promise<void> {
  if (memberships.length === 0) return;
  await scope.upsert({
    into: 'LEADS',
    columns: ['LEAD', 'FACT', 'TARGET'],
    rows: memberships.map(({ key, root }) => [
      key,
      FACTS.root,
      root,
      ...(onDuplicate === 'IGNORE' ? [] : [root, root]),
    ]),
    onDuplicate,
  });
}

/** Groups in memory, each by the least of its keys, on top of those that `knownRoot` tells. */
function createUnion(knownRoot: (key: LeadKey) => LeadKey) {
  const roots = new Map<LeadKey, LeadKey>();
  const find = (key: LeadKey): LeadKey => {
    let at = knownRoot(key);
    for (let next = roots.get(at); next !== undefined; next = roots.get(at)) at = next;
    return at;
  };
  return {
    rootOf: find,
    join(a: LeadKey, b: LeadKey): void {
      const [least, other] = [find(a), find(b)].sort() as [LeadKey, LeadKey];
      if (least !== other) roots.set(other, least);
    },
  };
}
