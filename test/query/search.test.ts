import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createServices, type ServiceParts } from '../../src/compose/services.ts';
import { createPostgresSearch } from '../../src/datasources/activity-search/postgres/adapter.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import type { Db } from '../../src/datasources/db/db.ts';
import { CAMPAIGN } from '../../src/domain/activity.ts';
import { toGlobalId } from '../../src/domain/ids.ts';
import { LEAD, leadKey } from '../../src/domain/lead.ts';
import type { Scope } from '../../src/domain/scopes.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { createActivityTypes } from '../../src/ingest/door/activity-types.ts';
import type { Services } from '../../src/resolvers/context.ts';
import { anActivity, DAY, NOW } from '../support/activities.ts';
import { drivers } from '../support/databases.ts';
import { openGraph } from '../support/graph.ts';

type Fault = { readonly code?: string; readonly path?: string; readonly message: string };
type Answer = { readonly data: Record<string, unknown> | null; readonly faults: readonly Fault[] };

const signal = new AbortController().signal;
const acme = verifyTenant('acme');
const globex = verifyTenant('globex');
const READER: readonly Scope[] = ['activities:read'];
const PII: readonly Scope[] = ['activities:read', 'leads:pii'];
const lead = (tenant: Tenant, externalId: string): string =>
  leadKey(tenant.idSpace, { kind: 'known', externalId });

