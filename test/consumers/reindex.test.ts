import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type ReindexProgress, reindexSearch } from '../../src/compose/reindex.ts';
import { readCommandConfig } from '../../src/config/config.ts';
import { createSolrSearch } from '../../src/datasources/activity-search/solr/adapter.ts';
import { createPhoenixStore } from '../../src/datasources/activity-store/phoenix/adapter.ts';
import { migratePhoenix } from '../../src/datasources/activity-store/phoenix/schema.ts';
import { createPhoenixDirectory } from '../../src/datasources/directory/phoenix.ts';
import { openPhoenix } from '../../src/datasources/phoenix/client.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { engine, engineSkip } from '../support/engines.ts';
import { dropPhoenix, settledPhoenix } from '../support/phoenix.ts';
import { everything, openTestSolr } from '../support/solr.ts';

const signal = new AbortController().signal;
const [tenant, other] = [verifyTenant('acme'), verifyTenant('globex')];

describe('a rebuild of the search index', { skip: engineSkip('phoenix', 'solr') }, () => {
  test('finds everything that the store has and the log has settled, of every tenant, without the log', async () => {
    const name = `t${randomBytes(5).toString('hex')}`;
    const { solr, drop } = await openTestSolr({ prefix: `${name}-` });
    const schema = name.toUpperCase();
    const phoenix = openPhoenix({ url: engine('phoenix'), connections: 2, timeoutMs: 60_000 });
    await migratePhoenix(phoenix, { schema });
    const directory = createPhoenixDirectory(phoenix, { schema });
    for (const { id } of [tenant, other])
      await directory.addTenant({ id, name: id, isDemo: false, suspendedAt: null });
    try {
      const settled = settledPhoenix(phoenix, { schema });
      // More than a page of rows.
      const activities = Array.from({ length: 1_203 }, (_, n) =>
        anActivity(tenant.id, { externalId: `lead-${n % 7}`, messageId: `m-${n}`, occurredAt: NOW + n }),
      );
      const elsewhere = anActivity(other.id, { externalId: 'zoe' });
      await settled.write(tenant, activities, signal);
      await settled.write(other, [elsewhere], signal);
      await settled.updateLeads(
        tenant,
        [
          {
            identity: { kind: 'known', externalId: 'only-identified' },
            email: 'x@example.com',
            traits: {},
            links: [],
            at: NOW,
          },
        ],
        signal,
      );
      // A row of a repeat, and one that the log has not settled: neither counts.
      const strays = [
        anActivity(tenant.id, { externalId: 'lead-1', messageId: 'm-0', occurredAt: NOW - 1 }),
        anActivity(tenant.id, { externalId: 'lead-1', messageId: 'unsettled' }),
      ];
      await createPhoenixStore(phoenix, { schema }).put([{ tenant, activities: strays }], signal);
      const { storage } = readCommandConfig({
        PROFILE: 'cluster',
        CLUSTER_NAME: name,
        KAFKA_BROKERS: '127.0.0.1:9',
        PQS_URL: engine('phoenix'),
        SOLR_URL: engine('solr'),
        SOLR_SHARDS: '1',
        SOLR_REPLICAS: '1',
        DRUID_URL: 'http://127.0.0.1:9',
        DRUID_COORDINATOR_URL: 'http://127.0.0.1:9',
      });
      assert.ok(storage.profile === 'cluster');
      let last: ReindexProgress | undefined;
      const onProgress = (progress: ReindexProgress) => {
        last = progress;
      };
      await reindexSearch({ storage, requestTimeoutMs: 60_000, takeOver: false, onProgress }, signal);
      assert.deepEqual(last, { done: 1_203 + 1 + 8 + 1 });

      const search = createSolrSearch(solr);
      const { total, hits } = await search.searchActivities(tenant, { ...everything, first: 3 }, signal);
      assert.equal(total?.value, activities.length);
      assert.deepEqual(
        hits.map(({ id }) => id),
        activities
          .slice(-3)
          .map(({ id }) => id)
          .reverse(),
      );
      const people = { ...everything, sort: 'LAST_SEEN' as const, filter: null };
      assert.equal((await search.searchLeads(tenant, people, signal)).total?.value, 8);
      const theirs = await search.searchActivities(other, everything, signal);
      assert.deepEqual(
        theirs.hits.map(({ id }) => id),
        [elsewhere.id],
      );
    } finally {
      await drop();
      await dropPhoenix(phoenix, schema);
      await phoenix.close();
    }
  });
});
