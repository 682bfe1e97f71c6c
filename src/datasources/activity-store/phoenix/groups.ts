import type { LeadKey } from '../../../domain/lead.ts';
import { type Facts, readFacts } from './facts.ts';
import type { Scope } from './scope.ts';

export type FactsByKey = ReadonlyMap<LeadKey, Facts>;

/** The root of an identity's group as far as it was read: its own key when it has no links. */
export function rootOf(facts: FactsByKey, key: LeadKey): LeadKey {
  // Roots point at lesser keys alone, so this ends.
  for (let at = key; ; ) {
    const next = facts.get(at)?.root ?? at;
    if (next === at) return at;
    at = next;
  }
}

/** The facts of these identities, and of the roots of their groups. */
export async function readToRoots(
  scope: Scope,
  keys: readonly LeadKey[],
  part: 'all' | 'links',
): Promise<Map<LeadKey, Facts>> {
  const facts = new Map<LeadKey, Facts>();
  for (let missing = keys; missing.length > 0; ) {
    for (const [key, found] of await readFacts(scope, missing, part)) facts.set(key, found);
    missing = keys.map((key) => rootOf(facts, key)).filter((root) => !facts.has(root));
  }
  return facts;
}

/** All identities of the group of `key`; the facts of its root must have been read. */
export const groupOf = (facts: FactsByKey, key: LeadKey): ReadonlySet<LeadKey> => {
  const root = rootOf(facts, key);
  return new Set([key, root, ...(facts.get(root)?.members ?? [])]);
};

/**
 * The canonical identity of a group: the identity that all links lead to. Concurrent links may form a circle; then it
 * is the least key of that circle.
 * @returns null where the links lead to an identity whose facts were not read
 */
export function canonicalOf(facts: FactsByKey, group: ReadonlySet<LeadKey>, start: LeadKey): LeadKey | null {
  const path: LeadKey[] = [];
  for (let at = start; ; ) {
    const met = path.indexOf(at);
    if (met >= 0) return path.slice(met).sort()[0] ?? at;
    const known = facts.get(at);
    if (!known) return null;
    path.push(at);
    const target = known.link?.target;
    if (target === undefined || !group.has(target)) return at;
    at = target;
  }
}
