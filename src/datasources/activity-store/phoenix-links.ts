import { DomainError } from '../../domain/errors.ts';
import { identityText, type LeadKey, leadKey } from '../../domain/lead.ts';
import type { LeadLink } from './persons.ts';
import { FACTS, readFacts } from './phoenix-facts.ts';
import { type FactsByKey, groupOf, readToRoots, rootOf } from './phoenix-groups.ts';
import { markOf } from './phoenix-keys.ts';
import { chunksOf, type Scope } from './phoenix-scope.ts';

type Link = { readonly key: LeadKey; readonly text: string; readonly target: LeadKey };
type Pair = readonly [LeadKey, LeadKey];
type Membership = { readonly key: LeadKey; readonly root: LeadKey };

const MAX_CALLS = 500;
/** Each round follows links that other processes made meanwhile. */
const MAX_ROUNDS = 32;

/**
 * Links identities to leads, without a transaction.
 *
 * A *link* is one row of the identity, and never changes: the first wins, under the row's lock. Which lead a person
 * goes by follows from the links alone (`canonicalOf`).
 *
 * A *group* is everyone whom links connect, so that readers need not follow them: each identity has a row with the
 * root of its group, which is the least of its keys, and the root has a row for each of the group. Groups are joined
 * by giving a root another, lesser one, which succeeds only while it has none; all others follow it, always on to
 * a lesser key. So no connection is lost, and there are no circles. Whoever brings A into the group of B writes B's
 * row for A, then A's root, and *then* looks whether B itself got a root C. Whoever gives B the root C *then* looks
 * whom B has. So at least one of the two sees the other, and brings A to C.
 *
 * A link is marked as settled at the end. One that is not, because a process died, is settled by whoever makes the
 * same call again, which the log's repair does.
 */
export async function linkLeads(scope: Scope, calls: readonly LeadLink[]): Promise<void> {
  for (const chunk of chunksOf(calls, MAX_CALLS)) await linkChunk(scope, chunk);
}

async function linkChunk(scope: Scope, calls: readonly LeadLink[]): Promise<void> {
  const keyed = calls.map(({ identity, target }) => ({
    key: leadKey(scope.tenantId, identity),
    text: identityText(identity),
    target,
  }));
  const facts = await readToRoots(
    scope,
    keyed.flatMap(({ key, target }) => [key, target]),
    'links',
  );
  const groups = createUnion((key) => rootOf(facts, key));
  const made = new Map<LeadKey, Link>();
  const unsettled = new Map<LeadKey, Link>();
  for (const call of keyed) {
    const before = facts.get(call.key)?.link;
    if (made.has(call.key) || before?.isSettled) continue;
    if (before) unsettled.set(call.key, { ...call, ...before });
    // Within one group, this is the lead it goes by: it is linked to nothing.
    else if (groups.join(call.key, call.target)) made.set(call.key, call);
  }
  const links = [...unsettled.values(), ...(await setLinks(scope, [...made.values()]))];
  if (links.length === 0) return;
  if (unsettled.size > 0) await joinGroups(scope, await withLeftBehind(scope, links));
  else await joinGroups(scope, links.map(pairOf), facts);
  await scope.upsert({
    into: 'LEADS',
    columns: ['LEAD', 'FACT', 'IS_SETTLED'],
    rows: links.map(({ key }) => [key, FACTS.link, true]),
  });
}

/** Writes links where there are none. @returns these identities' links as they are now */
async function setLinks(scope: Scope, links: readonly Link[]): Promise<Link[]> {
  if (links.length === 0) return [];
  await scope.upsert({
    into: 'LEADS',
    columns: ['LEAD', 'FACT', 'TARGET', 'IDENTITY'],
    rows: links.map(({ key, text, target }) => [key, FACTS.link, target, text]),
    onDuplicate: 'IGNORE',
  });
  const facts = await readFacts(
    scope,
    links.map(({ key }) => key),
    'links',
  );
  return links.map((link) => ({ ...link, ...facts.get(link.key)?.link }));
}

const pairOf = ({ key, target }: Link): Pair => [key, target];

/** These links' ends, and whom a process that died may have left behind in their groups. */
async function withLeftBehind(scope: Scope, links: readonly Link[]): Promise<Pair[]> {
  const pairs = links.map(pairOf);
  const groups = await readToRoots(scope, pairs.flat(), 'links');
  const members = pairs.flat().flatMap((key) => [...groupOf(groups, key)]);
  return [...pairs, ...pairsOf(await readFacts(scope, members, 'links'))];
}

/**
 * Makes one group of the two ends of each link, until that is so.
 * @param known facts as they were, however long ago: the first round may go by them, each later one reads
 */
async function joinGroups(scope: Scope, pairs: Pair[], known?: FactsByKey): Promise<void> {
  const isKnown = known && pairs.flat().every((key) => known.has(key));
  let facts: FactsByKey = isKnown ? known : await readToRoots(scope, pairs.flat(), 'links');
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
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
    const others = joined.map(({ key }) => key);
    const read = await readToRoots(scope, [...pairs.flat(), ...others], 'links');
    const late = pairsOf(read, others);
    const unread = late.flatMap(([member]) => (read.has(member) ? [] : [member]));
    for (const [key, own] of await readToRoots(scope, unread, 'links')) read.set(key, own);
    pairs.push(...late);
    facts = read;
  }
  throw new DomainError(
    'BACKEND_UNAVAILABLE',
    'Too many of these leads are being linked at once; try again.',
  );
}

/** Each of `roots` with whoever is in its group. */
const pairsOf = (facts: FactsByKey, roots: Iterable<LeadKey> = facts.keys()): Pair[] =>
  [...roots].flatMap((root) => (facts.get(root)?.members ?? []).map((member): Pair => [member, root]));

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
    /** @returns false when they were one group before */
    join(a: LeadKey, b: LeadKey): boolean {
      const [left, right] = [find(a), find(b)];
      if (left === right) return false;
      const [least, other] = left < right ? [left, right] : [right, left];
      roots.set(other, least);
      return true;
    },
  };
}
