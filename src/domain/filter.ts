/** A typed condition over activities, the same for every search adapter. */
export type ActivityFilter =
  | { readonly op: 'and' | 'or'; readonly filters: readonly ActivityFilter[] }
  | { readonly op: 'not'; readonly filter: ActivityFilter }
  | { readonly op: 'in'; readonly field: ActivityKeywordField; readonly values: readonly string[] }
  | { readonly op: 'isBot'; readonly value: boolean }
  | { readonly op: 'time'; readonly field: 'occurredAt' | 'receivedAt'; readonly range: Range<number> }
  | AttributeFilter;

/** Fields with exact values, which can be filtered and counted. `leadKey` takes canonical lead keys. */
export type ActivityKeywordField =
  | 'type'
  | 'campaignId'
  | 'assetId'
  | 'channel'
  | 'source'
  | 'country'
  | 'device'
  | 'leadKey'
  | 'messageId';

/** Bounds; a missing bound is open. */
export type Range<T> = { readonly gt?: T; readonly gte?: T; readonly lt?: T; readonly lte?: T };

/** A condition on one attribute. Equality compares the JSON value, so 1 and "1" differ. */
export type AttributeFilter = { readonly op: 'attribute'; readonly name: string } & (
  | { readonly test: 'in'; readonly values: readonly (string | number | boolean)[] }
  | { readonly test: 'range'; readonly range: Range<number> }
  | { readonly test: 'exists'; readonly value: boolean }
  | { readonly test: 'prefix'; readonly value: string }
);

/** A typed condition over leads. */
export type LeadFilter =
  | { readonly op: 'and' | 'or'; readonly filters: readonly LeadFilter[] }
  | { readonly op: 'not'; readonly filter: LeadFilter }
  | { readonly op: 'in'; readonly field: 'externalId' | 'email'; readonly values: readonly string[] }
  | { readonly op: 'isKnown'; readonly value: boolean }
  | { readonly op: 'time'; readonly field: 'firstSeenAt' | 'lastSeenAt'; readonly range: Range<number> }
  | { readonly op: 'trait'; readonly name: string; readonly values: readonly (string | number | boolean)[] };

/** Filters combined into one. */
export type Combined<F> =
  | { readonly op: 'and' | 'or'; readonly filters: readonly F[] }
  | { readonly op: 'not'; readonly filter: F };

/** A condition that is made of no others. */
export type FilterLeaf<F> = Exclude<F, Combined<unknown>>;

/** The conditions that a condition is made of; none of a leaf. */
export function combinedParts<F extends { readonly op: string }>(filter: F): readonly F[] {
  const combined = filter as unknown as Combined<F>;
  if (combined.op === 'not') return [combined.filter];
  return combined.op === 'and' || combined.op === 'or' ? combined.filters : [];
}

/** Compiles a condition from its leaves up; `and` and `or` also of none. */
export function foldFilter<F extends { readonly op: string }, R>(
  filter: F,
  combine: { and(parts: readonly R[]): R; or(parts: readonly R[]): R; not(part: R): R },
  condition: (leaf: FilterLeaf<F>) => R,
): R {
  const fold = (node: F): R => {
    const combined = node as unknown as Combined<F>;
    if (combined.op === 'not') return combine.not(fold(combined.filter));
    if (combined.op === 'and') return combine.and(combined.filters.map(fold));
    if (combined.op === 'or') return combine.or(combined.filters.map(fold));
    return condition(node as FilterLeaf<F>);
  };
  return fold(filter);
}
