import fc from 'fast-check';
import type { Activity } from '../../src/domain/activity.ts';
import type { ActivityFilter, Range } from '../../src/domain/filter.ts';
import { leadKey } from '../../src/domain/lead.ts';
import { type TextQuery, tokenize } from '../../src/domain/text/text-query.ts';
import { anActivity, DAY, NOW } from '../support/activities.ts';
import { unkeyed } from '../support/id-space.ts';

/** Few words, so that documents and queries meet; some stand for the traps: accents, prefixes, quotes, scripts. */
const WORDS = [
  'alpha',
  'alphabet',
  'beta',
  'Ünïcøde',
  "o'neil",
  'back\\slash',
  '漢字',
  'x',
  '42',
  'e-mail',
  'jane@example.com',
  'ΟΔΟΣ',
  'दिन',
  'ข้าว',
  'கோவில்',
];
const TOKENS = [...new Set(WORDS.flatMap(tokenize)), 'absent', 'visit', 'web'];

const words = fc.array(fc.constantFrom(...WORDS), { maxLength: 5 }).map((list) => list.join(' '));
const word = fc.constantFrom(...WORDS);

/** A tenant's own type with a personal attribute. */
export const CUSTOM_TYPE = {
  name: 'Own Type',
  category: 'CUSTOM',
  description: 'For tests.',
  conversion: false,
  attributes: [{ name: 'secret', dataType: 'STRING', description: 'Personal.', required: false, pii: true }],
} as const;

const attributes = fc.record(
  {
    title: words,
    label: fc.oneof(word, fc.constant('1')),
    n: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(1.5, 0.1, 1e-7, 1e21, '1', true, null)),
    secret: words,
    email: words,
    nested: fc.record({ list: fc.array(word, { maxLength: 3 }), [`"q'uote"`]: word }),
  },
  { requiredKeys: [] },
);

const context = fc.record(
  {
    page: fc.record({ title: words, url: words }),
    ip: word,
    traits: fc.record({ name: words }),
    userAgent: words,
  },
  { requiredKeys: [] },
);

const lead = fc.constantFrom({ externalId: 'lead-0' }, { externalId: 'lead-1' }, { anonymousId: 'device' });
const CHANNELS = ['web', 'email', "o'channel"];

export const activity = (tenantId: string): fc.Arbitrary<Activity> =>
  fc
    .record({
      lead,
      type: fc.constantFrom('Visit Webpage', 'Fill Out Form', 'Own Type'),
      occurredAt: fc.integer({ min: NOW - 40 * DAY, max: NOW }),
      receivedAt: fc.integer({ min: NOW, max: NOW + 5 }),
      campaign: fc.option(
        fc.record({ id: fc.constantFrom('c1', 'c2', 'Spring-24'), name: fc.option(words) }),
      ),
      assetId: fc.option(fc.constantFrom('asset-1', 'asset-2')),
      channel: fc.constantFrom(...CHANNELS),
      country: fc.option(fc.constantFrom('DE', 'US')),
      isBot: fc.boolean(),
      attributes,
      context,
    })
    .map(({ lead: identity, ...rest }) => anActivity(tenantId, { ...identity, ...rest }));

const token = fc.constantFrom(...TOKENS);
/** Any query, also ones that no text of the query language gives. */
export const { textQuery } = fc.letrec<{ textQuery: TextQuery }>((tie) => ({
  textQuery: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'query' },
    fc.record({ op: fc.constant('word' as const), token }),
    fc.record({ op: fc.constant('prefix' as const), token: token.map((text) => text.slice(0, 3)) }),
    fc.record({
      op: fc.constant('phrase' as const),
      tokens: fc.array(token, { minLength: 2, maxLength: 3 }),
    }),
    fc.record({
      op: fc.constantFrom('and' as const, 'or' as const),
      parts: fc.array(tie('textQuery'), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ op: fc.constant('not' as const), part: tie('textQuery') }),
  ),
}));

const bounds = (value: fc.Arbitrary<number>): fc.Arbitrary<Range<number>> =>
  fc.oneof(
    value.map((gt) => ({ gt })),
    value.map((lte) => ({ lte })),
    fc.tuple(value, value).map(([gte, lt]) => ({ gte, lt })),
  );
const attributeName = fc.constantFrom('title', 'label', 'n', 'nothing', `"q'uote"`);
const scalar = fc.oneof(word, fc.integer({ min: -3, max: 3 }), fc.constantFrom(1.5, 0.1, '1', true, false));

export const filter = (tenantId: string): fc.Arbitrary<ActivityFilter> => {
  const keys = [
    leadKey(unkeyed(tenantId), { kind: 'known', externalId: 'lead-0' }),
    leadKey(unkeyed(tenantId), { kind: 'anonymous', anonymousId: 'device' }),
    leadKey(unkeyed(tenantId), { kind: 'known', externalId: 'nobody' }),
  ];
  const keyword = (field: Extract<ActivityFilter, { op: 'in' }>['field'], values: readonly string[]) =>
    fc.record({
      op: fc.constant('in' as const),
      field: fc.constant(field),
      values: fc.subarray([...values], { minLength: 1 }),
    });
  const attribute = { op: fc.constant('attribute' as const), name: attributeName };
  const { any } = fc.letrec<{ any: ActivityFilter }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'filter' },
      keyword('type', ['Visit Webpage', 'Own Type', 'none']),
      keyword('campaignId', ['c1', 'Spring-24', '']),
      keyword('channel', CHANNELS),
      keyword('country', ['DE', 'FR']),
      keyword('leadKey', keys),
      fc.record({ op: fc.constant('isBot' as const), value: fc.boolean() }),
      fc.record({
        op: fc.constant('time' as const),
        field: fc.constantFrom('occurredAt' as const, 'receivedAt' as const),
        range: bounds(fc.integer({ min: NOW - 40 * DAY, max: NOW + 5 })),
      }),
      fc.record({
        ...attribute,
        test: fc.constant('in' as const),
        values: fc.array(scalar, { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        ...attribute,
        test: fc.constant('range' as const),
        range: bounds(fc.integer({ min: -3, max: 3 })),
      }),
      fc.record({ ...attribute, test: fc.constant('exists' as const), value: fc.boolean() }),
      fc.record({
        ...attribute,
        test: fc.constant('prefix' as const),
        value: fc.constantFrom('a', 'alpha', 'b', '%', "o'"),
      }),
      fc.record({
        op: fc.constantFrom('and' as const, 'or' as const),
        filters: fc.array(tie('any'), { maxLength: 3 }),
      }),
      fc.record({ op: fc.constant('not' as const), filter: tie('any') }),
    ),
  }));
  return any;
};
