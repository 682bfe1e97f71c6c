import { assertTenant, type Tenant } from '../../../domain/tenant.ts';
import { solrUnavailable } from './cluster/client.ts';
import type { CollectionKind, Solr } from './cluster/connection.ts';
import type { SolrQuery } from './query.ts';

export type Select = {
  readonly query: SolrQuery;
  readonly filters: readonly SolrQuery[];
  readonly sort?: string;
  readonly limit: number;
  /** How many to pass over first. */
  readonly offset?: number;
  readonly fields?: readonly string[];
  readonly facet?: Readonly<Record<string, unknown>>;
  /** Named pieces that `query` and `filters` refer to as `$name`. */
  readonly params?: Readonly<Record<string, string>>;
  /** Counting may stop after so many. */
  readonly countTo?: number;
  /** A collection by name, for callers that need its shards; else the alias's current collection. */
  readonly collection?: string;
  /** One shard only, of all that hold the tenant. */
  readonly shard?: string;
};

export type Bucket = { readonly val: string | number; readonly count: number };
export type Selected<Doc> = {
  readonly docs: readonly Doc[];
  readonly found: number;
  /** Whether `found` is all, or more than `countTo`. */
  readonly exact: boolean;
  readonly buckets: (facet: string) => readonly Bucket[];
  /** A facet that is one number; undefined over no documents. */
  readonly figure: (facet: string) => number | undefined;
  /** How many documents a `query` facet has; undefined where it was not asked for. */
  readonly counted: (facet: string) => number | undefined;
};

/** Solr stops a search itself, so that nobody's work goes on who no longer waits; a little sooner than we do. */
const SEARCH_TIMEOUT_MS = 10_000;
const MARGIN_MS = 500;

/**
 * Searches documents of one tenant: the only way to a search, so that no query is without the tenant's filter
 * and route. All or nothing: an answer of a part of the shards, or of the time allowed, is an error.
 */
export async function select<Doc>(
  solr: Solr,
  tenant: Tenant,
  kind: CollectionKind,
  request: Select,
  signal: AbortSignal,
): Promise<Selected<Doc>> {
  assertTenant(tenant);
  const timeoutMs = solr.config.timeoutMs ?? SEARCH_TIMEOUT_MS;
  const answer = await solr.whenReady(
    () =>
      solr.client.call(
        {
          path: `/${request.collection ?? solr.aliasOf(kind)}/select`,
          params: {
            _route_: solr.routeOf(tenant),
            shards: request.shard,
            // Values may have `${` in them, which is not ours to expand.
            expandMacros: false,
            timeAllowed: Math.max(1, timeoutMs - MARGIN_MS),
            'shards.tolerant': false,
            minExactCount: request.countTo,
          },
          json: {
            query: request.query,
            filter: [{ term: { f: 'tenant', query: tenant.id } }, ...request.filters.map(uncached)],
            limit: request.limit,
            ...(request.offset && { offset: request.offset }),
            ...(request.sort && { sort: request.sort }),
            ...(request.fields && { fields: request.fields }),
            ...(request.facet && { facet: request.facet }),
            ...(request.params && { params: request.params }),
          },
          timeoutMs,
        },
        signal,
      ),
    signal,
  );
  const response = answer['response'] as
    | { docs: readonly Doc[]; numFound: number; numFoundExact?: boolean }
    | undefined;
  if (!response) throw solrUnavailable(new Error('an answer without a response'));
  type Facet = { buckets?: readonly Bucket[]; count?: number } | number | undefined;
  const facets = answer['facets'] as Record<string, Facet> | undefined;
  return {
    docs: response.docs,
    found: response.numFound,
    exact: response.numFoundExact !== false,
    buckets(name) {
      const facet = facets?.[name];
      return (typeof facet === 'object' && facet.buckets) || [];
    },
    figure(name) {
      const facet = facets?.[name];
      return typeof facet === 'number' ? facet : undefined;
    },
    counted(name) {
      const facet = facets?.[name];
      return typeof facet === 'object' ? facet.count : undefined;
    },
  };
}

/**
 * A filter that is tested on what else matches. Solr would else look for it in all documents, of every tenant,
 * and keep the set for a next time that mostly never comes.
 */
const uncached = (filter: SolrQuery): SolrQuery => ({ bool: { must: [filter], cache: 'false' } });
