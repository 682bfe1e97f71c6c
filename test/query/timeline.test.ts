import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createServices, type ServiceParts } from '../../src/compose/services.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import type { Db } from '../../src/datasources/db/db.ts';
import { toGlobalId } from '../../src/domain/ids.ts';
import { LEAD, leadKey } from '../../src/domain/lead.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { createActivityTypes } from '../../src/ingest/door/activity-types.ts';
import type { Services } from '../../src/resolvers/context.ts';
import { anActivity, DAY, NOW } from '../support/activities.ts';
import { drivers } from '../support/databases.ts';
import { openGraph } from '../support/graph.ts';

const signal = new AbortController().signal;
const tenant = verifyTenant('acme');
const idOf = (externalId: string): string =>
  toGlobalId(LEAD, leadKey(tenant.idSpace, { kind: 'known', externalId }));

describe('the timeline of a lead over GraphQL', () => {
  let db: Db;
  let services: Services;
  let reads = { leads: 0, timelines: 0 };
  let detailsRead: boolean[] = [];
  const run = openGraph(() => services);
  beforeEach(() => {
    reads = { leads: 0, timelines: 0 };
    detailsRead = [];
  });

  before(async () => {
    const [pglite] = drivers;
    assert.ok(pglite);
    db = await pglite.open();
    const store = createPostgresStore(db, []);
    services = createServices({
      store: {
        ...store,
        leads: (...call: Parameters<typeof store.leads>) => {
          reads.leads += 1;
          return store.leads(...call);
        },
        timelines: (...call: Parameters<typeof store.timelines>) => {
          reads.timelines += 1;
          detailsRead.push(...call[1].map(({ details }) => details));
          return store.timelines(...call);
        },
      },
      types: createActivityTypes(store, store.defineType),
    } as unknown as ServiceParts);
    await store.write(
      tenant,
      Array.from({ length: 30 }, (_, index) =>
        anActivity(tenant.id, {
          messageId: `m-${index}`,
          externalId: `lead-${index % 3}`,
          type: index % 2 ? 'Open Email' : 'Fill Out Form',
          occurredAt: NOW - index * DAY,
          attributes: { page: `/${index}` },
          context: { locale: 'de' },
        }),
      ),
      signal,
    );
    const said = { email: 'jane@acme.example', traits: {}, at: NOW };
    const of = (externalId: string) => ({ kind: 'known', externalId }) as const;
    await store.updateLeads(
      tenant,
      [
        { ...said, identity: of('lead-0'), links: [of('lead-1')] },
        { ...said, identity: of('silent'), links: [] },
      ],
      signal,
    );
  });
  after(() => db.close());

  const ask = async (query: string, variables: Record<string, unknown> = {}) => {
    const { data, errors } = await run(query, variables, tenant, ['activities:read', 'leads:pii']);
    return { data, faults: errors.map(({ message, path }) => ({ message, path })) };
  };

  const TIMELINE = 'activities(first: 3) { nodes { id messageId } edges { cursor } pageInfo { endCursor } }';

  test('a timeline asked of a lead alone takes one read of the store', async () => {
    const { data, faults } = await ask(`{ lead(id: "${idOf('lead-2')}") { __typename id ${TIMELINE} } }`);
    assert.deepEqual(faults, []);
    const lead = data?.['lead'] as { activities: { nodes: unknown[] } } | undefined;
    assert.equal(lead?.activities.nodes.length, 3);
    assert.deepEqual(reads, { leads: 0, timelines: 1 });
  });

  test('details are read where they are asked for, under whatever name and from a fragment', async () => {
    const { data, faults } = await ask(
      `{ lead(id: "${idOf('lead-2')}") {
           plain: activities(first: 1) { nodes { messageId } }
           named: activities(first: 1) { edges { node { said: attributes } } }
           spread: activities(first: 1) { nodes { ...Details } } } }
       fragment Details on Activity { context }`,
    );
    assert.deepEqual(faults, []);
    assert.deepEqual(data?.['lead'], {
      plain: { nodes: [{ messageId: 'm-2' }] },
      named: { edges: [{ node: { said: { page: '/2' } } }] },
      spread: { nodes: [{ context: { locale: 'de' } }] },
    });
    assert.deepEqual(detailsRead, [false, true]);
  });

  /** Each way to ask for a lead, with a place for what is asked of it. */
  const ways = ['lead-0', 'lead-1', 'lead-2', 'silent', 'nobody'].flatMap((who) => [
    { name: `${who} by id`, of: (fields: string) => `{ lead(id: "${idOf(who)}") { ${fields} } }` },
    { name: `${who} by external id`, of: (fields: string) => `{ lead(externalId: "${who}") { ${fields} } }` },
    {
      name: `${who} as a node`,
      of: (fields: string) => `{ lead: node(id: "${idOf(who)}") { ... on Lead { ${fields} } } }`,
    },
  ]);
  const pages = [
    'activities(first: 3)',
    'activities(first: 3, types: ["Open Email"])',
    'activities(types: ["No Such Type"])',
    'activities(first: 0)',
    'activities(after: "nonsense")',
    'activities(from: "2020-01-01T00:00:00Z", to: "2019-01-01T00:00:00Z")',
  ];
  for (const { name, of } of ways)
    for (const page of pages)
      test(`${name}: ${page} is the same with and without the lead's own fields`, async () => {
        const asked = `id ${page} { nodes { messageId } edges { cursor } pageInfo { hasNextPage endCursor } }`;
        const alone = await ask(of(asked));
        const { data, faults } = await ask(of(`${asked} email`));
        const lead = data?.['lead'] as Record<string, unknown> | null | undefined;
        if (lead) delete lead['email'];
        assert.deepEqual(alone, { data, faults });
      });

  test('arguments may come from variables, and the field from a fragment', async () => {
    const query = `query ($id: ID!, $first: Int!, $after: String) { lead(id: $id) { ...timeline } }
      fragment timeline on Lead { activities(first: $first, after: $after) { nodes { messageId } pageInfo { endCursor } } }`;
    type Page = { readonly nodes: { messageId: string }[]; readonly pageInfo: { endCursor: string } };
    const pageAfter = async (after: string | null): Promise<Page> => {
      const { data, faults } = await ask(query, { id: idOf('lead-2'), first: 4, after });
      assert.deepEqual(faults, []);
      return (data as { lead: { activities: Page } }).lead.activities;
    };
    const first = await pageAfter(null);
    const second = await pageAfter(first.pageInfo.endCursor);
    assert.deepEqual(
      [...first.nodes, ...second.nodes].map(({ messageId }) => messageId),
      ['m-2', 'm-5', 'm-8', 'm-11', 'm-14', 'm-17', 'm-20', 'm-23'],
    );
    assert.deepEqual(reads, { leads: 0, timelines: 2 });
  });
});
