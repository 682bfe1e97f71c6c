import type { Tenant } from '../../../domain/tenant.ts';
import { withTotals } from '../facet-totals.ts';
import { STORED_NAME } from '../keyword-fields.ts';
import type { FacetRequest, FacetResult } from '../port.ts';
import { isTimeFacet, spanResult, spansOf } from '../time-spans.ts';
import type { Solr, TenantShards } from './cluster/connection.ts';
import { NOTHING, quoted } from './query.ts';
import { type Bucket, type Select, type Selected, select } from './select.ts';
import { topOfShards } from './top.ts';
import { countedValues } from './values.ts';

export type Terms = {
  readonly field: string;
  /** Only values that begin with it. It is no part of the shown value. */
  readonly prefix?: string;
  /** Only documents of these types. */
  readonly types?: readonly string[] | undefined;
  /** -1: all. */
  readonly limit: number;
};
type Matches = Pick<Select, 'query' | 'filters' | 'params'>;

/** Where the values of a facet are counted: an attribute has those that everybody may see and the others. */
function termsOf({ field, limit }: FacetRequest, tenantId: string, pii: boolean): readonly Terms[] {
  switch (field.kind) {
    case 'field':
      return [{ field: STORED_NAME[field.field], limit }];
    case 'time':
      // See `countSpans`.
      return [];
    case 'attribute':
      return countedValues(tenantId, field.name, pii).map((counted) => ({
        ...counted,
        types: field.types,
        limit,
      }));
    default:
      return field satisfies never;
  }
}

export type FacetPlan = {
  /** Goes with a search over exactly the matches, in one shard. */
  readonly request: Pick<Select, 'facet'>;
  /** The facets from the answer to such a search. */
  read(answer: Pick<Selected<unknown>, 'buckets'>): FacetResult[];
  /** Counts over several shards, exactly. */
  countIn(
    solr: Solr,
    tenant: Tenant,
    matches: Matches,
    shards: TenantShards,
    signal: AbortSignal,
  ): Promise<FacetResult[]>;
};

export function planFacets(facets: readonly FacetRequest[], tenantId: string, pii: boolean): FacetPlan {
  const parts = facets.map((facet) => termsOf(facet, tenantId, pii));
  const terms = parts.flat();
  const resultsOf = (counted: readonly (readonly Bucket[])[]): FacetResult[] => {
    const bucketsOf = new Map(terms.map((part, at) => [part, counted[at] ?? []]));
    return facets.map((facet, index) =>
      resultOf(
        facet,
        (parts[index] ?? []).flatMap((part) =>
          (bucketsOf.get(part) ?? []).map(({ val, count }) => ({
            val: typeof val === 'string' ? val.slice(part.prefix?.length ?? 0) : val,
            count,
          })),
        ),
      ),
    );
  };
  return {
    request: terms.length === 0 ? {} : { facet: facetsOf(terms) },
    read: ({ buckets }) => resultsOf(terms.map((_, at) => buckets(nameOf(at)))),
    countIn: async (solr, tenant, matches, { collection, shards }, signal) =>
      resultsOf(
        await topOfShards(terms, shards, async (asked, shard) => {
          const request = { ...matches, limit: 0, facet: facetsOf(asked), collection, shard };
          const { buckets } = await select(solr, tenant, 'activities', request, signal);
          return asked.map((_, at) => buckets(nameOf(at)));
        }),
      ),
  };
}

const nameOf = (at: number): string => `f${at}`;
const facetsOf = (terms: readonly Terms[]): NonNullable<Select['facet']> =>
  Object.fromEntries(terms.map((part, at) => [nameOf(at), termsFacet(part)]));

const termsFacet = ({ field, prefix, types, limit }: Terms): Record<string, unknown> => ({
  type: 'terms',
  field,
  ...(prefix !== undefined && { prefix }),
  ...(types && { domain: { filter: ofTypes(types) } }),
  limit,
  mincount: 1,
  // Of equal counts Solr takes the smaller value first, as we do.
  sort: { count: 'desc' },
});

const ofTypes = (types: readonly string[]): string =>
  types.length === 0 ? NOTHING : `${STORED_NAME.type}:(${types.map(quoted).join(' OR ')})`;

