import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ActivitySearch, SearchRequest } from '../../../src/datasources/activity-search/port.ts';
import { standardType } from '../../../src/domain/activity-types.ts';
import { MASK } from '../../../src/domain/email/text.ts';
import type { ActivityFilter } from '../../../src/domain/filter.ts';
import { DomainError } from '../../../src/lib/errors.ts';
import { createFeed } from '../../../src/services/activities/feed.ts';
import { createActivities } from '../../../src/services/activities/service.ts';
import { anActivity, DAY, NOW } from '../../support/activities.ts';
import { viewerOf } from '../../support/viewers.ts';

const { signal } = new AbortController();
const reader = viewerOf('acts', 'activities:read');
const all = viewerOf('acts', 'activities:read', 'leads:pii');
const types = { get: async (_tenant: unknown, name: string) => standardType(name) };
const visit = anActivity('acts', {
  messageId: 'of ann@x.example',
  assetId: 'page of ann@x.example',
  attributes: { title: 'Prices', secret: 'Ann' },
  context: { page: { title: 'Prices' }, user: { name: 'Ann' } },
});

describe('activities', () => {
  const activities = createActivities(
    {
      activities: async (_tenant, ids) => ids.map((id) => (id === visit.id ? visit : null)),
      timelines: async (_tenant, requests) =>
        requests.map(({ leadKey, details }) => {
          const { attributes, context, ...summary } = visit;
          return { leadKey, hasNextPage: true, activities: [details ? visit : summary] };
        }),
    },
    types,
  );

  test('mask texts, attributes and context for their viewer', async () => {
    const [open] = await activities.byIds(all, [visit.id], signal);
    const [masked, absent] = await activities.byIds(reader, [visit.id, 'no such'], signal);
    assert.equal(absent, null);
    assert.deepEqual([open?.messageId, open?.assetId], [visit.messageId, visit.assetId]);
    assert.deepEqual([await open?.attributes(), open?.context()], [visit.attributes, visit.context]);
    assert.deepEqual([masked?.messageId, masked?.assetId], [`of ${MASK}`, `page of ${MASK}`]);
    assert.deepEqual(await masked?.attributes(), { title: 'Prices', secret: MASK });
    assert.equal(JSON.stringify(masked?.context()).includes('Ann'), false);
  });

  test('end the work on attributes with the error of their caller', async () => {
    const [shown] = await activities.byIds(reader, [visit.id], signal);
    const error = new Error('too much already');
    await assert.rejects(
      async () =>
        shown?.attributes(() => {
          throw error;
        }),
      (caught) => caught === error,
    );
  });

  test('have an error in the place of a timeline whose question is wrong', async () => {
    const leadKey = visit.leadKey;
    const [wrong, right, foreign] = await activities.timelines(
      reader,
      [
        { leadKey, first: 0, details: false },
        { leadKey, first: 1, details: false },
        { leadKey, after: 'of another query', details: false },
      ],
      signal,
    );
    assert.ok(wrong instanceof DomainError && foreign instanceof DomainError);
    assert.deepEqual([wrong.code, wrong.field, foreign.field], ['BAD_USER_INPUT', 'first', 'after']);
    assert.ok(right && !(right instanceof DomainError));
    assert.deepEqual([right.leadKey, right.items[0]?.id], [leadKey, visit.id]);
    assert.throws(() => right.items[0]?.context(), /without its context/);
    const [item] = right.items;
    assert.ok(item);
    const question = { leadKey, after: right.cursorOf(item), details: false };
    const [next] = await activities.timelines(reader, [question], signal);
    assert.ok(!(next instanceof DomainError));
    const [ofOther] = await activities.timelines(viewerOf('other', 'activities:read'), [question], signal);
    assert.ok(ofOther instanceof DomainError && ofOther.field === 'after');
  });
});

describe('the feed of activities', () => {
  const asked: SearchRequest<ActivityFilter, string>[] = [];
  const search = {
    searchActivities: async (_tenant: unknown, request: SearchRequest<ActivityFilter, string>) => {
      asked.push(request);
      return { hits: [{ id: visit.id, position: [1] }], hasNextPage: false, total: null, facets: [] };
    },
  } as unknown as ActivitySearch;
  let until: number | undefined = NOW;
  const feed = createFeed({
    store: { activities: async () => [visit] },
    search,
    types,
    searchableUntil: async () => until,
  });
  const question = (token: string) => ({
    token,
    anyOf: [{ types: ['Visit Webpage'] }],
    leadKeys: null,
    assetIds: null,
    size: 10,
  });

  test('searches personal data with leads:pii alone, and goes on behind its page', async () => {
    const page = await feed.next(reader, question(feed.start(reader, NOW - DAY)), signal);
    assert.deepEqual([page?.activities.length, page?.hasMore, asked.at(-1)?.pii], [1, false, false]);
    await feed.next(all, question(feed.start(all, NOW - DAY)), signal);
    assert.equal(asked.at(-1)?.pii, true);
    const before = asked.length;
    const next = await feed.next(reader, question(page?.token ?? ''), signal);
    assert.deepEqual([next?.activities, next?.hasMore, asked.length], [[], false, before]);
  });

  test('waits while the newest activities are being repaired', async () => {
    until = undefined;
    assert.equal(await feed.next(reader, question(feed.start(reader, NOW)), signal), undefined);
    until = NOW;
  });

  test('refuses tokens of others, and values that hold an address', async () => {
    const other = feed.start(viewerOf('other', 'activities:read'), NOW - DAY);
    for (const token of [other, 'x', ''])
      await assert.rejects(feed.next(reader, question(token), signal), {
        code: 'BAD_USER_INPUT',
        field: 'token',
      });
    const personal = { ...question(feed.start(reader, 0)), assetIds: ['a', 'ann@x.example'] };
    await assert.rejects(feed.next(reader, personal, signal), { code: 'FORBIDDEN', field: 'assetIds[1]' });
    assert.ok(await feed.next(all, { ...personal, token: feed.start(all, 0) }, signal));
  });
});
