import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type {
  ActivitySearch,
  ActivitySort,
  FacetField,
  Hit,
} from '../../src/datasources/activity-search/port.ts';
import type { ActivityStore } from '../../src/datasources/activity-store/port.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { type ActivityTypeDefinition, standardType } from '../../src/domain/activity-types.ts';
import type { ActivityFilter } from '../../src/domain/filter.ts';
import { parseActivityId } from '../../src/domain/ids.ts';
import { isJsonObject, type JsonObject } from '../../src/domain/json.ts';
import { leadKey } from '../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import type { TextQuery } from '../../src/domain/text/text-query.ts';
import { parseTextQuery } from '../../src/domain/text/text-query-parser.ts';
import { bucketsOf, UTC_CALENDAR } from '../../src/domain/time/buckets.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity, DAY, NOW } from '../support/activities.ts';
import * as arbitrary from './activity-search-arbitraries.ts';
import {
  activityScore,
  facetValue,
  matchesFilter,
  matchesText,
  textsOf,
} from './activity-search-evaluator.ts';

export type SearchFixture = {
  readonly search: ActivitySearch;
  /** The store that feeds the search. */
  readonly store: ActivityStore;
  /** Resolves when all that was written can be found. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

const signal = new AbortController().signal;
let tenants = 0;
export const newTenant = (): Tenant => verifyTenant(`search-${process.pid}-${tenants++}`);
const idsOf = (hits: readonly Hit<string>[]): string[] => hits.map(({ id }) => id);
const sorted = (ids: Iterable<string>): string[] => [...ids].sort();

type Request = Parameters<ActivitySearch['searchActivities']>[1];
const everything: Request = {
  query: null,
  filter: null,
  sort: 'NEWEST',
  first: 200,
  after: null,
  highlight: false,
  total: null,
  pii: true,
  facets: [],
};

/** All hits, page by page; every page but the last must be full, and none empty. */
async function allHits(
  search: ActivitySearch,
  tenant: Tenant,
  request: Request,
  between?: () => Promise<void>,
) {
  const hits: Hit<string>[] = [];
  for (let after: Request['after'] = null; ; ) {
    const page = await search.searchActivities(tenant, { ...request, after }, signal);
    hits.push(...page.hits);
    assert.equal(new Set(idsOf(hits)).size, hits.length, 'no hit twice');
    if (!page.hasNextPage) return hits;
    assert.equal(page.hits.length, request.first, 'a page with a next one is full');
    after = page.hits.at(-1)?.position ?? null;
    assert.ok(after);
    await between?.();
  }
}

/** The same object with its fields in the other order, at every depth. */
const reversed = (value: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, isJsonObject(inner) ? reversed(inner) : inner]),
  );

const CALENDARS = ['Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns'].map((timeZone) => ({
  timeZone,
  weekStart: 'MONDAY' as const,
}));

/** Spans without a match between those that have one. */
function filledIn(
  field: Extract<FacetField, { kind: 'time' }>,
  matches: readonly Activity[],
  values: readonly { value: string; count: number }[],
): { value: string; count: number }[] {
  const times = matches.map(({ occurredAt }) => occurredAt);
  if (times.length === 0) return [];
  const counts = new Map(values.map(({ value, count }) => [value, count]));
  const { starts } = bucketsOf(Math.min(...times), Math.max(...times) + 1, field.grain, field.calendar);
  return starts.map((start) => {
    const value = new Date(start).toISOString();
    return { value, count: counts.get(value) ?? 0 };
  });
}