describe('search over GraphQL', () => {
  let db: Db;
  let services: Services;
  const run = openGraph(() => services);

  const ask = async (
    query: string,
    variables: Record<string, unknown> = {},
    scopes = PII,
    tenant = acme,
  ): Promise<Answer> => {
    const { data, errors } = await run(query, variables, tenant, scopes);
    const faults = errors.map(({ message, originalError }) => {
      const { code, field: path } = (originalError ?? {}) as { code?: string; field?: string };
      return { message, ...(code && { code }), ...(path && { path }) };
    });
    return { data, faults };
  };

  before(async () => {
    const [pglite] = drivers;
    assert.ok(pglite);
    db = await pglite.open();
    const store = createPostgresStore(db, []);
    // The search reaches no other service.
    services = createServices({
      store,
      search: createPostgresSearch(db),
      types: createActivityTypes(store, store.defineType),
    } as unknown as ServiceParts);
    for (const tenant of [acme, globex]) {
      const activities = Array.from({ length: 30 }, (_, index) =>
        anActivity(tenant.id, {
          messageId: `m-${index}`,
          externalId: `lead-${index % 3}`,
          type: index % 2 ? 'Open Email' : 'Fill Out Form',
          occurredAt: NOW - index * DAY,
          campaign: { id: index % 2 ? 'spring' : 'autumn', name: null },
          attributes: {
            ...(index % 2
              ? { subject: `Newsletter <${index}>` }
              : { formName: 'Newsletter', email: `p${index}@${tenant.id}.example` }),
          },
        }),
      );
      await store.write(tenant, activities, signal);
      await store.updateLeads(
        tenant,
        [
          {
            identity: { kind: 'known', externalId: 'lead-0' },
            email: `jane@${tenant.id}.example`,
            traits: { plan: 'pro' },
            links: [{ kind: 'known', externalId: 'lead-1' }],
            at: NOW,
          },
        ],
        signal,
      );
    }
  });
  after(() => db.close());

  test('a search gives activities with their own fields, score, highlights, facets and a total', async () => {
    const { data, faults } = await ask(
      `query ($campaign: ID!) {
        searchActivities(
          query: "newsletter", first: 2, sort: NEWEST
          filter: { campaignId: { eq: $campaign }, occurredAt: { lt: "2026-06-15T12:00:00Z" }, isBot: false }
          facets: [{ field: CAMPAIGN }, { name: "months", time: MONTH, limit: 2 }]
        ) {
          edges { score node { messageId type { name } } highlights { field fragments } }
          nodes { messageId }
          pageInfo { hasNextPage hasPreviousPage endCursor }
          total { value relation }
          facets { name values { value count } }
        }
      }`,
      { campaign: toGlobalId(CAMPAIGN, 'spring') },
    );
    assert.deepEqual(faults, []);
    const found = data?.['searchActivities'] as Record<string, unknown>;
    assert.deepEqual(found['edges'], [
      {
        score: 0,
        node: { messageId: 'm-1', type: { name: 'Open Email' } },
        highlights: [{ field: 'attributes.subject', fragments: ['<em>Newsletter</em> &lt;1&gt;'] }],
      },
      {
        score: 0,
        node: { messageId: 'm-3', type: { name: 'Open Email' } },
        highlights: [{ field: 'attributes.subject', fragments: ['<em>Newsletter</em> &lt;3&gt;'] }],
      },
    ]);
    assert.deepEqual(found['nodes'], [{ messageId: 'm-1' }, { messageId: 'm-3' }]);
    assert.deepEqual(found['total'], { value: 15, relation: 'EXACT' });
    assert.deepEqual(found['facets'], [
      { name: 'campaignId', values: [{ value: toGlobalId(CAMPAIGN, 'spring'), count: 15 }] },
      {
        name: 'months',
        values: [
          { value: '2026-05-01T00:00:00.000Z', count: 8 },
          { value: '2026-06-01T00:00:00.000Z', count: 7 },
        ],
      },
    ]);
  });

  test('facets name campaigns, count what their values leave out, and keep counts beside chosen values', async () => {
    const { data, faults } = await ask(
      `query ($campaign: ID!) {
        searchActivities(
          first: 1
          filter: { campaignId: { eq: $campaign }, attribute: { name: "formName", eq: "Newsletter" } }
          facets: [
            { name: "chosen", field: CAMPAIGN }
            { name: "beside", field: CAMPAIGN, limit: 1, ignoreOwnFilter: true }
            { name: "form", attribute: "formName", ignoreOwnFilter: true }
            { name: "country", field: COUNTRY }
            { name: "days", time: DAY, limit: 2 }
          ]
        ) {
          facets { name values { count campaign { externalId name } } otherCount missingCount }
        }
      }`,
      { campaign: toGlobalId(CAMPAIGN, 'autumn') },
    );
    assert.deepEqual(faults, []);
    const autumn = { externalId: 'autumn', name: 'autumn' };
    const found = data?.['searchActivities'] as Record<string, unknown>;
    assert.deepEqual(found['facets'], [
      { name: 'chosen', values: [{ count: 15, campaign: autumn }], otherCount: 0, missingCount: 0 },
      // Only autumn has the form: the filter on it still holds.
      { name: 'beside', values: [{ count: 15, campaign: autumn }], otherCount: 0, missingCount: 0 },
      { name: 'form', values: [{ count: 15, campaign: null }], otherCount: 0, missingCount: 0 },
      { name: 'country', values: [], otherCount: 0, missingCount: 15 },
      {
        name: 'days',
        values: [
          { count: 0, campaign: null },
          { count: 1, campaign: null },
        ],
        otherCount: 14,
        missingCount: 0,
      },
    ]);
    const beside = await ask(
      `query ($campaign: ID!) {
        searchActivities(filter: { campaignId: { eq: $campaign } }, facets: [{ field: CAMPAIGN, limit: 1, ignoreOwnFilter: true }]) {
          total { value } facets { values { count campaign { name } } otherCount }
        }
      }`,
      { campaign: toGlobalId(CAMPAIGN, 'spring') },
    );
    assert.deepEqual(beside.faults, []);
    assert.deepEqual(beside.data?.['searchActivities'], {
      total: { value: 15 },
      facets: [{ values: [{ count: 15, campaign: { name: 'autumn' } }], otherCount: 15 }],
    });
  });

  test('a query of symbols finds nothing, and a blank one everything', async () => {
    const counted = async (query: string): Promise<unknown> => {
      const { data, faults } = await ask(
        `query ($query: String) {
          searchActivities(query: $query, facets: [{ field: TYPE }, { name: "beside", field: TYPE, ignoreOwnFilter: true }]) {
            nodes { id } total(exact: true) { value } facets { values { count } otherCount missingCount } }
          searchLeads(query: $query) { nodes { id } total { value } }
        }`,
        { query },
      );
      assert.deepEqual(faults, []);
      return data;
    };
    const empty = { values: [], otherCount: 0, missingCount: 0 };
    for (const query of ['🚀', '*', '@', '!? ()', '-!', '"…"', 'NOT 🚀'])
      assert.deepEqual(
        await counted(query),
        {
          searchActivities: { nodes: [], total: { value: 0 }, facets: [empty, empty] },
          searchLeads: { nodes: [], total: { value: 0 } },
        },
        query,
      );
    const all = (await counted('  ')) as { searchActivities: { total: { value: number } } };
    assert.equal(all.searchActivities.total.value, 30);
  });

  test('pages lead through all hits by their cursors, in every order', async () => {
    for (const sort of ['RELEVANCE', 'NEWEST', 'OLDEST']) {
      const seen: string[] = [];
      for (let cursor: string | null = null; ; ) {
        const { data, faults }: Answer = await ask(
          'query ($after: String, $sort: ActivitySort) { searchActivities(query: "news*", first: 7, after: $after, sort: $sort) { nodes { messageId } pageInfo { hasNextPage endCursor } } }',
          { after: cursor, sort },
        );
        assert.deepEqual(faults, []);
        const page = data?.['searchActivities'] as {
          nodes: { messageId: string }[];
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
        seen.push(...page.nodes.map(({ messageId }) => messageId));
        if (!page.pageInfo.hasNextPage) break;
        cursor = page.pageInfo.endCursor;
      }
      assert.equal(new Set(seen).size, 30, sort);
      assert.equal(seen.length, 30, sort);
    }
  });

  test('a cursor of another query, filter, order or tenant is refused', async () => {
    const page = 'pageInfo { endCursor }';
    const { data } = await ask(`{ searchActivities(query: "newsletter", first: 2) { ${page} } }`);
    const cursor = (data as { searchActivities: { pageInfo: { endCursor: string } } }).searchActivities
      .pageInfo.endCursor;
    const wrong: readonly (readonly [string, readonly Scope[], Tenant])[] = [
      ['query: "letter"', PII, acme],
      ['query: "newsletter", filter: { isBot: false }', PII, acme],
      ['query: "newsletter", sort: OLDEST', PII, acme],
      ['query: "newsletter"', PII, globex],
    ];
    for (const [args, scopes, tenant] of wrong) {
      const { faults } = await ask(
        `{ searchActivities(${args}, first: 2, after: "${cursor}") { ${page} } }`,
        {},
        scopes,
        tenant,
      );
      assert.deepEqual([faults[0]?.code, faults[0]?.path], ['BAD_USER_INPUT', 'after'], args);
    }
    const { faults } = await ask(
      `{ searchActivities(query: "newsletter", first: 9, after: "${cursor}") { ${page} } }`,
    );
    assert.deepEqual(faults, [], 'another page size is no other query');
  });

  test('what is done under a linked id is found by the lead, and the two count as one', async () => {
    const query =
      'query ($id: ID!) { searchActivities(filter: { leadId: { eq: $id } }) { total(exact: true) { value relation } } }';
    for (const name of ['lead-0', 'lead-1']) {
      const { data } = await ask(query, { id: toGlobalId(LEAD, lead(acme, name)) });
      assert.deepEqual(data, { searchActivities: { total: { value: 20, relation: 'EXACT' } } });
    }
    const people = await ask('{ searchLeads(query: "lead") { nodes { externalId email } total { value } } }');
    assert.deepEqual(people, {
      data: {
        searchLeads: {
          nodes: [
            { externalId: 'lead-0', email: 'jane@acme.example' },
            { externalId: 'lead-2', email: null },
          ],
          total: { value: 2 },
        },
      },
      faults: [],
    });
  });

  test('nothing of another tenant is found, whatever id is asked for', async () => {
    const { data } = await ask(
      'query ($id: ID!) { a: searchActivities(filter: { leadId: { eq: $id } }) { nodes { id } } b: searchActivities(query: "acme") { nodes { id } } c: searchLeads(query: "jane acme") { nodes { id } } }',
      { id: toGlobalId(LEAD, lead(acme, 'lead-0')) },
      PII,
      globex,
    );
    assert.deepEqual(data, { a: { nodes: [] }, b: { nodes: [] }, c: { nodes: [] } });
  });

  const fieldsOf = (root: string): string =>
    root.startsWith('searchLeads') ? 'nodes { id }' : 'nodes { id } facets { name }';

  test('conditions and facets on personal data need leads:pii, by name; words of it are just not found', async () => {
    const forbidden: readonly (readonly [string, string])[] = [
      ['searchActivities(filter: { attribute: { name: "email", exists: true } })', 'filter.attribute'],
      [
        'searchActivities(filter: { not: { or: [{ attribute: { name: "oldValue", eq: "x" } }] } })',
        'filter.not.or[0].attribute',
      ],
      [
        'searchActivities(filter: { attribute: { name: "subject", in: ["x", "jane@acme.example"] } })',
        'filter.attribute.in',
      ],
      ['searchActivities(filter: { assetId: { ne: "jane@acme.example" } })', 'filter.assetId.ne'],
      ['searchActivities(facets: [{ field: TYPE }, { attribute: "email" }])', 'facets[1]'],
      ['searchLeads(filter: { email: { eq: "jane@acme.example" } })', 'filter.email'],
      ['searchLeads(filter: { and: [{ trait: { name: "plan", eq: "pro" } }] })', 'filter.and[0].trait'],
      ['searchLeads(filter: { externalId: { in: ["a", "jane@acme.example"] } })', 'filter.externalId.in[1]'],
    ];
    for (const [root, path] of forbidden) {
      const { faults } = await ask(`{ ${root} { ${fieldsOf(root)} } }`, {}, READER);
      assert.deepEqual([faults[0]?.code, faults[0]?.path], ['FORBIDDEN', path], root);
      assert.match(faults[0]?.message ?? '', /'leads:pii'/);
      assert.deepEqual((await ask(`{ ${root} { ${fieldsOf(root)} } }`)).faults, [], root);
    }
    for (const root of ['searchActivities(query: "p0")', 'searchLeads(query: "jane OR pro")'])
      for (const [scopes, count] of [
        [READER, 0],
        [PII, 1],
      ] as const) {
        const { data } = await ask(
          `{ found: ${root} { total { value } edges { highlights { fragments } } } }`,
          {},
          scopes,
        );
        assert.equal((data as { found: { edges: unknown[] } }).found.edges.length, count, root);
      }
  });

  test('bad input is refused at its path, with what would be right', async () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['searchActivities(query: "a OR")', 'query'],
      ['searchActivities(first: 0)', 'first'],
      ['searchActivities(first: 201)', 'first'],
      ['searchActivities(after: "AAAA")', 'after'],
      ['searchActivities(filter: { type: { in: [] } })', 'filter.type.in'],
      ['searchActivities(filter: { or: [] })', 'filter.or'],
      ['searchActivities(filter: { campaignId: { in: ["nonsense"] } })', 'filter.campaignId.in[0]'],
      [
        `searchActivities(filter: { leadId: { eq: "${toGlobalId(CAMPAIGN, 'spring')}" } })`,
        'filter.leadId.eq',
      ],
      ['searchActivities(filter: { occurredAt: {} })', 'filter.occurredAt'],
      [
        'searchActivities(filter: { occurredAt: { gt: "2026-01-01T00:00:00Z", gte: "2026-01-01T00:00:00Z" } })',
        'filter.occurredAt',
      ],
      ['searchActivities(filter: { attribute: { name: "n" } })', 'filter.attribute'],
      ['searchActivities(filter: { attribute: { name: "n", gt: 1, exists: true } })', 'filter.attribute'],
      ['searchActivities(filter: { attribute: { name: "n", eq: { a: 1 } } })', 'filter.attribute.eq'],
      ['searchActivities(filter: { attribute: { name: "", eq: 1 } })', 'filter.attribute.name'],
      [
        `searchActivities(filter: ${'{ not: '.repeat(10)}{ isBot: true }${' }'.repeat(10)})`,
        `filter${'.not'.repeat(10)}`,
      ],
      ['searchActivities(facets: [{ field: TYPE, time: DAY }])', 'facets[0]'],
      ['searchActivities(facets: [{ field: TYPE }, { field: TYPE }])', 'facets[1].name'],
      ['searchActivities(facets: [{ field: TYPE, limit: 101 }])', 'facets[0].limit'],
      [`searchActivities(facets: [${'{ field: TYPE } '.repeat(11)}])`, 'facets'],
      ['searchLeads(filter: { trait: { name: "plan" } })', 'filter.trait'],
      ['searchLeads(query: "(")', 'query'],
    ];
    for (const [root, path] of wrong) {
      const { faults } = await ask(`{ ${root} { ${fieldsOf(root)} } }`);
      assert.deepEqual([faults[0]?.code, faults[0]?.path], ['BAD_USER_INPUT', path], root);
    }
  });

  test('a filter with more than 100 conditions is refused', async () => {
    const or = Array.from({ length: 101 }, () => ({ isBot: true }));
    const { faults } = await ask(
      'query ($filter: ActivityFilter) { searchActivities(filter: $filter) { nodes { id } } }',
      { filter: { or } },
    );
    assert.match(faults[0]?.message ?? '', /more than 100 conditions/);
  });
});
