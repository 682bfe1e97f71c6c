import { createRandom, type Random } from '../../../src/demo/random.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { activity, type Cast, DAY, type Item } from './items.ts';

/** A type of the tenants' own, with an attribute of every kind. */
export const RATING_TYPE = {
  name: 'Rate Product',
  description: 'A person rated a product, and perhaps bought it.',
  conversion: true,
  attributes: [
    { name: 'product', dataType: 'STRING', description: 'What was rated', required: true },
    { name: 'stars', dataType: 'INTEGER', description: 'One to five' },
    { name: 'price', dataType: 'NUMBER', description: 'What it cost' },
    { name: 'gift', dataType: 'BOOLEAN', description: 'Whether it was a gift' },
    { name: 'boughtAt', dataType: 'DATETIME', description: 'When it was bought' },
    { name: 'page', dataType: 'URL', description: 'Where it is sold' },
    { name: 'comment', dataType: 'STRING', description: 'In their own words', pii: true },
    { name: 'revenue', dataType: 'NUMBER', description: 'What we earned' },
    { name: 'currency', dataType: 'STRING', description: 'In which currency' },
  ],
} as const;
/** Another, without anything special. */
export const STORE_TYPE = {
  name: 'Visit Store',
  description: 'A person came into a shop.',
  attributes: [{ name: 'city', dataType: 'STRING', description: 'Where the shop is' }],
} as const;

const PRODUCTS = [
  'Kettle',
  'Teapot',
  'Straße',
  'Ａｍｐ',
  '湯呑み',
  'Café crème',
  "O'Neill's",
  'ﬁnal \\ cut',
  'x',
];
/** Numbers that are easily written in several ways, or rounded. */
const PRICES = [
  0,
  1,
  1.5,
  0.1,
  19.99,
  1e-7,
  -3.25,
  1e21,
  123_456_789.123,
  0.30000000000000004,
  5e-324,
  2 ** 53 - 1,
];
/** What was earned, of all magnitudes. */
const EARNED = [0.01, 19.99, 1_234.565, -5.5, 1e9, 1e10, 999_999_999_999.99, 1e12, 0.000_000_5];
const CITIES = ['Köln', 'Zürich', 'İstanbul', 'ΑΘΉΝΑ', '東京', 'Łódź', 'São Paulo', '서울'];
const COMMENTS = [
  'Lovely kettle, would buy again',
  'Broke after a week!! write me: me@example.com',
  'とても良い商品でした',
  'naïve façade — coöperate',
  '',
];
const EVENTS = [
  'Video Played',
  'Coupon Applied',
  'Search Performed',
  'Ｐｌａｙ ▶ 再生',
  'Überprüft',
  'بحث عن منتج',
];
/** As SDKs without a schema send it: several types under one name, nested, with control characters. */
const VALUES: readonly Json[] = [
  1,
  '1',
  true,
  'true',
  null,
  1.5,
  '',
  'ünïcode ✓',
  'tab\tand\u0001\u0002control',
  -7,
];

/** Events of the tenants' own kinds, from people and devices of the demo's history. */
export function* events({ seed, activities, endsAt }: Cast): Generator<Item> {
  const random = createRandom(seed * 7_919 + 1);
  const crowd = Math.max(20, Math.round(activities / 37));
  const count = Math.max(120, Math.round(activities * 0.06));
  for (let index = 0; index < count; index += 1) {
    const who = { externalId: `user-${random.between(1, crowd + 1)}` };
    // A year back, most of it lately.
    const occurredAt = endsAt - 1 - Math.floor(random.next() ** 3 * 420 * DAY);
    const base = { ...who, occurredAt, messageId: `${seed}-event-${index}` };
    const kind = random.next();
    if (kind < 0.35)
      yield activity({ ...base, type: RATING_TYPE.name, attributes: rating(random, occurredAt) });
    else if (kind < 0.5)
      yield activity({
        ...base,
        type: STORE_TYPE.name,
        channel: random.pick(['Retail', 'web', 'pop-up shop']),
        attributes: random.chance(0.1) ? {} : { city: random.pick(CITIES) },
        context: { location: { country: random.pick(['de', 'JP', 'TR', 'xxx']) } },
      });
    else
      yield activity(
        {
          ...base,
          ...(random.chance(0.2) && { externalId: null, anonymousId: `web-${random.between(0, crowd)}` }),
          type: 'Track Event',
          attributes: { event: random.pick(EVENTS), ...properties(random) },
          context: context(random),
        },
        'segment',
      );
  }
}

