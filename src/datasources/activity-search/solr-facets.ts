import type { Tenant } from '../../domain/tenant.ts';
import { STORED_NAME } from './keyword-fields.ts';
import type { FacetRequest, FacetResult } from './port.ts';
import type { Solr, TenantShards } from './solr-connection.ts';
import { type Bucket, type Select, type Selected, select } from './solr-select.ts';
import { topOfShards } from './solr-top.ts';
import { countedValues } from './solr-values.ts';

const SPANS = { HOUR: 'hour', DAY: 'day', WEEK: 'week', MONTH: 'month' } as const;

export type Terms = {
  readonly field: string;
  /** Only values that begin with it, which is no part of what is shown. */
  readonly prefix?: string;
  readonly order: 'count' | 'latest';
  /** -1: all. */
  readonly limit: number;
};
type Matches = Pick<Select, 'query' | 'filters' | 'params'>;

/** Where the values of a facet are counted: an attribute has those that everybody may see and the others. */
function termsOf({ field, limit }: FacetRequest, tenantId: string, pii: boolean): readonly Terms[] {
  switch (field.kind) {
    case 'field':
      return [{ field: STORED_NAME[field.field], order: 'count', limit }];
    case 'time':
      return [{ field: SPANS[field.grain], order: 'latest', limit }];
    case 'attribute':
      return countedValues(tenantId, field.name, pii).map((counted) => ({
        ...counted,
        order: 'count',
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

const termsFacet = ({ field, prefix, order, limit }: Terms): Record<string, unknown> => ({
  type: 'terms',
  field,
  ...(prefix !== undefined && { prefix }),
  limit,
  mincount: 1,
  // Of equal counts Solr takes the smaller value first, as we do.
  sort: order === 'count' ? { count: 'desc' } : { index: 'desc' },
});

function resultOf({ name, field, limit }: FacetRequest, buckets: readonly Bucket[]): FacetResult {
  if (field.kind === 'time')
    return {
      name,
      values: buckets
        .map(({ val, count }) => ({ time: Number(val), count }))
        .sort((a, b) => a.time - b.time)
        .map(({ time, count }) => ({ value: new Date(time).toISOString(), count })),
    };
  return {
    name,
    values: buckets
      .map(({ val, count }) => ({ value: String(val), count }))
      .sort((a, b) => b.count - a.count || Buffer.compare(Buffer.from(a.value), Buffer.from(b.value)))
      .slice(0, limit),
  };
}
