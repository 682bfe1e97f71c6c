import { describe } from 'node:test';
import { createSolrSearch } from '../../src/datasources/activity-search/solr/adapter.ts';
import { createSolrIndex } from '../../src/datasources/activity-search/solr/index/index.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { engineSkip } from '../support/engines.ts';
import { indexedStore, openTestSolr } from '../support/solr.ts';
import { activitySearchContract } from './activity-search.ts';
import { leadSearchContract } from './lead-search.ts';
import { type PersonalSearchFixture, personalSearchContract } from './personal-search.ts';

const signal = new AbortController().signal;
const pg = drivers.find(({ name }) => name === 'pg');

async function open(routeBits?: number): Promise<PersonalSearchFixture> {
  if (!pg) throw new Error('no driver for PostgreSQL');
  const db = await pg.open();
  const { solr, drop } = await openTestSolr({ shards: 2, routeBits: () => routeBits });
  const index = createSolrIndex(solr);
  const store = createPostgresStore(db, []);
  return {
    search: createSolrSearch(solr),
    store: indexedStore(store, index),
    async erase(tenant, erasure) {
      await store.erase(tenant, erasure, signal);
      await index.erase(tenant, erasure.leads, signal);
    },
    settled: () => index.settle(signal),
    async close() {
      await drop();
      await db.close();
    },
  };
}

describe('solr', { skip: engineSkip('solr') }, () => {
  activitySearchContract('solr adapter, a tenant in one shard', () => open());
  leadSearchContract('solr adapter, a tenant in one shard', () => open());
  activitySearchContract('solr adapter, a tenant in all shards', () => open(0));
  leadSearchContract('solr adapter, a tenant in all shards', () => open(0));
  personalSearchContract('solr adapter, a tenant in one shard', () => open());
  personalSearchContract('solr adapter, a tenant in all shards', () => open(0));
});
