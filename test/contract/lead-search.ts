import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { visitLead, type Weight } from '../../src/datasources/activity-search/activity-texts.ts';
import type { ActivitySearch, Hit, LeadSort } from '../../src/datasources/activity-search/port.ts';
import type { LeadFilter } from '../../src/domain/filter.ts';
import {
  identityText,
  type Lead,
  type LeadIdentity,
  type LeadUpdate,
  leadKey,
} from '../../src/domain/lead.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import { tokenize } from '../../src/domain/text/text-query.ts';
import { parseTextQuery } from '../../src/domain/text/text-query-parser.ts';
import { NOW } from '../support/activities.ts';
import { newTenant, type SearchFixture } from './activity-search.ts';
import { textQuery } from './activity-search-arbitraries.ts';
import { matchesText, points, type Texts, within } from './activity-search-evaluator.ts';

const signal = new AbortController().signal;
type Request = Parameters<ActivitySearch['searchLeads']>[1];
const everyone: Request = {
  query: null,
  filter: null,
  sort: 'LAST_SEEN',
  first: 200,
  after: null,
  highlight: false,
  total: null,
  pii: true,
};

const IDENTITIES: readonly LeadIdentity[] = [
  ...['alpha', 'beta 42', 'jane@example.com', 'x', 'k5'].map((externalId) => ({
    kind: 'known' as const,
    externalId,
  })),
  ...['alphabet', 'dev-1', 'dev-2', 'dev-3', 'dev-4'].map((anonymousId) => ({
    kind: 'anonymous' as const,
    anonymousId,
  })),
];
const word = fc.constantFrom('alpha', 'beta', 'x', '42', 'e-mail', 'Ünïcøde');
const EMAILS = ['jane@example.com', 'Beta@Example.com', 'x@x.example'];

const TRAITS = ['plan', 'note', 'groupId', 'group.plan', 'group.size'] as const;

/** What each identity was said to be, once and at different times, and which others it was linked to. */
const updates = fc.tuple(
  ...IDENTITIES.map((identity, index) =>
    fc
      .record({
        identity: fc.constant(identity),
        email: fc.option(fc.constantFrom(...EMAILS)),
        isEmailRemoved: fc.boolean(),
        traits: fc.dictionary(fc.constantFrom(...TRAITS), fc.oneof(word, fc.constantFrom(1, true, '1')), {
          maxKeys: 3,
        }),
        links: fc.subarray([...IDENTITIES], { maxLength: 2 }),
        at: fc.constant(NOW - index * 1_000),
      })
      .map(({ isEmailRemoved, ...update }) =>
        update.email === null && isEmailRemoved ? { ...update, isEmailRemoved } : update,
      ),
  ),
) as fc.Arbitrary<readonly LeadUpdate[]>;

const values = fc.array(fc.oneof(word, fc.constantFrom(1, true, '1')), { minLength: 1, maxLength: 2 });
const time = fc.integer({ min: NOW - 10_000, max: NOW });
const { filter } = fc.letrec<{ filter: LeadFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'lead-filter' },
    fc.record({
      op: fc.constant('in' as const),
      field: fc.constant('externalId' as const),
      values: fc.subarray(['alpha', 'x', 'dev-1', 'none'], { minLength: 1 }),
    }),
    fc.record({
      op: fc.constant('in' as const),
      field: fc.constant('email' as const),
      values: fc.subarray([...EMAILS, 'JANE@example.com'], { minLength: 1 }),
    }),
    fc.record({ op: fc.constant('isKnown' as const), value: fc.boolean() }),
    fc.record({
      op: fc.constant('time' as const),
      field: fc.constantFrom('firstSeenAt' as const, 'lastSeenAt' as const),
      range: fc.record({ gte: time, lt: time }),
    }),
    fc.record({
      op: fc.constant('trait' as const),
      name: fc.constantFrom(...TRAITS, 'nothing'),
      values,
    }),
    fc.record({
      op: fc.constantFrom('and' as const, 'or' as const),
      filters: fc.array(tie('filter'), { maxLength: 3 }),
    }),
    fc.record({ op: fc.constant('not' as const), filter: tie('filter') }),
  ),
}));

/** A person as the store tells it, with the ids that are the person's. */
type Person = {
  readonly lead: Lead;
  readonly externalIds: readonly string[];
  readonly said: readonly LeadUpdate[];
};

function matches(node: LeadFilter, person: Person): boolean {
  const { lead } = person;
  switch (node.op) {
    case 'and':
      return node.filters.every((part) => matches(part, person));
    case 'or':
      return node.filters.some((part) => matches(part, person));
    case 'not':
      return !matches(node.filter, person);
    case 'in':
      return node.field === 'externalId'
        ? node.values.some((value) => person.externalIds.includes(value))
        : lead.email !== null &&
            node.values.map((value) => value.toLowerCase()).includes(lead.email.toLowerCase());
    case 'isKnown':
      return (lead.externalId !== null) === node.value;
    case 'time':
      return within(lead[node.field], node.range);
    case 'trait':
      return node.values.some((value) => value === lead.traits[node.name]);
    default:
      return node satisfies never;
  }
}

function textsOf({ said }: Person, pii: boolean): Texts {
  const texts: { weight: Weight; tokens: string[] }[] = [];
  for (const { identity, email, traits } of said)
    visitLead({ identity: identityText(identity), email, traits }, (_field, text, weight) => {
      if (pii || weight !== 'D') texts.push({ weight, tokens: tokenize(text) });
    });
  return texts;
}

