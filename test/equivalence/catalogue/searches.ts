import { RATING_TYPE, STORE_TYPE } from '../history/events.ts';
import { EDGE_CAMPAIGN, ODD_CAMPAIGN } from '../history/mail.ts';
import { DEVICES, PEOPLE } from '../history/people.ts';
import { ACTIVITY, type Entry, entry, type Names, NO_PII } from './entry.ts';

const PAGE = 'pageInfo { hasNextPage hasPreviousPage endCursor }';
const documentOf = (selection: string) =>
  `query ($query: String, $filter: ActivityFilter, $facets: [FacetInput!], $sort: ActivitySort, $first: Int, $after: String) {
    searchActivities(query: $query, filter: $filter, facets: $facets, sort: $sort, first: $first, after: $after) { ${selection} } }`;
/** All that is said of a page: hits with scores and highlights, the total both ways. */
const FULL = documentOf(`edges { score highlights { field fragments } node { ${ACTIVITY} } } ${PAGE}
  atLeast: total { value relation } exactly: total(exact: true) { value relation }`);
const IDS = documentOf(`edges { score node { id } } ${PAGE}`);
const FACETS = documentOf(
  'facets { name values { value count campaign { name } } otherCount missingCount } exactly: total(exact: true) { value relation }',
);

type Variables = Readonly<Record<string, unknown>>;
type Options = Parameters<typeof entry>[3];

const full = (name: string, variables: Variables, options: Options = {}) =>
  entry(`search: ${name}`, FULL, { first: 30, ...variables }, options);
const paged = (name: string, variables: Variables, options: Options = {}) =>
  entry(
    `search, to the end: ${name}`,
    IDS,
    { first: 200, ...variables },
    { pages: ['searchActivities'], ...options },
  );
const facets = (name: string, variables: Variables, options: Options = {}) =>
  entry(`facets: ${name}`, FACETS, { first: 1, ...variables }, options);

/** Activities by words and conditions, ranked, counted, highlighted, paged. */
export const searchEntries = (names: Names): Entry[] => [
  ...words(),
  ...conditions(names),
  ...attributes(),
  ...pages(names),
  ...counts(names),
];

function words(): Entry[] {
  return [
    full('a word', { query: 'kettle', sort: 'NEWEST' }),
    full('a word, best first', { query: 'kettle' }),
    full('two words, best first', { query: 'webinar invitation' }, { tenant: 'middling' }),
    full('a phrase', { query: '"contact sales"', sort: 'NEWEST' }),
    full(
      'a phrase that never stands side by side',
      { query: '"sales contact"', sort: 'NEWEST' },
      { isEmpty: true },
    ),
    full('one or the other', { query: 'teapot OR (broke week)', sort: 'OLDEST' }),
    full('one or the other, best first', { query: 'teapot OR straße OR "café crème"' }),
    full('one without the other', { query: 'spring -3 -order', sort: 'NEWEST' }),
    full('the beginning of a word', { query: 'kett* OR teap*', sort: 'NEWEST' }),
    full('the beginning of a word, best first', { query: 'webin*' }, { tenant: 'tiny' }),
    full('nested', { query: '(kettle OR (teapot -gift)) -"would buy"', sort: 'NEWEST' }),
    full('a script without spaces', { query: '大セール' }),
    full('one character of such', { query: '再', sort: 'NEWEST' }),
    full('letters with marks, and without', { query: 'uberpruft OR FACADE OR lodz', sort: 'NEWEST' }),
    full('letters in wide forms and ligatures', { query: 'amp OR final', sort: 'NEWEST' }),
    full('Greek that ends a word', { query: 'αθήνα', sort: 'OLDEST' }),
    full('right to left', { query: 'بحث', sort: 'NEWEST' }),
    full('Turkish and German', { query: 'istanbul OR strasse OR STRASSE', sort: 'NEWEST' }),
    full('quotes and markup in what is found', { query: 'quote more', sort: 'NEWEST' }),
    full('long texts, in parts', { query: '"brown" OR fox upon', sort: 'NEWEST' }),
    full('personal data', { query: 'lovely OR "me example com"', sort: 'NEWEST' }),
    full(
      'personal data, without the right to it',
      { query: 'lovely OR "me example com"', sort: 'NEWEST' },
      { scopes: NO_PII, isEmpty: true },
    ),
    full(
      'words beside personal data, without the right to it',
      { query: 'kettle OR ünïcode', sort: 'NEWEST' },
      { scopes: NO_PII },
    ),
    full('circumstances', { query: '"haus garten" -spring', sort: 'NEWEST' }),
    full('signs alone: nothing', { query: '--- !', sort: 'NEWEST', first: 10 }, { isEmpty: true }),
    full('nothing of a kind: all but', { query: '-visit -email', sort: 'OLDEST' }),
    full('control characters', { query: 'tab control', sort: 'NEWEST' }),
    full(
      'what was sent again with another body',
      { query: '"not this event" OR "not this one"', sort: 'NEWEST' },
      { isEmpty: true },
    ),
  ];
}

