import { combinedParts, type FilterLeaf } from '../filter.ts';
import type { JsonObject } from '../json.ts';
import { ownValue, valueHolds } from './activity-condition.ts';
import type { DidCondition, LeadList, PersonFilter } from './model.ts';

/** Facts about a person at the moment of a decision. */
export type PersonFacts = {
  /** The tenant's own ids of the person; empty for a device. */
  readonly externalIds: readonly string[];
  readonly email: string | null;
  readonly traits: JsonObject;
  /** Static lists that the person is in, of those that were asked for. */
  readonly lists: ReadonlySet<string>;
  /** Activities that count for a condition, as far as they decide it. */
  readonly counts: ReadonlyMap<DidCondition, number>;
};

/** A condition with its answer. */
export type ConditionResult = {
  readonly condition: PersonFilter;
  readonly holds: boolean;
  /** Of `and`, `or` and `not`. */
  readonly parts: readonly ConditionResult[];
};

/** The conditions of a filter that need more than the person's row. */
export function needsOf(filter: PersonFilter | null): {
  readonly lists: ReadonlySet<string>;
  readonly counts: readonly DidCondition[];
} {
  const lists = new Set<string>();
  const counts: DidCondition[] = [];
  const visit = (node: PersonFilter): void => {
    if (node.op === 'inList') lists.add(node.listId);
    else if (node.op === 'did') counts.push(node);
    for (const part of combinedParts(node)) visit(part);
  };
  if (filter) visit(filter);
  return { lists, counts };
}

/** Smart lists may name one another to this depth. */
export const MAX_LIST_DEPTH = 5;

/**
 * Puts the filters of smart lists in place of their names, so that static lists alone are left. A deleted list has no
 * members.
 */
export function expandLists(
  filter: PersonFilter,
  listOf: (id: string) => Pick<LeadList, 'filter'> | undefined,
  depth = 0,
): PersonFilter {
  if (filter.op === 'and' || filter.op === 'or')
    return { ...filter, filters: filter.filters.map((part) => expandLists(part, listOf, depth)) };
  if (filter.op === 'not') return { ...filter, filter: expandLists(filter.filter, listOf, depth) };
  if (filter.op !== 'inList') return filter;
  const list = listOf(filter.listId);
  if (!list || depth >= MAX_LIST_DEPTH) return { op: 'or', filters: [] };
  return list.filter === null ? filter : expandLists(list.filter, listOf, depth + 1);
}

/** Judges a person, with the answer of each condition. Pure. */
export function judgePerson(filter: PersonFilter, facts: PersonFacts): ConditionResult {
  const parts = combinedParts(filter).map((part) => judgePerson(part, facts));
  const isTrue = ({ holds }: ConditionResult): boolean => holds;
  switch (filter.op) {
    case 'and':
      return { condition: filter, holds: parts.every(isTrue), parts };
    case 'or':
      return { condition: filter, holds: parts.some(isTrue), parts };
    case 'not':
      return { condition: filter, holds: !parts.some(isTrue), parts };
    default:
      return { condition: filter, holds: leafHolds(filter, facts), parts };
  }
}

function leafHolds(leaf: FilterLeaf<PersonFilter>, facts: PersonFacts): boolean {
  switch (leaf.op) {
    case 'trait':
      return valueHolds(leaf, ownValue(facts.traits, leaf.name));
    case 'identity': {
      if (leaf.field === 'externalId') return leaf.values.some((value) => facts.externalIds.includes(value));
      const email = facts.email?.toLowerCase();
      return email !== undefined && leaf.values.some((value) => value.toLowerCase() === email);
    }
    case 'isKnown':
      return facts.externalIds.length > 0 === leaf.value;
    case 'inList':
      return facts.lists.has(leaf.listId);
    case 'did': {
      const count = facts.counts.get(leaf) ?? 0;
      return count >= leaf.atLeast && (leaf.atMost === null || count <= leaf.atMost);
    }
    default:
      return leaf satisfies never;
  }
}