function resultOf({ name, limit }: FacetRequest, buckets: readonly Bucket[]): FacetResult {
  return {
    name,
    values: buckets
      .map(({ val, count }) => ({ value: String(val), count }))
      .sort((a, b) => b.count - a.count || Buffer.compare(Buffer.from(a.value), Buffer.from(b.value)))
      .slice(0, limit),
  };
}

/**
 * Counts the `time` facets: first when the matches begin and end, then the matches of each span between. Solr adds
 * both up over all shards exactly.
 * @returns in the place of each `time` facet its result, of others undefined
 */
export async function countSpans(
  solr: Solr,
  tenant: Tenant,
  facets: readonly FacetRequest[],
  matches: Matches,
  signal: AbortSignal,
): Promise<readonly (FacetResult | undefined)[]> {
  if (!facets.some(isTimeFacet)) return [];
  const count = (facet: NonNullable<Select['facet']>) =>
    select(solr, tenant, 'activities', { ...matches, limit: 0, facet }, signal);
  const found = await count({ first: 'min(occurred_at)', last: 'max(occurred_at)' });
  const [first, last] = [found.figure('first'), found.figure('last')];
  if (first === undefined || last === undefined)
    return facets.map((facet) => (isTimeFacet(facet) ? { name: facet.name, values: [] } : undefined));
  const spans = facets.map((facet) => (isTimeFacet(facet) ? spansOf(facet, { first, last }) : null));
  const ranges = Object.fromEntries(
    spans.flatMap((starts, at) =>
      starts === null ? [] : [[nameOf(at), rangesOf(starts, last + 1)] as const],
    ),
  );
  const { buckets } = await count(ranges);
  return facets.map(({ name }, at) => {
    const starts = spans[at];
    if (!starts) return undefined;
    const counts = new Map(buckets(nameOf(at)).map(({ val, count: matching }) => [String(val), matching]));
    return spanResult(name, starts, (index) => counts.get(rangeOf(starts, index, last + 1)));
  });
}

/**
 * Counts, for the facets that ask for it, the matches that have a value. Solr adds such counts up over all shards exactly.
 * @returns adds the totals to each result
 */
export async function countTotals(
  solr: Solr,
  tenant: Tenant,
  facets: readonly FacetRequest[],
  matches: Matches,
  pii: boolean,
  signal: AbortSignal,
): Promise<(results: readonly FacetResult[]) => readonly FacetResult[]> {
  if (!facets.some(({ totals }) => totals)) return (results) => results;
  const havings = facets.flatMap((facet, at) =>
    facet.totals && !isTimeFacet(facet)
      ? [[nameOf(at), { type: 'query', q: anyOf(termsOf(facet, tenant.id, pii)) }] as const]
      : [],
  );
  const request = { ...matches, limit: 0, facet: Object.fromEntries(havings) };
  const { found, counted } = await select(solr, tenant, 'activities', request, signal);
  return (results) =>
    results.map((result, at) =>
      facets[at]?.totals
        ? withTotals(result, { matches: found, having: counted(nameOf(at)) ?? found })
        : result,
    );
}

/** Documents with a value in one of these places. */
const anyOf = (terms: readonly Terms[]): string => terms.map(valueIn).join(' OR ');

const valueIn = ({ field, prefix, types }: Terms): string => {
  const value = `${field}:${prefix === undefined ? '' : escaped(prefix)}*`;
  return types ? `(+${value} +(${ofTypes(types)}))` : value;
};

/** Prefixes are base64url: a hyphen is an operator elsewhere. */
const escaped = (prefix: string): string => prefix.replaceAll('-', '\\-');

const rangesOf = (starts: readonly number[], end: number): Record<string, unknown> => ({
  type: 'range',
  field: 'occurred_at',
  ranges: starts.map((_, index) => ({ range: rangeOf(starts, index, end) })),
});

/** A span as Solr reads it, and calls it in its answer. */
const rangeOf = (starts: readonly number[], index: number, end: number): string =>
  `[${starts[index]},${starts[index + 1] ?? end})`;
