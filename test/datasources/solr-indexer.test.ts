import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ActivitySearch } from '../../src/datasources/activity-search/port.ts';
import { createSolrSearch } from '../../src/datasources/activity-search/solr/adapter.ts';
import { KINDS, type Solr } from '../../src/datasources/activity-search/solr/cluster/connection.ts';
import { clusterOf } from '../../src/datasources/activity-search/solr/cluster/readiness.ts';
import { createSolrIndex, type SearchIndex } from '../../src/datasources/activity-search/solr/index/index.ts';
import { rebuildSearch } from '../../src/datasources/activity-search/solr/index/rebuild.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import type { Db } from '../../src/datasources/db/db.ts';
import type { Activity, LogRecord } from '../../src/domain/activity.ts';
import type { ActivityFilter } from '../../src/domain/filter.ts';
import { type LeadUpdate, leadKey } from '../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { parseTextQuery } from '../../src/domain/text/text-query-parser.ts';
import { createSearchIndexer } from '../../src/followers/search-indexer.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { drivers } from '../support/databases.ts';
import { engineSkip } from '../support/engines.ts';
import { everything, openTestSolr } from '../support/solr.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`solr-${process.pid}-${tenants++}`);
const noTypes = { find: () => Promise.resolve(new Map()) };

const everyone = { ...everything, sort: 'LAST_SEEN' as const, filter: null };

