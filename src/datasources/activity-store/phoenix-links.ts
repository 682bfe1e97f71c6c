import { DomainError } from '../../domain/errors.ts';
import { identityText, type LeadIdentity, type LeadKey, leadKey } from '../../domain/lead.ts';
import { FACTS, readFacts } from './phoenix-facts.ts';
import { markOf } from './phoenix-keys.ts';
import { chunksOf, type Scope } from './phoenix-scope.ts';

/** An identity that is the same person as the lead `target` from now on. */
export type LinkCall = { readonly identity: LeadIdentity; readonly target: LeadKey };

type Move = {
  readonly key: LeadKey;
  readonly text: string;
  readonly from: LeadKey;
  readonly to: LeadKey;
};

const MAX_CALLS = 500;
/** Each round follows one link that another process made meanwhile. */
const MAX_ROUNDS = 32;

/**
 * Links identities to leads, without a transaction. The first link of an identity wins, and links point at
 * the final lead, so that a reader follows one step: each identity has one row that names its lead, and each
 * lead one row for every identity that it has.
 *
 * A link is set only where there is none (or where a lead was made its own again, see `breakCycle`), and moves
 * on only from the lead it was read to point at; both are decided under the row's lock. Whoever links A to B writes
 * A's link, then B's row for A, and *then* looks whether B was itself linked to C; whoever links B to C writes
 * B's link and *then* looks whom B has. So at least one of the two sees the other, and moves A on to C. After a
 * crash the same call, made again from the log, does what was left.
 */
export async function linkLeads(scope: Scope, calls: readonly LinkCall[]): Promise<void> {
  for (const chunk of chunksOf(calls, MAX_CALLS))
    for (let rest = chunk; rest.length > 0; ) rest = rest.slice(await linkRound(scope, rest));
}

/** Makes the links of as many calls, from the first on, as don't depend on one another. @returns how many */
async function linkRound(scope: Scope, calls: readonly LinkCall[]): Promise<number> {
  const keyed = calls.map((call) => ({ ...call, key: leadKey(scope.tenantId, call.identity) }));
  const facts = await readFacts(
    scope,
    keyed.flatMap(({ key, target }) => [key, target]),
    'links',
  );
  const links = new Map<LeadKey, Move>();
  const attached = new Set<LeadKey>();
  const leads = new Set<LeadKey>();
  let done = 0;
  for (const { key, identity, target } of keyed) {
    const text = identityText(identity);
    const before = facts.get(key)?.canonical ?? null;
    const to = facts.get(target)?.canonical ?? target;
    if (before !== null) {
      // A link that is there may lack what follows from it: a process may have died before.
      links.set(key, { key, text, from: key, to: before });
    } else if (!attached.has(key)) {
      if (attached.has(to) || leads.has(key)) break;
      if (key !== to) {
        links.set(key, { key, text, from: key, to });
        attached.add(key);
        leads.add(to);
      }
    }
    done += 1;
  }
  if (links.size === 0) return done;
  await setLinks(
    scope,
    [...links.values()].filter(({ key }) => attached.has(key)),
  );
  const now = attached.size === 0 ? facts : await readFacts(scope, [...attached], 'links');
  // Where another process was first, its link counts.
  const settled = [...links.values()].map((link) => ({
    ...link,
    to: now.get(link.key)?.canonical ?? link.to,
  }));
  await addMembers(scope, settled);
  await moveOn(scope, new Map(settled.map(({ key, to }) => [key, to])));
  return done;
}

