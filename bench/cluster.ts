// What the API adds to the engines: a point look-up, a page of 50, a search with three facets and a KPI by campaign
// through GraphQL over HTTP, against the same statements sent to the engine by a client that does nothing else, by turns
// in one run, one at a time and 32 at a time. `node bench/cluster.ts --data DIR` beside `npm run cluster`'s engines.

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { attachEngines } from '../scripts/cluster/engines.ts';
import { untilCaughtUp } from '../scripts/load/lags.ts';
import { runLoad } from '../scripts/load/sender.ts';
import { createDruidMetrics } from '../src/datasources/activity-metrics/druid.ts';
import { createSolrSearch } from '../src/datasources/activity-search/solr.ts';
import { openSolr } from '../src/datasources/activity-search/solr-connection.ts';
import { createPhoenixStore } from '../src/datasources/activity-store/phoenix.ts';
import type { PhoenixClient } from '../src/datasources/activity-store/phoenix-scope.ts';
import type { ActivityReads } from '../src/datasources/activity-store/port.ts';
import { toGlobalId } from '../src/domain/ids.ts';
import { type LeadKey, leadKey } from '../src/domain/lead.ts';
import { verifyTenant } from '../src/domain/tenant.ts';
import { openAvatica } from '../src/wire/avatica/client.ts';
import { startClusterProduct } from '../test/support/cluster-product.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data' },
    events: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    /** Only cases with this in their names. */
    only: { type: 'string', default: '' },
    'cpu-prof': { type: 'string' },
  },
});
const ROUND_MS = Number(values.seconds) * 1_000;
const ROUNDS = Number(values.rounds);
const PEOPLE = 200;
const engines = attachEngines(resolve(values.data));
if (!engines) throw new Error('The engines do not run: npm run cluster -- start --engines-only --data DIR.');
const { addresses } = engines;
const name = `bench${Date.now().toString(36)}`;
const tenant = verifyTenant('bench');
const { signal } = new AbortController();
const product = await startClusterProduct(addresses, name, [tenant.id], {
  COST_BUDGET: '1000000000',
  COST_RESTORE_PER_SECOND: '1000000000',
  ...(values['cpu-prof'] && {
    NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(values['cpu-prof'])}`,
  }),
});
const token = await product.token(tenant.id, [
  'activities:read',
  'activities:write',
  'analytics:read',
  'leads:pii',
]);

/** A history, settled, in which many leads have more than a page. */
async function fill(): Promise<void> {
  const traffic = { run: name, start: Date.now() - 6 * 3_600_000, batchSize: 100, people: PEOPLE };
  const authorization = `Bearer ${token}`;
  await runLoad({
    url: product.api,
    traffic,
    tenants: [{ id: tenant.id, authorization, weight: 1 }],
    rate: 3_000,
    seconds: Number(values.events) / 3_000,
  });
  await untilCaughtUp(() => product.lag(), 2_000);
  // What follows the log would share the machine.
  await product.stop('workers');
}

const http = new Pool(product.api, { connections: 32, pipelining: 1 });
type Body = {
  readonly data: Record<string, unknown> | null;
  readonly errors?: readonly { message: string }[];
};
async function graphql(query: string): Promise<Body> {
  const answer = await http.request({
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const body = (await answer.body.json()) as Body;
  if (body.errors) throw new Error(body.errors.map(({ message }) => message).join('\n'));
  return body;
}

/** Both ask for another one each time. */
type Case = { readonly name: string; query(): string; bare(): Promise<unknown> };

/** Its items in turn, for ever. */
function cycle<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => items[next++ % items.length] as T;
}

/** The statements that the store sends to Phoenix for each of these, to be sent again. */
async function ofPhoenix<T>(
  items: readonly T[],
  ask: (store: ActivityReads, item: T) => Promise<unknown>,
): Promise<() => Promise<unknown>> {
  const sent: Parameters<PhoenixClient['query']>[][] = [];
  for (const item of items) {
    const statements: Parameters<PhoenixClient['query']>[] = [];
    const client: PhoenixClient = {
      query(text, given, options) {
        statements.push([text, given]);
        return avatica.query(text, given, options);
      },
      batch: avatica.batch,
    };
    await ask(createPhoenixStore(client, { schema: name.toUpperCase() }), item);
    sent.push(statements);
  }
  const next = cycle(sent);
  return async () => {
    for (const [text, given] of next()) await avatica.query(text, given);
  };
}

const avatica = openAvatica({ url: addresses.pqs, connections: 16 });
const solr = openSolr({ url: addresses.solr, prefix: `${name}-` });
const solrHttp = new Pool(new URL(addresses.solr).origin, { connections: 32, pipelining: 1 });
const druidHttp = new Pool(addresses.druid, { connections: 32, pipelining: 1 });

type Timeline = { readonly activities: { readonly pageInfo: { readonly hasNextPage: boolean } } };

async function cases(): Promise<Case[]> {
  const { data } = await graphql('{ searchActivities(first: 200) { edges { node { id } } } }');
  const found = data?.['searchActivities'] as { edges: { node: { id: string } }[] };
  const ids = found.edges.map(({ node }) => node.id);
  const idIn = cycle(ids);
  // By `traffic.ts`, four people of ten are never seen on a device, so that nobody has linked one to them, and four on
  // one of their own.
  const peopleOf = (remainders: readonly number[]) =>
    Array.from({ length: PEOPLE }, (_, n) => n).filter((n) => remainders.includes(n % 10));
  const keysOf = (people: readonly number[]): LeadKey[] =>
    people.map((n) => leadKey(tenant.id, { kind: 'known', externalId: `person-${n}` }));
  const pagesOf = async (keys: readonly LeadKey[]) => {
    const full: LeadKey[] = [];
    const timeline = (key: LeadKey) =>
      `{ lead(id: "${toGlobalId('Lead', key)}") { activities(first: 50) { nodes { id messageId occurredAt channel } pageInfo { hasNextPage } } } }`;
    for (const key of keys) {
      const lead = (await graphql(timeline(key))).data?.['lead'] as Timeline | null;
      if (lead?.activities.pageInfo.hasNextPage) full.push(key);
    }
    const keyIn = cycle(full);
    return {
      query: () => timeline(keyIn()),
      bare: await ofPhoenix(full, (store, key) =>
        store.timelines(
          tenant,
          [{ leadKey: key, first: 50, after: null, types: null, from: null, to: null }],
          signal,
        ),
      ),
    };
  };

  // The requests that our search sends to Solr.
  const requests: { path: string; body: string }[] = [];
  const recorded = {
    ...solr,
    client: {
      ...solr.client,
      call: (call: Parameters<typeof solr.client.call>[0], stop: AbortSignal) => {
        const params = new URLSearchParams(
          Object.entries(call.params ?? {}).flatMap(([param, value]) =>
            value === undefined ? [] : [[param, String(value)]],
          ),
        );
        if (call.path.endsWith('/select'))
          requests.push({ path: `${call.path}?${params}`, body: JSON.stringify(call.json) });
        return solr.client.call(call, stop);
      },
    },
  };
  await createSolrSearch(recorded).searchActivities(
    tenant,
    {
      query: null,
      filter: null,
      sort: 'NEWEST',
      first: 10,
      after: null,
      highlight: false,
      total: 'bounded',
      pii: true,
      facets: (['type', 'country', 'device'] as const).map((field) => ({
        name: field,
        field: { kind: 'field', field },
        limit: 10,
      })),
    },
    signal,
  );
  const searches = requests.filter(({ body }) => body.includes('facet'));

  const metrics = createDruidMetrics({
    brokerUrl: addresses.druid,
    coordinatorUrl: addresses.druidCoordinator,
    prefix: `${name}_`,
    kafka: { brokers: [addresses.kafka], prefix: `${name}.`, clientId: 'bench' },
  });
  await metrics.untilAvailable(AbortSignal.timeout(120_000));
  await metrics.close();
  const day = 86_400_000;
  const to = Math.ceil(Date.now() / day) * day;
  const [fromText, toText] = [to - 7 * day, to].map((time) => new Date(time).toISOString());
  const sql =
    `SELECT campaign AS d0, SUM(activities) AS m0 FROM "${name}_hours" WHERE tenant = '${tenant.id}' ` +
    `AND __time >= TIMESTAMP '${fromText?.replace('T', ' ').replace('.000Z', '')}' ` +
    `AND __time < TIMESTAMP '${toText?.replace('T', ' ').replace('.000Z', '')}' AND isBot = 'false' GROUP BY campaign LIMIT 1001`;

  return [
    {
      name: 'point look-up',
      query: () => `{ activity(id: "${idIn()}") { id messageId occurredAt channel attributes } }`,
      bare: await ofPhoenix(ids, (store, id) => store.activities(tenant, [id.slice(1)], signal)),
    },
    { name: 'page of 50', ...(await pagesOf(keysOf(peopleOf([4, 5, 6, 7])))) },
    { name: 'page of 50, two identities', ...(await pagesOf(keysOf(peopleOf([0, 1, 2, 3])))) },
    {
      name: 'search with 3 facets',
      query: () =>
        '{ searchActivities(first: 10, sort: NEWEST, facets: [{ field: TYPE }, { field: COUNTRY }, { field: DEVICE }]) { total { value } edges { score } facets { name values { value count } } } }',
      async bare() {
        for (const { path, body } of searches) {
          const answer = await solrHttp.request({
            path: `/solr${path}`,
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
          });
          await answer.body.json();
        }
      },
    },
    {
      name: 'KPI by campaign',
      query: () =>
        `{ metrics(query: { measures: [ACTIVITIES], dimensions: [{ field: CAMPAIGN }], from: "${fromText}", to: "${toText}" }) { rows { dimensions { value } values { value } } } }`,
      async bare() {
        const answer = await druidHttp.request({
          path: '/druid/v2/sql',
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            query: sql,
            resultFormat: 'array',
            context: { useCache: false, populateCache: false, sqlTimeZone: 'UTC' },
          }),
        });
        await answer.body.json();
      },
    },
  ];
}

/** Mean time of one, in milliseconds, with so many at a time. */
async function time(work: () => Promise<unknown>, concurrency: number): Promise<number> {
  const end = performance.now() + ROUND_MS;
  const begun = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < end) {
        await work();
        done += 1;
      }
    }),
  );
  return ((performance.now() - begun) * concurrency) / done;
}
const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

try {
  await fill();
  for (const { name: what, query, bare } of await cases()) {
    if (!what.includes(values.only)) continue;
    // Both sides, and the engines, are compiled while they run.
    for (const concurrency of [8, 1]) {
      await time(() => graphql(query()), concurrency);
      await time(bare, concurrency);
    }
    for (const concurrency of [1, 32]) {
      const rounds: { ours: number; bare: number }[] = [];
      for (let round = 0; round < ROUNDS; round += 1)
        rounds.push({
          ours: await time(() => graphql(query()), concurrency),
          bare: await time(bare, concurrency),
        });
      const ratios = rounds.map((round) => round.ours / round.bare);
      console.log(
        `${what}, ${concurrency} at a time: ${median(rounds.map((round) => round.ours)).toFixed(1)} ms against ` +
          `${median(rounds.map((round) => round.bare)).toFixed(1)} ms, ratio ${median(ratios).toFixed(2)} ` +
          `(${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}; at most ${concurrency === 1 ? '1.25' : '1.40'})`,
      );
    }
  }
} finally {
  await Promise.all([http.close(), solrHttp.close(), druidHttp.close(), avatica.close(), solr.close()]);
  await product.close();
}