describe('the solr index', { skip: engineSkip('solr') }, () => {
  let solr: Solr;
  let drop: () => Promise<void>;
  let index: SearchIndex;
  let search: ActivitySearch;
  let db: Db;
  before(async () => {
    ({ solr, drop } = await openTestSolr({ shards: 2 }));
    index = createSolrIndex(solr);
    search = createSolrSearch(solr);
    const pg = drivers.find(({ name }) => name === 'pg');
    assert.ok(pg);
    db = await pg.open();
  });
  after(async () => {
    await drop();
    await db.close();
  });

  const put = async (tenant: Tenant, activities: readonly Activity[]): Promise<void> => {
    await index.indexActivities(tenant, activities, () => undefined, signal);
    await index.settle(signal);
  };
  const find = async (tenant: Tenant, filter: ActivityFilter): Promise<string[]> =>
    (await search.searchActivities(tenant, { ...everything, filter }, signal)).hits
      .map(({ id }) => id)
      .sort();

  describe('the indexer', () => {
    /** All that Solr holds of a tenant, less its own counters. */
    const documents = async (tenant: Tenant): Promise<unknown> => {
      await index.settle(signal);
      const answers = await Promise.all(
        KINDS.map((kind) =>
          solr.client.call(
            {
              path: `/${solr.aliasOf(kind)}/select`,
              json: {
                query: { term: { f: 'tenant', query: tenant.id } },
                limit: 100,
                fields: '*',
                sort: 'id asc',
              },
            },
            signal,
          ),
        ),
      );
      return answers.map(({ response }) =>
        (response as { docs: Record<string, unknown>[] }).docs.map(({ _version_, ...doc }) => doc),
      );
    };
    const consumed = (tenant: Tenant, records: readonly LogRecord[]) =>
      records.map((record, offset) => ({ position: { partition: 0, offset }, tenantId: tenant.id, record }));

    test('gives the same index whatever the order and however often, with linked identities as one', async () => {
      const tenant = newTenant();
      const store = createPostgresStore(db, []);
      const indexer = createSearchIndexer({ index, store, types: noTypes });
      const said = (anonymousId: string, email: string, at: number): LeadUpdate => ({
        identity: { kind: 'anonymous', anonymousId },
        email,
        traits: { from: anonymousId },
        links: [],
        at,
      });
      const activities = ['phone', 'laptop', 'other'].map((anonymousId) =>
        anActivity(tenant.id, { anonymousId, messageId: anonymousId }),
      );
      const updates = [said('phone', 'old@example.com', NOW - 5), said('laptop', 'l@example.com', NOW - 4)];
      const link: LeadUpdate = {
        identity: { kind: 'known', externalId: 'jane' },
        email: 'jane@example.com',
        traits: { plan: 'gold' },
        links: ['phone', 'laptop'].map((anonymousId) => ({ kind: 'anonymous', anonymousId })),
        at: NOW,
      };
      const records: LogRecord[] = [
        ...activities.map((activity) => ({ kind: 'activity', activity }) as const),
        ...updates.map((update) => ({ kind: 'lead', update }) as const),
      ];
      await store.write(tenant, activities, signal);
      await store.updateLeads(tenant, updates, signal);
      await indexer.handle(consumed(tenant, records), signal);
      await index.settle(signal);
      assert.equal((await search.searchLeads(tenant, everyone, signal)).total?.value, 3);

      await store.updateLeads(tenant, [link], signal);
      records.push({ kind: 'lead', update: link });
      await indexer.handle(consumed(tenant, records.slice(-1)), signal);
      const expected = await documents(tenant);
      for (const again of [records, records.toReversed(), [...records, ...records]]) {
        for (const record of again) await indexer.handle(consumed(tenant, [record]), signal);
        assert.deepEqual(await documents(tenant), expected);
      }

      const [jane, other, phone] = [
        { kind: 'known', externalId: 'jane' } as const,
        { kind: 'anonymous', anonymousId: 'other' } as const,
        { kind: 'anonymous', anonymousId: 'phone' } as const,
      ].map((identity) => leadKey(tenant.idSpace, identity));
      assert.ok(jane && other && phone);
      const people = await search.searchLeads(tenant, everyone, signal);
      assert.deepEqual(people.hits.map(({ id }) => id).sort(), [jane, other].sort());
      const query = parseTextQuery('gold phone "old@example.com"');
      const [found] = (await search.searchLeads(tenant, { ...everyone, query }, signal)).hits;
      assert.equal(found?.id, jane, 'by what any of the identities was said to be');
      const own = await find(tenant, { op: 'in', field: 'leadKey', values: [phone] });
      assert.equal(own.length, 2, 'activities of all identities of the person');
    });

    test('never leaves an older state of a person on top of a newer one', async () => {
      const tenant = newTenant();
      const store = createPostgresStore(db, []);
      const update = (plan: string, at: number): LeadUpdate => ({
        identity: { kind: 'known', externalId: 'jane' },
        email: null,
        traits: { plan },
        links: [],
        at,
      });
      const [older, newer] = [update('silver', NOW), update('gold', NOW + 1)];
      await store.updateLeads(tenant, [older], signal);
      const fast = createSearchIndexer({ index, store, types: noTypes });
      let overtaken = false;
      // The slow one has read the person; before it writes, the other one handles the newer update.
      const slow = createSearchIndexer({
        store,
        types: noTypes,
        index: {
          ...index,
          async indexLeads(...args) {
            if (!overtaken) {
              overtaken = true;
              await store.updateLeads(tenant, [newer], signal);
              await fast.handle(consumed(tenant, [{ kind: 'lead', update: newer }]), signal);
            }
            await index.indexLeads(...args);
          },
        },
      });
      await slow.handle(consumed(tenant, [{ kind: 'lead', update: older }]), signal);
      await index.settle(signal);
      const trait = (value: string) => ({ op: 'trait', name: 'plan', values: [value] }) as const;
      const of = async (value: string) =>
        (await search.searchLeads(tenant, { ...everyone, filter: trait(value) }, signal)).hits.length;
      assert.deepEqual([await of('gold'), await of('silver')], [1, 0]);
    });
  });

  test('a rebuild goes on under searches and writes: never an error, never a part', async () => {
    const tenant = newTenant();
    const store = createPostgresStore(db, []);
    const options = { store, types: noTypes };
    const log: LogRecord[] = [];
    const indexer = createSearchIndexer({ index, ...options });
    const write = async (activities: readonly Activity[]): Promise<void> => {
      await store.write(tenant, activities, signal);
      const records = activities.map((activity): LogRecord => ({ kind: 'activity', activity }));
      log.push(...records);
      await indexer.handle(
        records.map((record, offset) => ({
          position: { partition: 0, offset },
          tenantId: tenant.id,
          record,
        })),
        signal,
      );
    };
    await write(
      Array.from({ length: 500 }, (_, at) => anActivity(tenant.id, { externalId: `lead-${at % 50}` })),
    );
    await index.settle(signal);
    const before = await clusterOf(solr.client, signal);

    let isOver = false;
    let written = 0;
    const totals: number[] = [];
    const searching = (async () => {
      const facets = [{ name: 'type', field: { kind: 'field', field: 'type' } as const, limit: 5 }];
      while (!isOver) {
        const page = await search.searchActivities(tenant, { ...everything, first: 1, facets }, signal);
        const leads = await search.searchLeads(tenant, { ...everyone, first: 1 }, signal);
        assert.equal(leads.total?.value, 50);
        totals.push(page.total?.value ?? 0, page.facets[0]?.values[0]?.count ?? 0);
      }
    })();
    const writing = (async () => {
      while (!isOver) {
        await write([anActivity(tenant.id, { externalId: `lead-${written % 50}` })]);
        written += 1;
      }
    })();
    const records = async function* () {
      // As a log does: to its end as it is now.
      const all = [...log];
      for (let at = 0; at < all.length; at += 100)
        yield all
          .slice(at, at + 100)
          .map((record, offset) => ({ position: { partition: 0, offset }, tenantId: tenant.id, record }));
    };
    const fill = async (next: SearchIndex): Promise<void> => {
      const filling = createSearchIndexer({ ...options, index: next });
      for await (const batch of records()) await filling.handle(batch, signal);
    };
    const rebuilding = rebuildSearch(solr, fill, signal, { graceMs: 10_000 }).finally(() => {
      isOver = true;
    });
    await Promise.all([searching, writing, rebuilding]);

    await index.settle(signal);
    const page = await search.searchActivities(tenant, { ...everything, first: 0 }, signal);
    assert.deepEqual(page.total, { value: 500 + written, exact: true });
    assert.ok(written > 0 && totals.length > 0);
    assert.ok(
      totals.every((total) => total >= 500),
      `never fewer than were there: ${Math.min(...totals)}`,
    );
    const now = await clusterOf(solr.client, signal);
    for (const kind of ['activities', 'leads'] as const) {
      const [old, next] = [before, now].map((cluster) => cluster.aliases?.[solr.aliasOf(kind)]);
      assert.deepEqual(
        [old, next],
        [1, 2].map((generation) => `${solr.aliasOf(kind)}-${generation}`),
      );
      assert.ok(old && !(old in now.collections), 'the old collection is gone');
      assert.equal(now.aliases?.[solr.nextAliasOf(kind)], undefined);
    }
  });

  test('a rebuild that fails leaves everything as it was', async () => {
    const tenant = newTenant();
    await put(tenant, [anActivity(tenant.id)]);
    const before = await clusterOf(solr.client, signal);
    await assert.rejects(
      rebuildSearch(solr, () => Promise.reject(new Error('the log is gone')), signal, { graceMs: 0 }),
      /the log is gone/,
    );
    const own = ({ aliases, collections }: typeof before) =>
      [...Object.entries(aliases ?? {}).flat(), ...Object.keys(collections)]
        .filter((name) => name.startsWith(solr.config.prefix))
        .sort();
    assert.deepEqual(own(await clusterOf(solr.client, signal)), own(before));
    await put(tenant, [anActivity(tenant.id)]);
    const page = await search.searchActivities(tenant, everything, signal);
    assert.equal(page.total?.value, 2);
  });
});