/** Brings whom each of these identities has to the lead it is linked to, and on, until nothing is linked further. */
async function moveOn(scope: Scope, links: ReadonlyMap<LeadKey, LeadKey>): Promise<void> {
  const passed = new Map<LeadKey, LeadKey>();
  let pending = links;
  for (let round = 0; pending.size > 0; round += 1) {
    if (round === MAX_ROUNDS)
      throw new DomainError(
        'BACKEND_UNAVAILABLE',
        'Too many of these leads are being linked at once; try again.',
      );
    for (const [key, to] of pending) passed.set(key, to);
    let facts = await readFacts(scope, [...pending].flat(), 'links');
    const moves = [...pending].flatMap(([from, to]) =>
      (facts.get(from)?.members ?? [])
        .filter(({ key }) => key !== to)
        .map(({ key, text }): Move => ({ key, text, from, to })),
    );
    const leads = [...new Set(pending.values())];
    if (moves.length > 0) {
      await setLinks(scope, moves);
      await addMembers(scope, moves);
      facts = await readFacts(scope, leads, 'links');
    }
    const next = new Map<LeadKey, LeadKey>();
    for (const lead of leads) {
      const { canonical, text } = facts.get(lead) ?? {};
      if (!canonical) continue;
      const cycle = cycleFrom(lead, canonical, passed);
      if (cycle) for (const [key, to] of await breakCycle(scope, cycle)) next.set(key, to);
      else {
        await addMembers(scope, [{ key: lead, text: text ?? '', from: lead, to: canonical }]);
        next.set(lead, canonical);
      }
    }
    pending = next;
  }
}

/** Leads that were linked in a circle by processes that did not see one another; null when there is none. */
function cycleFrom(
  lead: LeadKey,
  linkedTo: LeadKey,
  passed: ReadonlyMap<LeadKey, LeadKey>,
): Map<LeadKey, LeadKey> | null {
  const cycle = new Map([[lead, linkedTo]]);
  for (let next = linkedTo; next !== lead; ) {
    const after = passed.get(next);
    if (after === undefined || cycle.has(next)) return null;
    cycle.set(next, after);
    next = after;
  }
  return cycle;
}

/**
 * Of a circle, the least key becomes the lead of all: whoever finds the circle does the same.
 * @returns the links of the others
 */
async function breakCycle(
  scope: Scope,
  cycle: ReadonlyMap<LeadKey, LeadKey>,
): Promise<Map<LeadKey, LeadKey>> {
  const to = [...cycle.keys()].sort()[0] as LeadKey;
  const facts = await readFacts(scope, [...cycle.keys()], 'links');
  const moves = [...cycle].map(([key, from]): Move => ({ key, text: facts.get(key)?.text ?? '', from, to }));
  const others = moves.filter(({ key }) => key !== to);
  await setLinks(scope, moves);
  await addMembers(scope, others);
  return new Map(others.map(({ key }) => [key, to]));
}

/** Points each identity at a lead: where it points nowhere yet, or at `from`. */
async function setLinks(scope: Scope, moves: readonly Move[]): Promise<void> {
  const rows = distinct(moves, ({ key }) => key);
  if (rows.length === 0) return;
  await scope.upsert({
    into: 'LEADS',
    columns: ['LEAD', 'FACT', 'CANONICAL', 'IDENTITY'],
    rows: rows.map(({ key, text, from, to }) => [key, FACTS.link, to, text, from, to]),
    onDuplicate: 'UPDATE CANONICAL = CASE WHEN CANONICAL = ? THEN ? ELSE CANONICAL END',
  });
}

/** Makes these identities known to their leads; before, marks the timelines of both as linked. */
async function addMembers(scope: Scope, moves: readonly Move[]): Promise<void> {
  const rows = distinct(moves, ({ key, to }) => key + to);
  if (rows.length === 0) return;
  const marked = new Set(rows.flatMap(({ key, to }) => [key, to]));
  await scope.upsert({
    into: 'ACTIVITIES',
    columns: ['ROW_KEY'],
    rows: [...marked].map((key) => [markOf(key)]),
  });
  await scope.upsert({
    into: 'LEADS',
    columns: ['LEAD', 'FACT', 'IDENTITY'],
    rows: rows.map(({ key, text, to }) => [to, FACTS.member + key, text]),
  });
}

const distinct = (moves: readonly Move[], nameOf: (move: Move) => string): Move[] => [
  ...new Map(moves.map((move) => [nameOf(move), move] as const)).values(),
];