/** What every adapter of the search over activities must keep. */
export function activitySearchContract(name: string, open: () => Promise<SearchFixture>): void {
  describe(`activity search: ${name}`, () => {
    let fixture: SearchFixture;
    let search: ActivitySearch;
    before(async () => {
      fixture = await open();
      search = fixture.search;
    });
    after(() => fixture.close());

    const write = async (tenant: Tenant, activities: readonly Activity[]): Promise<void> => {
      await fixture.store.write(tenant, activities, signal);
      await fixture.settled();
    };
    const find = async (
      tenant: Tenant,
      text: string | null,
      more: Partial<Request> = {},
    ): Promise<string[]> => {
      const query = text === null ? null : parseTextQuery(text);
      return idsOf((await search.searchActivities(tenant, { ...everything, query, ...more }, signal)).hits);
    };

    describe('against a plain evaluation of every activity', () => {
      const tenant = newTenant();
      const other = newTenant();
      let type: ActivityTypeDefinition;
      let activities: readonly Activity[];
      const canonical = new Map([
        [
          leadKey(tenant.idSpace, { kind: 'anonymous', anonymousId: 'device' }),
          leadKey(tenant.idSpace, { kind: 'known', externalId: 'lead-0' }),
        ],
      ]);
      const canonicalOf = (key: string): string => canonical.get(key) ?? key;
      const typeOf = (activity: Activity) => standardType(activity.type) ?? type;
      const expected = (query: TextQuery | null, filter: ActivityFilter | null, pii: boolean): Activity[] =>
        activities.filter(
          (activity) =>
            (query === null || matchesText(query, textsOf(activity, typeOf(activity), pii))) &&
            (filter === null || matchesFilter(filter, activity, pii, canonicalOf)),
        );

      before(async () => {
        type = await fixture.store.defineType(tenant, arbitrary.CUSTOM_TYPE, signal);
        await fixture.store.defineType(other, arbitrary.CUSTOM_TYPE, signal);
        activities = fc.sample(arbitrary.activity(tenant.id), { seed: 7, numRuns: 160 });
        await write(tenant, activities);
        await write(other, fc.sample(arbitrary.activity(other.id), { seed: 8, numRuns: 60 }));
        await fixture.store.updateLeads(
          tenant,
          [
            {
              identity: { kind: 'known', externalId: 'lead-0' },
              email: null,
              traits: {},
              links: [{ kind: 'anonymous', anonymousId: 'device' }],
              at: NOW,
            },
          ],
          signal,
        );
        await fixture.settled();
      });

      test('any query with any filter finds the same activities, with and without personal data', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.option(arbitrary.textQuery),
            fc.option(arbitrary.filter(tenant.id)),
            fc.boolean(),
            async (query, filter, pii) => {
              const page = await search.searchActivities(
                tenant,
                { ...everything, query, filter, pii, total: 'bounded' },
                signal,
              );
              const wanted = sorted(expected(query, filter, pii).map(({ id }) => id));
              assert.deepEqual(sorted(idsOf(page.hits)), wanted);
              assert.deepEqual(page.total, { value: wanted.length, exact: true });
            },
          ),
          { numRuns: 300 },
        );
      });

      test('pages of any size give every hit once, in the order of the sort, with its score', async () => {
        type Ranked = { readonly id: string; readonly score: number; readonly occurredAt: number };
        const hashOf = ({ id }: Ranked): string => parseActivityId(id)?.hash ?? '';
        const byTime = (a: Ranked, b: Ranked): number =>
          b.occurredAt - a.occurredAt || (hashOf(a) < hashOf(b) ? 1 : -1);
        const orders: Record<ActivitySort, (a: Ranked, b: Ranked) => number> = {
          NEWEST: byTime,
          OLDEST: (a, b) => -byTime(a, b),
          RELEVANCE: (a, b) => b.score - a.score || byTime(a, b),
        };
        const scoreOf = (
          query: TextQuery | null,
          sort: ActivitySort,
          activity: Activity,
          pii: boolean,
        ): number => {
          if (query === null) return 1;
          return sort === 'RELEVANCE' ? activityScore(query, textsOf(activity, typeOf(activity), pii)) : 0;
        };
        await fc.assert(
          fc.asyncProperty(
            fc.option(arbitrary.textQuery),
            fc.constantFrom<ActivitySort>('RELEVANCE', 'NEWEST', 'OLDEST'),
            fc.integer({ min: 7, max: 60 }),
            fc.boolean(),
            async (query, sort, first, pii) => {
              const hits = await allHits(search, tenant, { ...everything, query, sort, first, pii });
              const wanted = expected(query, null, pii)
                .map((activity) => ({ ...activity, score: scoreOf(query, sort, activity, pii) }))
                .sort(orders[sort]);
              assert.deepEqual(
                hits.map(({ id, score }) => ({ id, score })),
                wanted.map(({ id, score }) => ({ id, score })),
              );
            },
          ),
          { numRuns: 60 },
        );
      });

      test('facets count what a plain count gives, cut to the most or the latest', async () => {
        const fields: FacetField[] = [
          ...(['type', 'campaignId', 'channel', 'country', 'type'] as const).map((field) => ({
            kind: 'field' as const,
            field,
          })),
          ...(['label', 'n', 'nothing'] as const).map((attribute) => ({
            kind: 'attribute' as const,
            name: attribute,
          })),
          { kind: 'attribute', name: 'label', types: ['Open Email', 'Visit Webpage'] },
          { kind: 'attribute', name: 'label', types: [] },
          ...(['HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const).map((grain) => ({
            kind: 'time' as const,
            grain,
            calendar: UTC_CALENDAR,
          })),
          ...CALENDARS.map((calendar) => ({ kind: 'time' as const, grain: 'DAY' as const, calendar })),
          { kind: 'time', grain: 'WEEK', calendar: { timeZone: 'Asia/Kathmandu', weekStart: 'SUNDAY' } },
          { kind: 'time', grain: 'HOUR', calendar: { timeZone: 'Asia/Kolkata', weekStart: 'MONDAY' } },
        ];
        await fc.assert(
          fc.asyncProperty(
            fc.option(arbitrary.textQuery),
            fc.option(arbitrary.filter(tenant.id)),
            fc.shuffledSubarray(fields, { minLength: 1 }),
            fc.integer({ min: 1, max: 12 }),
            async (query, filter, chosen, limit) => {
              const facets = chosen.map((field, index) => ({
                name: `f${index}`,
                field,
                limit,
                // Every other one, so that asking for it changes nothing else.
                totals: index % 2 === 0,
              }));
              const page = await search.searchActivities(
                tenant,
                { ...everything, query, filter, facets, first: 0 },
                signal,
              );
              assert.deepEqual(page.hits, []);
              const matches = expected(query, filter, true);
              for (const [index, field] of chosen.entries()) {
                const counts = Map.groupBy(matches, (activity) => facetValue(activity, field));
                counts.delete(null);
                const values = [...counts].map(([value, { length }]) => ({
                  value: String(value),
                  count: length,
                }));
                const byValue = (a: { value: string }, b: { value: string }) =>
                  Buffer.compare(Buffer.from(a.value), Buffer.from(b.value));
                const wanted =
                  field.kind === 'time'
                    ? filledIn(field, matches, values).sort(byValue).slice(-limit)
                    : values.sort((a, b) => b.count - a.count || byValue(a, b)).slice(0, limit);
                const shown = wanted.reduce((sum, { count }) => sum + count, 0);
                const missing = matches.filter((activity) => facetValue(activity, field) === null).length;
                const totals = { others: matches.length - missing - shown, missing };
                assert.deepEqual(
                  page.facets[index],
                  { name: `f${index}`, values: wanted, ...(index % 2 === 0 && { totals }) },
                  JSON.stringify(field),
                );
              }
            },
          ),
          { numRuns: 60 },
        );
      });

      test('nothing of another tenant is found, counted or paged to, whatever is asked', async () => {
        const own = new Set(activities.map(({ id }) => id));
        await fc.assert(
          fc.asyncProperty(
            fc.option(arbitrary.textQuery),
            fc.option(arbitrary.filter(other.id)),
            async (query, filter) => {
              const facets = [{ name: 'type', field: { kind: 'field', field: 'type' } as const, limit: 100 }];
              const page = await search.searchActivities(
                tenant,
                { ...everything, query, filter, facets, total: 'exact' },
                signal,
              );
              assert.ok(idsOf(page.hits).every((id) => own.has(id)));
              const counted = page.facets[0]?.values.reduce((sum, { count }) => sum + count, 0);
              assert.equal(counted, page.total?.value);
              assert.equal(page.total?.value, expected(query, filter, true).length);
            },
          ),
          { numRuns: 60 },
        );
      });
    });

    test('an object that only looks like a tenant is refused', async () => {
      const forged = { id: 'acme' } as unknown as Tenant;
      await assert.rejects(search.searchActivities(forged, everything, signal), { code: 'FORBIDDEN' });
      const leads = { ...everything, sort: 'LAST_SEEN' as const, filter: null };
      await assert.rejects(search.searchLeads(forged, leads, signal), { code: 'FORBIDDEN' });
    });

    test('words are found in any case and with or without accents; every word must be there', async () => {
      const tenant = newTenant();
      const menu = anActivity(tenant.id, { attributes: { title: 'Café MENÜ' } });
      const price = anActivity(tenant.id, { attributes: { title: 'Cafe prices' }, occurredAt: NOW + 1 });
      await write(tenant, [menu, price]);
      assert.deepEqual(await find(tenant, 'CAFE'), [price.id, menu.id]);
      assert.deepEqual(await find(tenant, 'café menu'), [menu.id]);
      assert.deepEqual(await find(tenant, 'cafe -menü'), [price.id]);
      assert.deepEqual(await find(tenant, '"prices cafe"'), []);
      assert.deepEqual(await find(tenant, 'pri*'), [price.id]);
    });

    test('words of every script are found, with the marks that are letters there', async () => {
      const tenant = newTenant();
      const titles = [
        'दिन',
        'दान',
        'กินข้าวผัด',
        'கோவில்',
        'শহর',
        'ቤት',
        '호텔',
        'バスで行く',
        'Straße',
        'softhy\u00adphen',
      ];
      const activities = titles.map((title, index) =>
        anActivity(tenant.id, { attributes: { title }, occurredAt: NOW + index }),
      );
      await write(tenant, activities);
      for (const [index, text] of [
        'दिन',
        'दान',
        'ข้าว',
        'கோவில்',
        'শহর',
        'ቤት',
        '호텔',
        'バス',
        'STRASSE',
        'softhyphen',
      ].entries()) {
        assert.deepEqual(await find(tenant, text), [activities[index]?.id], text);
        assert.deepEqual(await find(tenant, `${text}*`), [activities[index]?.id], `${text}*`);
      }
    });

    test('a title counts more than a page address', async () => {
      const tenant = newTenant();
      const inTitle = anActivity(tenant.id, { attributes: { title: 'webinar on growth' } });
      const inAddress = anActivity(tenant.id, {
        attributes: { url: 'https://x.example/webinar' },
        occurredAt: NOW + 1,
      });
      await write(tenant, [inTitle, inAddress]);
      assert.deepEqual(await find(tenant, 'webinar', { sort: 'RELEVANCE' }), [inTitle.id, inAddress.id]);
    });

    test('personal data is neither found, highlighted, counted nor guessed by prefix without the right to it', async () => {
      const tenant = newTenant();
      const form = anActivity(tenant.id, {
        type: 'Fill Out Form',
        attributes: {
          email: 'secret',
          formName: 'Contact',
          note: 'write to quux@hidden.example',
          plan: 'gold',
        },
        context: { ip: '192.0.2.77', traits: { nick: 'zorro' }, page: { title: 'Imprint' } },
      });
      await write(tenant, [form]);
      for (const word of ['secret', 'quux', 'hidden', 'zorro', '192.0.2.77', 'zor*']) {
        assert.deepEqual(await find(tenant, word, { pii: true }), [form.id], word);
        assert.deepEqual(await find(tenant, word, { pii: false }), [], word);
      }
      const request: Request = {
        ...everything,
        query: parseTextQuery('imprint OR secret OR quux'),
        highlight: true,
      };
      const open = await search.searchActivities(tenant, { ...request, pii: false }, signal);
      assert.deepEqual(open.hits[0]?.highlights, [
        { field: 'context.page.title', fragments: ['<em>Imprint</em>'] },
      ]);
      const facets = ['note', 'plan'].map((attribute) => ({
        name: attribute,
        field: { kind: 'attribute', name: attribute } as const,
        limit: 5,
      }));
      const counted = await search.searchActivities(tenant, { ...everything, facets, pii: false }, signal);
      assert.deepEqual(counted.facets, [
        { name: 'note', values: [] },
        { name: 'plan', values: [{ value: 'gold', count: 1 }] },
      ]);
      const guess: ActivityFilter = { op: 'attribute', name: 'note', test: 'prefix', value: 'write to q' };
      assert.deepEqual(await find(tenant, null, { filter: guess, pii: false }), []);
      assert.deepEqual(await find(tenant, null, { filter: guess, pii: true }), [form.id]);
    });

    test('personal data does not move a hit for who may not search it', async () => {
      const tenant = newTenant();
      const twice = anActivity(tenant.id, {
        type: 'Fill Out Form',
        attributes: { formName: 'growth', email: 'growth growth growth' },
      });
      const once = anActivity(tenant.id, {
        type: 'Fill Out Form',
        attributes: { formName: 'growth', email: 'other words here' },
      });
      await write(tenant, [twice, once]);
      const page = await search.searchActivities(
        tenant,
        { ...everything, query: parseTextQuery('growth'), sort: 'RELEVANCE', pii: false },
        signal,
      );
      assert.equal(page.hits[0]?.score, page.hits[1]?.score);
    });

    test('highlights name the field and are safe to show as HTML', async () => {
      const tenant = newTenant();
      await write(tenant, [
        anActivity(tenant.id, { attributes: { title: '<img src=x onerror=alert(1)> "Größe" & more' } }),
      ]);
      const page = await search.searchActivities(
        tenant,
        { ...everything, query: parseTextQuery('grosse OR größe OR grö* -absent'), highlight: true },
        signal,
      );
      assert.deepEqual(page.hits[0]?.highlights, [
        {
          field: 'attributes.title',
          fragments: ['&lt;img src=x onerror=alert(1)&gt; &quot;<em>Größe</em>&quot; &amp; more'],
        },
      ]);
    });

    test('highlights come in the same order, in whatever order a sender said things', async () => {
      const tenant = newTenant();
      const attributes = { title: 'x word', zone: 'word', a: { y: 'word', b: 'word' }, page: 'word' };
      const context = { page: { url: 'https://word.example/', title: 'word' }, app: 'word' };
      await write(tenant, [
        anActivity(tenant.id, { attributes, context }),
        anActivity(tenant.id, { attributes: reversed(attributes), context: reversed(context) }),
      ]);
      const page = await search.searchActivities(
        tenant,
        { ...everything, query: parseTextQuery('word'), highlight: true },
        signal,
      );
      for (const { highlights } of page.hits)
        assert.deepEqual(
          highlights.map(({ field }) => field),
          [
            'attributes.a.b',
            'attributes.a.y',
            'attributes.page',
            'attributes.title',
            'attributes.zone',
            'context.app',
            'context.page.title',
            'context.page.url',
          ],
        );
      assert.equal(page.hits.length, 2);
    });

    test('many matches: ranked first, the rest by time, every one once, also while more come in', async () => {
      const tenant = newTenant();
      const many = Array.from({ length: 5_400 }, (_, index) =>
        anActivity(tenant.id, {
          occurredAt: NOW - index * 1_000,
          attributes: { title: index % 3 === 0 ? 'common common' : 'a common word' },
        }),
      );
      await write(tenant, many);
      const query = parseTextQuery('common');
      let late = 0;
      const hits = await allHits(search, tenant, { ...everything, query, sort: 'RELEVANCE' }, async () => {
        await write(tenant, [
          anActivity(tenant.id, { occurredAt: NOW + DAY + late++, attributes: { title: 'common' } }),
        ]);
      });
      const seen = idsOf(hits);
      assert.equal(new Set(seen).size, seen.length, 'no hit twice');
      const known = new Set(seen);
      assert.ok(
        many.every(({ id }) => known.has(id)),
        'no hit left out',
      );
      const rest = hits.filter(({ score }) => score === 0);
      assert.deepEqual(
        idsOf(rest),
        many.slice(5_000).map(({ id }) => id),
        'what is not ranked',
      );
      assert.deepEqual(rest, hits.slice(-rest.length), 'comes last');
      const bounded = await search.searchActivities(
        tenant,
        { ...everything, query, first: 0, total: 'exact' },
        signal,
      );
      assert.deepEqual(bounded.total, { value: many.length + late, exact: true });
    });

    test('a position that no page gave is refused, not passed on', async () => {
      const tenant = newTenant();
      for (const sort of ['RELEVANCE', 'NEWEST', 'OLDEST'] as const)
        for (const after of [
          [],
          ['x'],
          [1, 2],
          [Number.POSITIVE_INFINITY, 'A'.repeat(22)],
          [NOW, "'; DROP TABLE leads; --"],
          [null, null, null, null, null],
        ])
          await assert.rejects(
            search.searchActivities(
              tenant,
              { ...everything, query: parseTextQuery('a'), sort, after },
              signal,
            ),
            (error) =>
              error instanceof DomainError && error.code === 'BAD_USER_INPUT' && error.field === 'after',
            JSON.stringify([sort, after]),
          );
    });
  });
}
