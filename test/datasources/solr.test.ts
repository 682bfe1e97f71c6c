import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { ActivitySearch } from '../../src/datasources/activity-search/port.ts';
import { createSolrSearch } from '../../src/datasources/activity-search/solr/adapter.ts';
import { ensureCollections } from '../../src/datasources/activity-search/solr/cluster/collections.ts';
import type { Solr } from '../../src/datasources/activity-search/solr/cluster/connection.ts';
import { clusterOf } from '../../src/datasources/activity-search/solr/cluster/readiness.ts';
import { createSolrIndex, type SearchIndex } from '../../src/datasources/activity-search/solr/index/index.ts';
import { runRetention } from '../../src/datasources/activity-search/solr/index/retention.ts';
import type { Activity } from '../../src/domain/activity.ts';
import type { ActivityFilter } from '../../src/domain/filter.ts';
import { messageHash, parseActivityId } from '../../src/domain/ids.ts';
import type { Json } from '../../src/domain/json.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { parseTextQuery } from '../../src/domain/text/text-query-parser.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { everything, openTestSolr } from '../support/solr.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`solr-${process.pid}-${tenants++}`);

describe('solr', { skip: engineSkip('solr') }, () => {
  let solr: Solr;
  let drop: () => Promise<void>;
  let index: SearchIndex;
  let search: ActivitySearch;
  before(async () => {
    ({ solr, drop } = await openTestSolr({ shards: 2 }));
    index = createSolrIndex(solr);
    search = createSolrSearch(solr);
  });
  after(() => drop());

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
    const request: typeof everything = {
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

  test('what was received before the retention goes out of the index of all tenants, the rest stays', async () => {
    const own = await openTestSolr();
    const index = createSolrIndex(own.solr);
    const HOUR = 3_600_000;
    const tenants = [newTenant(), newTenant()];
    const received = (hoursAgo: number) => Date.now() - hoursAgo * HOUR;
    for (const { id } of tenants)
      await index.indexActivities(
        verifyTenant(id),
        [
          anActivity(id, { messageId: 'old', receivedAt: received(25) }),
          anActivity(id, { messageId: 'late', occurredAt: received(1_000), receivedAt: received(23) }),
        ],
        () => undefined,
        signal,
      );
    const errors: unknown[] = [];
    const retention = runRetention({
      index,
      retentionMs: 24 * HOUR,
      everyMs: 100,
      onError: (error) => errors.push(error),
    });
    const left = async (tenant: Tenant): Promise<(string | undefined)[]> => {
      await index.settle(signal);
      const { hits } = await createSolrSearch(own.solr).searchActivities(tenant, everything, signal);
      return hits.map(({ id }) => parseActivityId(id)?.hash);
    };
    for (const tenant of tenants) {
      const late = messageHash(tenant.idSpace, 'late');
      const deadline = Date.now() + 30_000;
      while ((await left(tenant)).length > 1 && Date.now() < deadline);
      assert.deepEqual(await left(tenant), [late]);
    }
    await retention.close();
    assert.deepEqual(errors, []);
    await own.drop();
  });
});
