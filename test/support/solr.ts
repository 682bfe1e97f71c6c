import { randomBytes } from 'node:crypto';
import type { ActivitySearch } from '../../src/datasources/activity-search/port.ts';
import {
  dropCollections,
  ensureCollections,
} from '../../src/datasources/activity-search/solr/cluster/collections.ts';
import {
  openSolr,
  type Solr,
  type SolrConfig,
} from '../../src/datasources/activity-search/solr/cluster/connection.ts';
import type { SearchIndex } from '../../src/datasources/activity-search/solr/index/index.ts';
import type { ActivityStore } from '../../src/datasources/activity-store/port.ts';
import type { LogRecord } from '../../src/domain/activity.ts';
import { createSearchIndexer } from '../../src/followers/search-indexer.ts';
import { createActivityTypes } from '../../src/ingest/door/activity-types.ts';
import { engine } from './engines.ts';

const signal = new AbortController().signal;

/** A search for all that a tenant has. */
export const everything: Parameters<ActivitySearch['searchActivities']>[1] = {
  query: null,
  filter: null,
  sort: 'NEWEST',
  first: 100,
  after: null,
  highlight: false,
  total: 'exact',
  pii: true,
  facets: [],
};

/** Collections of a test's own on the run's Solr; `drop` removes them. */
export async function openTestSolr(
  config: Partial<SolrConfig> = {},
): Promise<{ solr: Solr; drop(): Promise<void> }> {
  const solr = openSolr({
    url: config.url ?? engine('solr'),
    prefix: `t${randomBytes(4).toString('hex')}-`,
    timeoutMs: 120_000,
    ...config,
  });
  await ensureCollections(solr, signal);
  return {
    solr,
    async drop() {
      await dropCollections(solr, signal);
      await solr.close();
    },
  };
}

/** A store whose writes go on to an index through the indexer, as the log would bring them. */
export function indexedStore(store: ActivityStore, index: SearchIndex): ActivityStore {
  const types = createActivityTypes(store, () => Promise.reject(new Error('not here')));
  const indexer = createSearchIndexer({ index, store, types });
  let offset = 0;
  const follow = (tenantId: string, records: readonly LogRecord[]): Promise<void> =>
    indexer.handle(
      records.map((record) => ({ position: { partition: 0, offset: offset++ }, tenantId, record })),
      signal,
    );
  return {
    ...store,
    async write(tenant, activities, writeSignal) {
      const verdicts = await store.write(tenant, activities, writeSignal);
      await follow(
        tenant.id,
        activities
          .filter((_, at) => verdicts[at]?.status === 'stored')
          .map((activity) => ({ kind: 'activity', activity })),
      );
      return verdicts;
    },
    async updateLeads(tenant, updates, writeSignal) {
      await store.updateLeads(tenant, updates, writeSignal);
      await follow(
        tenant.id,
        updates.map((update) => ({ kind: 'lead', update })),
      );
    },
  };
}
