import { LRUCache } from 'lru-cache';
import type { Tenant } from '../../../../domain/tenant.ts';
import { openSolrClient, type SolrClient, type SolrClientOptions, solrUnavailable } from './client.ts';
import { checkReady, clusterOf, createGate } from './readiness.ts';

export const KINDS = ['activities', 'leads'] as const;
/** The two collections. */
export type CollectionKind = (typeof KINDS)[number];

export type SolrConfig = SolrClientOptions & {
  /** Begins the names of collections, aliases and configsets. */
  readonly prefix: string;
  /** Of collections yet to be created; by default 1. */
  readonly shards?: number;
  /** Copies of each shard; by default 1. */
  readonly replicas?: number;
  /**
   * How many bits of a document's place come from its tenant. 16 or undefined keep a tenant in one shard; `n` spreads
   * it over 1/2ⁿ of the shards. A change needs a rebuild.
   */
  readonly routeBits?: (tenantId: string) => number | undefined;
};

export type TenantShards = { readonly collection: string; readonly shards: readonly string[] };

/** An open connection to Solr with the names of our collections on it. */
export type Solr = {
  readonly config: SolrConfig;
  readonly client: SolrClient;
  /** The alias for searches and writes. */
  aliasOf(kind: CollectionKind): string;
  /** The second alias for writes, which exists only during a rebuild. */
  nextAliasOf(kind: CollectionKind): string;
  /** Begins the id of every document of a tenant, and is the `_route_` of every search. */
  routeOf(tenant: Tenant): string;
  /** The shards that hold a tenant's documents, of the collection that is in use. */
  shardsOf(tenant: Tenant, kind: CollectionKind, signal: AbortSignal): Promise<TenantShards>;
  /**
   * Runs a search only on a Solr that has all it ever acknowledged. When Solr may have been restarted
   * meanwhile, `work` is done once more.
   * @throws DomainError `BACKEND_UNAVAILABLE` while a core is missing or still replays its log
   */
  whenReady<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** The same for writes, which go to the collections of a rebuild too. */
  whenWritable<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): Promise<void>;
};

/** For so long a tenant's shards are taken to be the same, in milliseconds. */
const SHARDS_FOR_MS = 5_000;

export function openSolr(config: SolrConfig): Solr {
  const client = openSolrClient(config);
  const aliasOf = (kind: CollectionKind): string => `${config.prefix}${kind}`;
  const nextAliasOf = (kind: CollectionKind): string => `${aliasOf(kind)}-next`;
  const inUse = KINDS.map(aliasOf);
  const written = [...inUse, ...KINDS.map(nextAliasOf)];
  const routeOf = (tenant: Tenant): string => {
    const bits = config.routeBits?.(tenant.id);
    return bits === undefined ? `${tenant.id}!` : `${tenant.id}/${bits}!`;
  };
  const shards = new LRUCache<string, TenantShards>({ max: 10_000, ttl: SHARDS_FOR_MS });
  return {
    config,
    client,
    aliasOf,
    nextAliasOf,
    routeOf,
    async shardsOf(tenant, kind, signal) {
      const [alias, route] = [aliasOf(kind), routeOf(tenant)];
      const known = shards.get(`${alias} ${route}`);
      if (known) return known;
      const { collections, aliases } = await clusterOf(client, signal, { collection: alias, _route_: route });
      const collection = aliases?.[alias] ?? alias;
      const found = { collection, shards: Object.keys(collections[collection]?.shards ?? {}) };
      if (found.shards.length === 0) throw solrUnavailable(new Error(`no shard of ${alias} for a tenant`));
      shards.set(`${alias} ${route}`, found);
      return found;
    },
    whenReady: createGate(client, (signal) => checkReady(client, inUse, inUse, signal)),
    whenWritable: createGate(client, (signal) => checkReady(client, inUse, written, signal)),
    close: () => client.close(),
  };
}