function conditions({ at, ago, leadId, campaignId, seedOf }: Names): Entry[] {
  const ana = leadId('colossus', { externalId: PEOPLE.ana });
  return [
    full('by type', { filter: { type: { in: [RATING_TYPE.name, STORE_TYPE.name] } }, sort: 'OLDEST' }),
    full('by campaign', { filter: { campaignId: { eq: campaignId(ODD_CAMPAIGN.id) } } }),
    full('of no campaign but these', {
      filter: { campaignId: { ne: campaignId('newsletter') }, type: { eq: 'Open Email' } },
    }),
    full('by person, with all identities', { filter: { leadId: { eq: ana } } }),
    full('by a device of the person', {
      filter: { leadId: { in: [leadId('colossus', { anonymousId: DEVICES.anaPhone })] } },
    }),
    full('of anybody but the person', { filter: { leadId: { ne: ana }, occurredAt: { gte: at(1) } } }),
    full('by asset, channel, source, country, device', {
      filter: {
        or: [
          { assetId: { eq: 'アセット' } },
          { and: [{ channel: { eq: 'retail' } }, { country: { eq: 'JP' } }] },
          { source: { eq: 'segment' }, device: { eq: 'tablet' }, channel: { ne: 'web' } },
        ],
      },
    }),
    full('where there is no country', {
      filter: { not: { country: { in: ['DE', 'US', 'GB', 'FR'] } }, channel: { eq: 'pop-up shop' } },
    }),
    full('by message', {
      filter: {
        messageId: { in: [`${seedOf('colossus')}-burst-7`, `${seedOf('colossus')} 山田 "1"`, 'none'] },
      },
    }),
    full('robots alone', {
      filter: { isBot: true, campaignId: { in: [campaignId(EDGE_CAMPAIGN.id)] } },
      sort: 'OLDEST',
    }),
    full('between two moments', {
      filter: {
        occurredAt: { gte: at(33), lt: new Date(ago(33) + 1).toISOString() },
        type: { eq: 'Click Link' },
      },
    }),
    full(
      'after and until a moment',
      { filter: { occurredAt: { gt: at(33), lte: at(32) } }, sort: 'OLDEST' },
      { tenant: 'tiny' },
    ),
    full('by when it arrived: everything', {
      filter: { receivedAt: { gt: '2020-01-01T00:00:00Z' } },
      first: 10,
    }),
    full(
      'by when it arrived: nothing',
      { filter: { receivedAt: { lt: '2020-01-01T00:00:00Z' } } },
      { isEmpty: true },
    ),
    full('not either of two', {
      filter: {
        not: { or: [{ channel: { eq: 'web' } }, { channel: { eq: 'email' } }, { isBot: true }] },
        occurredAt: { gte: at(5) },
      },
    }),
    full('words and conditions', {
      query: 'spring OR launch',
      filter: { type: { ne: 'Send Email' }, country: { in: ['DE', 'FR'] }, not: { isBot: true } },
      sort: 'NEWEST',
    }),
    full(
      'what the caller may not ask',
      { filter: { attribute: { name: 'comment', exists: true } } },
      { scopes: NO_PII, isEmpty: true },
    ),
    full('what nobody may ask', { filter: { or: [] } }, { isEmpty: true }),
  ];
}

function attributes(): Entry[] {
  const on = (name: string, test: Variables) => ({ filter: { attribute: { name, ...test } } });
  return [
    full('an attribute that is text', on('product', { eq: 'Straße' })),
    full('an attribute of several', on('product', { in: ['湯呑み', "O'Neill's", 'ﬁnal \\ cut'] })),
    full('an attribute that is the number 1', on('value', { eq: 1 })),
    full('an attribute that is the text 1', on('value', { eq: '1' })),
    full('an attribute that is true', on('value', { eq: true })),
    full('an attribute that is an empty text', on('value', { eq: '' })),
    full('an attribute with control characters', on('value', { eq: 'tab\tand\u0001\u0002control' })),
    full('an attribute above a bound', on('price', { gt: 19.99 })),
    full('an attribute between bounds, one of them belongs', on('price', { gte: 1e-7, lt: 1.5 })),
    full('an attribute at most nothing', on('price', { lte: 0 })),
    full('an attribute at most five, of several kinds', on('value', { lte: 5, gte: -7 })),
    full('an attribute that is there', on('contact', { exists: true })),
    full('an attribute that is not', {
      filter: { attribute: { name: 'city', exists: false }, type: { eq: STORE_TYPE.name } },
    }),
    full('an attribute with an odd name', on('weird "name" ☂', { startsWith: 'ye' })),
    full('an attribute that begins so', on('subject', { startsWith: 'Été: −50 %' })),
    full('an attribute that begins in the other case', on('subject', { startsWith: 'été' }), {
      isEmpty: true,
    }),
    full('an attribute that is personal', on('comment', { startsWith: 'Broke' })),
    full('an attribute that is not one of some', {
      filter: { not: { attribute: { name: 'stars', in: [1, 2, 3, 4] } }, type: { eq: RATING_TYPE.name } },
    }),
    full('an attribute of the smallest number', on('price', { eq: 5e-324 })),
    full('an attribute of the largest whole number', on('price', { in: [2 ** 53 - 1, 1e21] })),
  ];
}