/** What every adapter of the search over leads must keep. */
export function leadSearchContract(name: string, open: () => Promise<SearchFixture>): void {
  describe(`lead search: ${name}`, () => {
    let fixture: SearchFixture;
    let search: ActivitySearch;
    before(async () => {
      fixture = await open();
      search = fixture.search;
    });
    after(() => fixture.close());

    const write = async (tenant: Tenant, said: readonly LeadUpdate[]): Promise<Person[]> => {
      await fixture.store.updateLeads(tenant, said, signal);
      await fixture.settled();
      const leads = await fixture.store.leads(
        tenant,
        said.map(({ identity }) => leadKey(tenant.idSpace, identity)),
        signal,
      );
      const groups = Map.groupBy(said, (_update, index) => leads[index]?.key);
      return [...groups].map(([key, group]) => {
        const lead = leads.find((found) => found?.key === key);
        assert.ok(lead);
        return {
          lead,
          said: group,
          externalIds: group.flatMap(({ identity }) =>
            identity.kind === 'known' ? identity.externalId : [],
          ),
        };
      });
    };

    test('any query with any filter finds the same people, linked ids counted as one, page by page', async () => {
      for (const said of fc.sample(updates, { seed: 11, numRuns: 6 })) {
        const tenant = newTenant();
        const persons = await write(tenant, said);
        const sortedBy: Record<LeadSort, (score: number, lead: Lead) => number> = {
          RELEVANCE: (score) => score,
          LAST_SEEN: (_score, lead) => lead.lastSeenAt,
          FIRST_SEEN: (_score, lead) => lead.firstSeenAt,
        };
        await fc.assert(
          fc.asyncProperty(
            fc.option(textQuery),
            fc.option(filter),
            fc.boolean(),
            fc.constantFrom<LeadSort>('RELEVANCE', 'LAST_SEEN', 'FIRST_SEEN'),
            fc.integer({ min: 1, max: 12 }),
            async (query, condition, pii, sort, first) => {
              const wanted = persons.filter(
                (person) =>
                  (query === null || matchesText(query, textsOf(person, pii))) &&
                  (condition === null || matches(condition, person)),
              );
              const hits: Hit<string>[] = [];
              for (let position: Request['after'] = null; ; ) {
                const request: Request = {
                  ...everyone,
                  query,
                  filter: condition,
                  pii,
                  sort,
                  first,
                  after: position,
                  total: 'exact',
                };
                const page = await search.searchLeads(tenant, request, signal);
                assert.deepEqual(page.total, { value: wanted.length, exact: true });
                hits.push(...page.hits);
                if (!page.hasNextPage) break;
                assert.equal(page.hits.length, first);
                position = page.hits.at(-1)?.position ?? null;
              }
              const sortedAs = sort === 'RELEVANCE' && query === null ? 'LAST_SEEN' : sort;
              const ordered = wanted
                .map((person) => ({
                  id: person.lead.key,
                  score: query === null ? 1 : points(query, textsOf(person, pii)),
                  lead: person.lead,
                }))
                .map((hit) => ({ ...hit, sorted: sortedBy[sortedAs](hit.score, hit.lead) }))
                .sort((a, b) => b.sorted - a.sorted || (a.id < b.id ? 1 : -1));
              assert.deepEqual(
                hits.map(({ id, score }) => ({ id, score })),
                ordered.map(({ id, score }) => ({ id, score })),
              );
            },
          ),
          { numRuns: 40 },
        );
      }
    });

    test('e-mail address and traits are neither found nor highlighted without the right to personal data', async () => {
      const tenant = newTenant();
      const jane: LeadUpdate = {
        identity: { kind: 'known', externalId: 'crm-17' },
        email: 'jane@acme.example',
        traits: { city: 'Oslo' },
        links: [],
        at: NOW,
      };
      const [person] = await write(tenant, [jane]);
      for (const [text, open] of [
        ['jane', false],
        ['oslo', false],
        ['crm', true],
      ] as const) {
        const request: Request = { ...everyone, query: parseTextQuery(text), highlight: true };
        const all = await search.searchLeads(tenant, { ...request, pii: true }, signal);
        assert.deepEqual(
          all.hits.map(({ id }) => id),
          [person?.lead.key],
        );
        assert.equal(all.hits[0]?.highlights.length, 1);
        const masked = await search.searchLeads(tenant, { ...request, pii: false }, signal);
        assert.equal(masked.hits.length, open ? 1 : 0, text);
      }
      const either = await search.searchLeads(
        tenant,
        { ...everyone, query: parseTextQuery('crm OR jane OR oslo'), highlight: true, pii: false },
        signal,
      );
      assert.deepEqual(either.hits[0]?.highlights, [{ field: 'externalId', fragments: ['<em>crm</em>-17'] }]);
    });

    test('nobody of another tenant is found', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await write(other, [
        {
          identity: { kind: 'known', externalId: 'shared' },
          email: 'a@b.example',
          traits: { plan: 'x' },
          links: [{ kind: 'anonymous', anonymousId: 'd' }],
          at: NOW,
        },
      ]);
      for (const query of [null, parseTextQuery('shared'), parseTextQuery('-absent')]) {
        const page = await search.searchLeads(tenant, { ...everyone, query, total: 'exact' }, signal);
        assert.deepEqual([page.hits, page.total], [[], { value: 0, exact: true }]);
      }
    });
  });
}
