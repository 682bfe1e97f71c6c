import fc from 'fast-check';
import type { Activity } from '../../src/domain/activity.ts';
import { DEPTH_KEY } from '../../src/domain/campaigns/decision.ts';
import type { SmartCampaign, Trigger } from '../../src/domain/campaigns/model.ts';
import type { ActivityFilter, Range } from '../../src/domain/filter.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { leadKey } from '../../src/domain/lead.ts';
import { anActivity, NOW } from './activities.ts';
import { aDefinition } from './campaigns.ts';
import { unkeyed } from './id-space.ts';

/** Values and names that languages read differently: halves of characters, numbers at the ends, names of JavaScript. */
const TEXTS = ['', '1', 'a', 'ab', 'é', '漢', '😀', '\ud83d', 'a\ud800b', '\u2028', '"\\\n\u0000', 'true'];
const NUMBERS = [
  0,
  1,
  -1,
  0.1,
  0.1 + 0.2,
  1e21,
  2 ** 53,
  2 ** 53 + 2,
  5e-324,
  1.7976931348623157e308,
  123456789012,
];
const NAMES = ['n', 'ab', '', '__proto__', 'constructor', 'hasOwnProperty', '😀', 'a.b'];
const TYPES = ['Visit Webpage', 'Fill Out Form', 'Öwn "Type"'];
const PEOPLE = ['one', 'two'];
/** Times close to one another, so that bounds of versions and ranges are met exactly. */
const time = fc.integer({ min: NOW, max: NOW + 8 });
const text = fc.constantFrom(...TEXTS);
const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.double({ noNaN: true, noDefaultInfinity: true }));
const scalar = fc.oneof(text, number, fc.boolean());
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });

const value = fc.oneof(scalar, fc.constant(null), fc.constant([1]), fc.constant({ n: 1 }));
/** By `fromEntries`, which makes an own property of `__proto__` too. */
const attributes = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 6 })
  .map((entries): JsonObject => Object.fromEntries(entries));
const context = fc
  .option(fc.constantFrom<Json>(0, 1, 9, 10, 11, 9.5, -1, 1e300, '3', null, true, [9]), { freq: 3 })
  .map((depth): JsonObject => (depth === null ? { ip: '::1' } : { page: {}, [DEPTH_KEY]: depth }));

/** An activity of a tenant, as JSON gives it back. */
export const campaignActivity = (tenantId: string): fc.Arbitrary<Activity> =>
  fc
    .record({
      externalId: fc.constantFrom(...PEOPLE),
      messageId: fc.oneof(fc.uuid(), text),
      type: fc.constantFrom(...TYPES),
      occurredAt: time,
      receivedAt: time,
      campaign: orNull(fc.record({ id: text, name: orNull(text) })),
      assetId: orNull(text),
      channel: text,
      source: fc.constantFrom(...(['graphql', 'graphql', 'segment', 'segment', 'import', 'demo'] as const)),
      country: orNull(fc.constantFrom('DE', 'US')),
      device: orNull(text),
      isBot: fc.boolean(),
      attributes,
      context,
    })
    .map((overrides) => JSON.parse(JSON.stringify(anActivity(tenantId, overrides))) as Activity);

const range = (bound: fc.Arbitrary<number>): fc.Arbitrary<Range<number>> =>
  fc.record({ gt: bound, gte: bound, lt: bound, lte: bound }, { requiredKeys: [] });

const keyword = fc.oneof(
  fc.record({ field: fc.constant('type' as const), values: fc.subarray(TYPES) }),
  fc.record({
    field: fc.constantFrom('campaignId' as const, 'assetId' as const, 'channel' as const, 'device' as const),
    values: fc.subarray(TEXTS),
  }),
  fc.record({ field: fc.constant('country' as const), values: fc.subarray(['DE', 'FR', '']) }),
  fc.record({ field: fc.constant('source' as const), values: fc.subarray(['graphql', 'import']) }),
  fc.record({ field: fc.constant('messageId' as const), values: fc.subarray(TEXTS) }),
);

const attributeTest = fc.oneof(
  fc.record({ test: fc.constant('in' as const), values: fc.array(scalar, { maxLength: 5 }) }),
  fc.record({ test: fc.constant('range' as const), range: range(number) }),
  fc.record({ test: fc.constant('exists' as const), value: fc.boolean() }),
  fc.record({ test: fc.constant('prefix' as const), value: text }),
);

/** A condition on activities of a tenant. */
const filter = (tenantId: string): fc.Arbitrary<ActivityFilter> => {
  const keys = PEOPLE.map((externalId) => leadKey(unkeyed(tenantId), { kind: 'known', externalId }));
  return fc.letrec<{ any: ActivityFilter }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'campaign filter' },
      keyword.map((leaf) => ({ op: 'in' as const, ...leaf })),
      fc.subarray(keys).map((values) => ({ op: 'in' as const, field: 'leadKey' as const, values })),
      fc.record({ op: fc.constant('isBot' as const), value: fc.boolean() }),
      fc.record({
        op: fc.constant('time' as const),
        field: fc.constantFrom('occurredAt' as const, 'receivedAt' as const),
        range: range(time),
      }),
      fc
        .tuple(fc.constantFrom(...NAMES), attributeTest)
        .map(([name, test]): ActivityFilter => ({ op: 'attribute', name, ...test })),
      fc.record({
        op: fc.constantFrom('and' as const, 'or' as const),
        filters: fc.array(tie('any'), { maxLength: 3 }),
      }),
      fc.record({ op: fc.constant('not' as const), filter: tie('any') }),
    ),
  })).any;
};

const trigger = (tenantId: string): fc.Arbitrary<Trigger> =>
  fc.record({
    type: fc.constantFrom(...TYPES),
    filter: orNull(filter(tenantId)),
    includeBots: fc.boolean(),
  });

/** A campaign whose versions follow one another, with gaps or without; the last may be in force for good. */
export const smartCampaign = (tenantId: string): fc.Arbitrary<SmartCampaign> =>
  fc
    .record({
      id: fc.constantFrom('a', 'b', 'B', 'ä', '😀', '\uffee', 'a b'),
      times: fc.uniqueArray(time, { minLength: 2, maxLength: 6 }),
      triggers: fc.array(fc.array(trigger(tenantId), { maxLength: 3 }), { minLength: 3, maxLength: 3 }),
      isOpen: fc.boolean(),
      hasGaps: fc.boolean(),
      revision: fc.integer({ min: 1, max: 9 }),
    })
    .map(({ id, times, triggers, isOpen, hasGaps, revision }) => {
      const bounds = times.toSorted((a, b) => a - b);
      const spans = bounds
        .slice(0, -1)
        .map((from, index) => [from, bounds[index + 1] ?? from] as const)
        .filter((_, index) => !hasGaps || index % 2 === 0)
        .slice(0, triggers.length);
      return {
        id,
        name: id,
        description: '',
        draft: aDefinition({ triggers: [] }),
        versions: spans.map(([validFrom, validTo], index) => ({
          version: index + 1,
          definition: aDefinition({ triggers: triggers[index] ?? [] }),
          validFrom,
          validTo: isOpen && index === spans.length - 1 ? null : validTo,
        })),
        createdAt: NOW,
        updatedAt: NOW,
        revision,
      };
    });
