import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { createSearchIndexer, replay } from '../../src/consumers/search-indexer.ts';
import type { ActivitySearch } from '../../src/datasources/activity-search/port.ts';
import { createSolrSearch } from '../../src/datasources/activity-search/solr.ts';
import { ensureCollections } from '../../src/datasources/activity-search/solr-collections.ts';
import { KINDS, type Solr } from '../../src/datasources/activity-search/solr-connection.ts';
import { createSolrIndex, type SearchIndex } from '../../src/datasources/activity-search/solr-index.ts';
import { clusterOf } from '../../src/datasources/activity-search/solr-readiness.ts';
import { rebuildSearch } from '../../src/datasources/activity-search/solr-rebuild.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres.ts';
import type { Db } from '../../src/datasources/db/db.ts';
import type { Activity, LogRecord } from '../../src/domain/activity.ts';
import type { ActivityFilter } from '../../src/domain/filter.ts';
import type { Json } from '../../src/domain/json.ts';
import { type LeadUpdate, leadKey } from '../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { parseTextQuery } from '../../src/domain/text-query-parser.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { drivers } from '../support/databases.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestSolr } from '../support/solr.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`solr-${process.pid}-${tenants++}`);
const noTypes = { get: () => Promise.resolve(undefined) };

type Request = Parameters<ActivitySearch['searchActivities']>[1];
const everything: Request = {
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
const everyone = { ...everything, sort: 'LAST_SEEN' as const, filter: null };

describe('solr', { skip: engineSkip('solr') }, () => {
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

  test('ensuring the collections again changes nothing, also by several at once', async () => {
    const before = await clusterOf(solr.client, signal);
    const again = await Promise.all([1, 2, 3].map(() => ensureCollections(solr, signal)));
    for (const { activities, leads } of again)
      assert.deepEqual(
        [activities, leads],
        ['activities', 'leads'].map((kind) => ({
          collection: `${solr.config.prefix}${kind}-1`,
          outdated: false,
        })),
      );
    const collections = (cluster: typeof before) =>
      Object.keys(cluster.collections).filter((name) => name.startsWith(solr.config.prefix));
    assert.deepEqual(collections(await clusterOf(solr.client, signal)), collections(before));
  });

  test("a value is a value, whatever it means in a query's syntax", async () => {
    const tenant = newTenant();
    const nasty = [
      '',
      ' ',
      '*',
      'a,b',
      '\u0001',
      '\u0001\u0002\u0003\u0004\ue000\uf8ff',
      `\${tenant}`,
      '$text',
      '{!term f=tenant v=x}',
      '") OR *:* OR ("',
      "\\'\\\\",
      'a\nb\tc',
      '[* TO *]',
      'AND NOT',
      '_query_:"{!func}1"',
      'İẞ😀',
      '-1',
    ];
    const activities = nasty.map((text, at) =>
      anActivity(tenant.id, {
        messageId: `nasty ${text} ${at}`,
        channel: text,
        campaign: { id: text, name: null },
        attributes: { [`n${text}`]: text, same: text },
      }),
    );
    await put(tenant, activities);
    for (const [at, text] of nasty.entries()) {
      const wanted = [activities[at]?.id];
      const conditions: ActivityFilter[] = [
        { op: 'in', field: 'channel', values: [text] },
        { op: 'in', field: 'campaignId', values: [text, 'absent'] },
        { op: 'in', field: 'messageId', values: [`nasty ${text} ${at}`] },
        { op: 'attribute', name: `n${text}`, test: 'exists', value: true },
        { op: 'attribute', name: `n${text}`, test: 'prefix', value: text },
        { op: 'attribute', name: 'same', test: 'in', values: [text, 1] },
      ];
      for (const condition of conditions)
        assert.deepEqual(await find(tenant, condition), wanted, JSON.stringify(condition));
    }
    const all: ActivityFilter = { op: 'in', field: 'channel', values: nasty };
    assert.equal((await find(tenant, all)).length, nasty.length);
    const facets = [{ name: 'same', field: { kind: 'attribute', name: 'same' } as const, limit: 100 }];
    const counted = await search.searchActivities(tenant, { ...everything, facets }, signal);
    assert.deepEqual(counted.facets[0]?.values.map(({ value }) => value).sort(), [...nasty].sort());
  });

  test('a token with anything but letters and digits never becomes a query', async () => {
    for (const token of ['a b', 'a"', 'x) OR (*:*', '*', ''])
      for (const op of ['word', 'prefix'] as const)
        await assert.rejects(
          search.searchActivities(newTenant(), { ...everything, query: { op, token } }, signal),
          TypeError,
        );
  });

  test('numbers compare as numbers, over the whole range of a double', async () => {
    const tenant = newTenant();
    const numbers = [0, -0, 5e-324, -5e-324, 1, 1.5, -1.5, 2 ** 53, -(2 ** 53), 1e300, -1e300, 0.1, -3];
    const activities = numbers.map((n) => anActivity(tenant.id, { attributes: { n } }));
    await put(tenant, activities);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...numbers, 0.5, 1e9),
        fc.constantFrom(...numbers, 0.5, 1e9),
        async (low, high) => {
          const range = { gt: low, lte: high };
          const wanted = activities.filter((_, at) => {
            const n = numbers[at] ?? Number.NaN;
            return n > low && n <= high;
          });
          const found = await find(tenant, { op: 'attribute', name: 'n', test: 'range', range });
          assert.deepEqual(found, wanted.map(({ id }) => id).sort());
        },
      ),
      { numRuns: 60 },
    );
  });

  test('two tenants with the same people, messages and words never meet', async () => {
    const [one, two] = [newTenant(), newTenant()];
    const of = (tenant: Tenant): Activity[] =>
      ['m1', 'm2'].map((messageId) =>
        anActivity(tenant.id, { messageId, attributes: { title: 'shared word', n: 1, own: tenant.id } }),
      );
    await put(one, of(one));
    await put(two, of(two));
    for (const tenant of [one, two]) {
      const facets = [{ name: 'own', field: { kind: 'attribute', name: 'own' } as const, limit: 10 }];
      const conditions: (ActivityFilter | null)[] = [
        null,
        { op: 'not', filter: { op: 'in', field: 'channel', values: ['none'] } },
        { op: 'or', filters: [{ op: 'and', filters: [] }] },
        { op: 'attribute', name: 'n', test: 'range', range: {} },
      ];
      for (const filter of conditions)
        for (const query of [null, parseTextQuery('shared'), parseTextQuery('-absent')]) {
          const page = await search.searchActivities(
            tenant,
            { ...everything, query, filter, facets },
            signal,
          );
          assert.deepEqual(
            page.hits.map(({ id }) => id).sort(),
            of(tenant)
              .map(({ id }) => id)
              .sort(),
          );
          assert.deepEqual(page.total, { value: 2, exact: true });
          assert.deepEqual(page.facets[0]?.values, [{ value: tenant.id, count: 2 }]);
        }
    }
  });

  test('a place among the best stays what it is while more comes in', async () => {
    const tenant = newTenant();
    const activities = Array.from({ length: 60 }, (_, at) =>
      anActivity(tenant.id, {
        occurredAt: NOW - (at % 7),
        attributes: { title: `word ${'and more '.repeat(at % 5)}`, note: at % 3 === 0 ? 'word' : 'other' },
      }),
    );
    await put(tenant, activities);
    const request: Request = {
      ...everything,
      query: parseTextQuery('word OR other'),
      sort: 'RELEVANCE',
      first: 7,
    };
    const seen: string[] = [];
    for (let after: readonly Json[] | null = null; ; ) {
      const page = await search.searchActivities(tenant, { ...request, after }, signal);
      seen.push(...page.hits.map(({ id }) => id));
      if (!page.hasNextPage) break;
      after = page.hits.at(-1)?.position ?? null;
      // With scores from statistics of the index these would move all that is still to come.
      await put(
        tenant,
        Array.from({ length: 20 }, () => anActivity(tenant.id, { attributes: { title: 'nothing of that' } })),
      );
    }
    assert.equal(new Set(seen).size, seen.length);
    assert.deepEqual(new Set(seen), new Set(activities.map(({ id }) => id)));
  });

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
      ].map((identity) => leadKey(tenant.id, identity));
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
    const rebuilding = rebuildSearch(solr, replay(records, options), signal, { graceMs: 2_000 }).finally(
      () => {
        isOver = true;
      },
    );
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