function rating(random: Random, occurredAt: number): JsonObject {
  const product = random.pick(PRODUCTS);
  return {
    product,
    ...(random.chance(0.9) && { stars: random.between(1, 6) }),
    ...(random.chance(0.8) && { price: random.pick(PRICES) }),
    ...(random.chance(0.5) && { gift: random.chance(0.3) }),
    ...(random.chance(0.3) && { boughtAt: new Date(occurredAt - DAY).toISOString() }),
    ...(random.chance(0.4) && { page: `https://shop.example/p/${encodeURIComponent(product)}` }),
    ...(random.chance(0.3) && { comment: random.pick(COMMENTS) }),
    ...(random.chance(0.25) && {
      revenue: random.pick(EARNED),
      currency: random.pick(['EUR', 'usd', 'JPY']),
    }),
  };
}

const properties = (random: Random): JsonObject => ({
  value: random.pick(VALUES),
  ...(random.chance(0.3) && { tags: [random.pick(['a', 'b', 'ß']), random.between(0, 3)] }),
  ...(random.chance(0.3) && {
    nested: { deep: { label: random.pick(['Left', 'Right']), n: random.between(0, 5) } },
  }),
  ...(random.chance(0.2) && { 'weird "name" ☂': random.pick(['yes', 'no']) }),
  ...(random.chance(0.1) && { contact: 'someone@example.com' }),
  ...(random.chance(0.05) && { story: 'Once upon a time there was a fox. '.repeat(random.between(1, 40)) }),
});

const context = (random: Random): JsonObject => ({
  ...(random.chance(0.5) && { ip: `198.51.100.${random.between(0, 255)}` }),
  ...(random.chance(0.5) && {
    page: { title: random.pick(['Home', 'Haus & Garten', '検索']), url: 'https://www.example.com/?q=fox' },
  }),
  ...(random.chance(0.3) && { device: { type: random.pick(['ios', 'android', 'toaster']) } }),
  ...(random.chance(0.2) && {
    campaign: { name: random.pick(['search-ads', 'Affiliate Ü']), source: 'ads' },
  }),
  ...(random.chance(0.05) && { isBot: true }),
});

/** What the door refuses, each with a reason of its own. */
export function* refused({ seed, endsAt }: Cast): Generator<Item> {
  const at = new Date(endsAt - DAY).toISOString();
  const base = { externalId: 'refused', type: 'Visit Webpage', occurredAt: at };
  const inputs: JsonObject[] = [
    { ...base, messageId: `${seed}-bad-type`, type: 'No Such Type' },
    { ...base, messageId: `${seed}-bad-time`, occurredAt: 'yesterday' },
    { ...base, messageId: `${seed}-bad-past`, occurredAt: '1999-12-31T23:59:59Z' },
    { ...base, messageId: `${seed}-bad-attribute`, attributes: { colour: 'red' } },
    {
      ...base,
      messageId: `${seed}-bad-value`,
      type: RATING_TYPE.name,
      attributes: { product: 'x', stars: 1.5 },
    },
    { ...base, messageId: `${seed}-bad-missing`, type: RATING_TYPE.name, attributes: { stars: 1 } },
    { messageId: `${seed}-bad-who`, type: 'Visit Webpage', occurredAt: at },
    { ...base, messageId: '' },
    { ...base, messageId: `${seed}-bad-channel`, channel: '/' },
  ];
  for (const input of inputs) yield { kind: 'bad', input, dialect: 'graphql' };
  const events: Json[] = [
    'no event',
    { type: 'track', event: 'Nobody', messageId: `${seed}-bad-segment-who`, timestamp: at },
    { type: 'dance', userId: 'refused', messageId: `${seed}-bad-segment-type`, timestamp: at },
    {
      type: 'track',
      event: 'X',
      userId: 'refused',
      messageId: `${seed}-bad-segment-time`,
      timestamp: 'noon',
    },
    { type: 'alias', userId: 'refused', timestamp: at },
  ];
  for (const input of events) yield { kind: 'bad', input, dialect: 'segment' };
}