function pages({ at, leadId, campaignId }: Names): Entry[] {
  const edge = { campaignId: { eq: campaignId(EDGE_CAMPAIGN.id) } };
  return [
    paged('newest first, of a small tenant', { sort: 'NEWEST' }, { tenant: 'tiny' }),
    paged('oldest first, in pages of 37', { sort: 'OLDEST', first: 37, filter: edge }),
    paged('many of one moment, in pages of 11', {
      first: 11,
      filter: { leadId: { eq: leadId('colossus', { externalId: PEOPLE.burst }) } },
    }),
    paged('a word, newest first', { query: 'offer OR edge', sort: 'NEWEST' }),
    paged('a word, best first', { query: 'teapot', first: 50 }),
    paged('several words, best first, in pages of 13', {
      query: 'email (bounced OR opened OR "edge b")',
      filter: edge,
      first: 13,
    }),
    paged(
      'one without the other, best first',
      { query: 'webinar -invitation* OR survey', first: 100 },
      { tenant: 'tiny' },
    ),
    paged('a common word, best first', { query: 'visit', first: 200 }, { tenant: 'middling' }),
    paged('a common word, newest first', { query: 'pricing', sort: 'NEWEST' }, { tenant: 'middling' }),
    paged('the longest timeline', {
      filter: { leadId: { eq: leadId('colossus', { externalId: PEOPLE.hub }) } },
    }),
    paged(
      'a week',
      { sort: 'OLDEST', filter: { occurredAt: { gte: at(27), lt: at(20) } } },
      { tenant: 'middling' },
    ),
    paged('by attribute', { filter: { attribute: { name: 'stars', gte: 4 } }, first: 150 }),
    paged('without personal data', { query: 'kettle OR teapot', sort: 'NEWEST' }, { scopes: NO_PII }),
  ];
}

const field = (name: string, limit = 100) => ({ field: name, limit });

function counts({ at, campaignId }: Names): Entry[] {
  const everyField = ['TYPE', 'CAMPAIGN', 'ASSET', 'CHANNEL', 'SOURCE', 'COUNTRY', 'DEVICE'].map((name) =>
    field(name),
  );
  return [
    ...(['colossus', 'middling', 'tiny'] as const).map((tenant) =>
      facets(`every field, of ${tenant}`, { facets: everyField }, { tenant }),
    ),
    facets('every field, over words', { query: 'spring OR kettle OR webinar', facets: everyField }),
    facets('every field, over conditions', {
      facets: everyField,
      filter: { occurredAt: { gte: at(40) }, isBot: false, not: { channel: { eq: 'email' } } },
    }),
    facets('the three most, by name', {
      facets: [field('TYPE', 3), { ...field('COUNTRY', 3), name: 'where' }],
    }),
    facets('months, weeks, days and hours', {
      facets: [
        { time: 'MONTH', limit: 100 },
        { time: 'WEEK', limit: 60, name: 'weeks' },
        { time: 'DAY', limit: 30, name: 'days' },
        { time: 'HOUR', limit: 48, name: 'hours' },
        { time: 'QUARTER', limit: 10, name: 'quarters', timeZone: 'Asia/Kolkata' },
        { time: 'WEEK', limit: 60, name: 'weeks of Berlin', timeZone: 'Europe/Berlin', weekStart: 'SUNDAY' },
      ],
      filter: { occurredAt: { lt: at(0) } },
    }),
    facets('attributes of every kind', {
      facets: [
        'product',
        'stars',
        'price',
        'gift',
        'value',
        'city',
        'boughtAt',
        'weird "name" ☂',
        'nested',
        'tags',
      ].map((attribute) => ({
        attribute,
        limit: 60,
      })),
    }),
    facets('attributes of which there are very many', {
      facets: [
        { attribute: 'title' },
        { attribute: 'url', limit: 25 },
        { attribute: 'orderId', limit: 25 },
        { attribute: 'link' },
      ],
    }),
    facets(
      'attributes, without personal data',
      {
        facets: [{ attribute: 'contact' }, { attribute: 'product' }],
      },
      { scopes: NO_PII, isEmpty: true },
    ),
    facets('of a campaign, over an attribute', {
      filter: { campaignId: { in: [campaignId('spring-sale'), campaignId('webinar')] } },
      facets: [{ attribute: 'subject', limit: 20 }, field('ASSET'), { time: 'DAY', limit: 50 }],
    }),
    entry(
      'totals: more than ten thousand, at least and exactly',
      `{ everything: searchActivities(first: 1) { atLeast: total { value relation } exactly: total(exact: true) { value relation } }
        words: searchActivities(first: 1, query: "visit", sort: NEWEST) { atLeast: total { value relation } exactly: total(exact: true) { value relation } } }`,
    ),
  ];
}
