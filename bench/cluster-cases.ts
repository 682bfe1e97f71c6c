import type { Addresses } from '../scripts/cluster/types.ts';
import { createDruidMetrics } from '../src/datasources/activity-metrics/druid/adapter.ts';
import { createSolrSearch } from '../src/datasources/activity-search/solr/adapter.ts';
import { openSolr } from '../src/datasources/activity-search/solr/cluster/connection.ts';
import { createPhoenixStore } from '../src/datasources/activity-store/phoenix/adapter.ts';
import type { ActivityReads } from '../src/datasources/activity-store/port.ts';
import { openPhoenix, type PhoenixClient } from '../src/datasources/phoenix/client.ts';
import { toGlobalId } from '../src/domain/ids.ts';
import { LEAD, type LeadKey, leadKey } from '../src/domain/lead.ts';
import type { Tenant } from '../src/domain/tenant.ts';
import { WHOLE_TIMELINE } from '../test/support/activities.ts';
import type { EngineCall } from './engine-calls.ts';

/** A question to the API, and what the API calls an engine with for it. Both are about another one each time. */
export type Case = { readonly name: string; query(): string; calls(): readonly EngineCall[] };

type Setting = {
  readonly addresses: Addresses;
  /** Of the product: prefix of what it has in the engines. */
  readonly name: string;
  readonly tenant: Tenant;
  /** People of the history, by `traffic.ts`. */
  readonly people: number;
  /** Data of an answer. @throws Error where it has errors */
  graphql(query: string): Promise<Record<string, unknown> | null>;
};

const { signal } = new AbortController();

/** The cases of a history that is settled; waits until Druid shows all of it. */
export async function cases(setting: Setting): Promise<Case[]> {
  return [
    await lookUp(setting),
    // Four people of ten are never seen on a device, so that nobody has linked one to them, and four on one of their own.
    { name: 'page of 50', ...(await pages(setting, [4, 5, 6, 7])) },
    { name: 'page of 50, two identities', ...(await pages(setting, [0, 1, 2, 3])) },
    await search(setting),
    await kpi(setting),
  ];
}

async function lookUp(setting: Setting): Promise<Case> {
  const data = await setting.graphql('{ searchActivities(first: 200) { edges { node { id } } } }');
  const found = data?.['searchActivities'] as { edges: { node: { id: string } }[] };
  const ids = found.edges.map(({ node }) => node.id);
  const idIn = cycle(ids);
  return {
    name: 'point look-up',
    query: () => `{ activity(id: "${idIn()}") { id messageId occurredAt channel attributes } }`,
    calls: await statements(setting, ids, (store, id) =>
      store.activities(setting.tenant, [id.slice(1)], signal),
    ),
  };
}

type Timeline = { readonly activities: { readonly pageInfo: { readonly hasNextPage: boolean } } };

/** Pages of people whose number ends so, as far as they have more than a page. */
async function pages(setting: Setting, endings: readonly number[]): Promise<Pick<Case, 'query' | 'calls'>> {
  const { tenant, people } = setting;
  const timeline = (key: LeadKey) =>
    `{ lead(id: "${toGlobalId(LEAD, key)}") { activities(first: 50) { nodes { id messageId occurredAt channel } pageInfo { hasNextPage } } } }`;
  const full: LeadKey[] = [];
  for (let n = 0; n < people; n += 1) {
    if (!endings.includes(n % 10)) continue;
    const key = leadKey(tenant.idSpace, { kind: 'known', externalId: `person-${n}` });
    const lead = (await setting.graphql(timeline(key)))?.['lead'] as Timeline | null;
    if (lead?.activities.pageInfo.hasNextPage) full.push(key);
  }
  const keyIn = cycle(full);
  const page = { ...WHOLE_TIMELINE, first: 50, details: false };
  return {
    query: () => timeline(keyIn()),
    calls: await statements(setting, full, (store, key) =>
      store.timelines(tenant, [{ leadKey: key, ...page }], signal),
    ),
  };
}

/** The statements that the store sends to Phoenix for each of these. */
async function statements<T>(
  { addresses, name }: Setting,
  items: readonly T[],
  ask: (store: ActivityReads, item: T) => Promise<unknown>,
): Promise<() => readonly EngineCall[]> {
  const phoenix = openPhoenix({ url: addresses.pqs });
  const sent: EngineCall[][] = [];
  for (const item of items) {
    const ofOne: EngineCall[] = [];
    const client: PhoenixClient = {
      query(text, values = [], options) {
        ofOne.push({ text, values });
        return phoenix.query(text, values, options);
      },
      batch: phoenix.batch,
    };
    await ask(createPhoenixStore(client, { schema: name.toUpperCase() }), item);
    sent.push(ofOne);
  }
  await phoenix.close();
  return cycle(sent);
}

async function search({ addresses, name, tenant }: Setting): Promise<Case> {
  const solr = openSolr({ url: addresses.solr, prefix: `${name}-` });
  const { origin } = new URL(addresses.solr);
  const calls: EngineCall[] = [];
  const recorded: typeof solr = {
    ...solr,
    client: {
      ...solr.client,
      call(call, stop) {
        const params = new URLSearchParams(
          Object.entries(call.params ?? {}).flatMap(([param, value]) =>
            value === undefined ? [] : [[param, String(value)]],
          ),
        );
        const body = JSON.stringify(call.json) ?? '';
        if (body.includes('facet')) calls.push({ origin, path: `/solr${call.path}?${params}`, body });
        return solr.client.call(call, stop);
      },
    },
  };
  const facets = ['type', 'country', 'device'] as const;
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
      facets: facets.map((field) => ({ name: field, field: { kind: 'field', field }, limit: 10 })),
    },
    signal,
  );
  await solr.close();
  return {
    name: 'search with 3 facets',
    query: () =>
      '{ searchActivities(first: 10, sort: NEWEST, facets: [{ field: TYPE }, { field: COUNTRY }, { field: DEVICE }]) { total { value } edges { score } facets { name values { value count } } } }',
    calls: () => calls,
  };
}

async function kpi({ addresses, name, tenant }: Setting): Promise<Case> {
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
  const [from = '', until = ''] = [to - 7 * day, to].map((time) => new Date(time).toISOString());
  const literal = (time: string) => `TIMESTAMP '${time.replace('T', ' ').replace('.000Z', '')}'`;
  const query =
    `SELECT campaign AS d0, SUM(activities) AS m0 FROM "${name}_hours" WHERE tenant = '${tenant.id}' ` +
    `AND __time >= ${literal(from)} AND __time < ${literal(until)} AND isBot = 'false' GROUP BY campaign LIMIT 1001`;
  const context = { useCache: false, populateCache: false, sqlTimeZone: 'UTC' };
  const call = {
    origin: addresses.druid,
    path: '/druid/v2/sql',
    body: JSON.stringify({ query, resultFormat: 'array', context }),
  };
  return {
    name: 'KPI by campaign',
    query: () =>
      `{ metrics(query: { measures: [ACTIVITIES], dimensions: [{ field: CAMPAIGN }], from: "${from}", to: "${until}" }) { rows { dimensions { value } values { value } } } }`,
    calls: () => [call],
  };
}

/** Its items in turn, for ever. */
function cycle<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => items[next++ % items.length] as T;
}
