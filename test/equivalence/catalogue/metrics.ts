import { RATING_TYPE, STORE_TYPE } from '../history/events.ts';
import { EDGE_CAMPAIGN, ODD_CAMPAIGN } from '../history/mail.ts';
import { type Entry, entry, type Names } from './entry.ts';

const METRICS = `query ($query: MetricsInput!) { metrics(query: $query) { from to totalRows uniquesExact uniquesRelativeError
  rows { time dimensions { name value campaign { externalId name } } values { measure value text currency byCurrency { currency value text } previous change } } warnings { code message } } }`;

const COUNTS = ['ACTIVITIES', 'VISITS', 'CONVERSIONS', 'REVENUE'];
const UNIQUES = ['UNIQUE_LEADS', 'UNIQUE_VISITORS', 'UNIQUE_CONVERTERS', 'CONVERSION_RATE'];
const SENDS = [
  'SENT',
  'DELIVERED',
  'HARD_BOUNCED',
  'SOFT_BOUNCED',
  'PENDING',
  'ABORTED',
  'OPENED',
  'CLICKED',
  'UNSUBSCRIBED',
  'MARKED_AS_SPAM',
];
const UNIQUE_SENDS = SENDS.map((measure) => `UNIQUE_${measure}`);
const RATES = [
  'DELIVERY_RATE',
  'BOUNCE_RATE',
  'OPEN_RATE',
  'CLICK_RATE',
  'CLICK_TO_OPEN_RATE',
  'UNSUBSCRIBE_RATE',
];

type Query = Readonly<Record<string, unknown>>;

/** Figures: every measure, dimension, grain and kind of condition. */
export function metricsEntries(names: Names): Entry[] {
  const { at, ago } = names;
  const year = { from: at(450), to: at(0) };
  const quarter = { from: at(95), to: at(0) };
  const week = { from: at(7), to: at(0) };
  const cut = { from: new Date(ago(41) + 1_234_567).toISOString(), to: new Date(ago(3) - 7).toISOString() };
  const ask = (name: string, query: Query, options: Parameters<typeof entry>[3] = {}) =>
    entry(`metrics: ${name}`, METRICS, { query }, options);
  /** Two days before the end: some e-mails are pending then. */
  const asOf = { asOf: at(2) };
  const field = (...fields: string[]) => ({ dimensions: fields.map((name) => ({ field: name })) });
  const attribute = (name: string) => ({ dimensions: [{ attribute: name }] });
  return [
    ask('counts of everything', { measures: COUNTS, ...year, includeBots: true }),
    ask('counts without robots', { measures: COUNTS, ...year }),
    ask('unique persons', { measures: [...COUNTS, ...UNIQUES], ...year, includeBots: true }),
    ask('unique persons of a smaller tenant', { measures: UNIQUES, ...year }, { tenant: 'middling' }),
    ask('unique persons of a week, by day', { measures: ['ACTIVITIES', ...UNIQUES], ...week, grain: 'DAY' }),
    ask('unique persons by month', { measures: ['ACTIVITIES', ...UNIQUES], ...year, grain: 'MONTH' }),
    ask('unique persons by channel', {
      measures: ['ACTIVITIES', ...UNIQUES],
      ...quarter,
      ...field('CHANNEL'),
    }),
    ask('unique persons of a period that cuts hours', {
      measures: ['ACTIVITIES', ...UNIQUES],
      ...cut,
      ...field('COUNTRY'),
    }),
    ask('by month', { measures: COUNTS, ...year, grain: 'MONTH' }),
    ask('by week, with empty ones', { measures: COUNTS, ...year, grain: 'WEEK' }, { tenant: 'tiny' }),
    ask('by day', { measures: COUNTS, ...quarter, grain: 'DAY' }),
    ask('by hour of three days', { measures: COUNTS, from: at(20), to: at(17), grain: 'HOUR' }),
    ask('by day, of a period that cuts hours', { measures: COUNTS, ...cut, grain: 'DAY' }),
    ...['CAMPAIGN', 'ASSET', 'CHANNEL', 'TYPE', 'COUNTRY', 'DEVICE', 'SOURCE'].map((name) =>
      ask(`by ${name.toLowerCase()}`, { measures: COUNTS, ...year, ...field(name), includeBots: true }),
    ),
    ...[
      ['Europe/Berlin', 'DAY'],
      ['America/New_York', 'WEEK'],
      ['Asia/Kolkata', 'MONTH'],
      ['Australia/Lord_Howe', 'DAY'],
      ['America/Santiago', 'QUARTER'],
      ['Pacific/Apia', 'YEAR'],
    ].map(([timeZone, grain]) =>
      ask(`by ${grain?.toLowerCase()} of ${timeZone}`, {
        measures: [...COUNTS, 'UNIQUE_LEADS', 'SENT', 'OPENED'],
        ...quarter,
        timeZone,
        grain,
        weekStart: 'SUNDAY',
        compare: 'PREVIOUS_PERIOD',
      }),
    ),
    ask('by hour of Kathmandu', {
      measures: COUNTS,
      from: at(20),
      to: at(17),
      grain: 'HOUR',
      timeZone: 'Asia/Kathmandu',
    }),
    ask('revenue by currency and month', {
      measures: ['REVENUE', 'CONVERSIONS', 'UNIQUE_CONVERTERS'],
      ...year,
      ...field('CURRENCY'),
      grain: 'MONTH',
    }),
    ask('revenue by currency of a period that cuts hours', {
      measures: ['REVENUE'],
      ...cut,
      ...field('TYPE', 'CURRENCY'),
    }),
    ask('revenue in one currency, by day', {
      measures: ['REVENUE'],
      ...quarter,
      grain: 'DAY',
      filter: [{ field: 'CURRENCY', in: ['USD'] }],
      compare: 'PREVIOUS_PERIOD',
    }),
    ask('revenue of all currencies but one, and of none', {
      measures: ['REVENUE', 'ACTIVITIES'],
      ...year,
      ...field('CURRENCY', 'COUNTRY'),
      filter: [{ field: 'CURRENCY', notIn: ['EUR'] }],
    }),
    ask('by four dimensions, the most of them', {
      measures: ['ACTIVITIES', 'REVENUE'],
      ...quarter,
      ...field('TYPE', 'COUNTRY', 'DEVICE', 'SOURCE'),
      limit: 200,
    }),
    ask('by type and day, in an order of its own', {
      measures: COUNTS,
      ...week,
      ...field('TYPE'),
      grain: 'DAY',
      order: [{ dimension: 0, direction: 'ASC' }, { direction: 'DESC' }],
    }),
    ask('by campaign and asset, with few of them, least first', {
      measures: ['REVENUE', 'CONVERSIONS'],
      ...year,
      ...field('CAMPAIGN', 'ASSET'),
      having: [{ measure: 'CONVERSIONS', gte: 1, lt: 10_000 }],
      order: [{ measure: 'REVENUE', direction: 'ASC' }],
      limit: 25,
    }),
    ask('what has no campaign', {
      measures: COUNTS,
      ...year,
      ...field('TYPE'),
      filter: [{ field: 'CAMPAIGN', in: [null] }],
    }),
    ask('all but some, of some countries', {
      measures: COUNTS,
      ...year,
      ...field('CHANNEL', 'COUNTRY'),
      filter: [
        { field: 'CHANNEL', notIn: ['email', null] },
        { field: 'COUNTRY', in: ['DE', 'JP', 'TR', null] },
      ],
    }),
    ask('of a campaign full of traps', {
      measures: COUNTS,
      ...year,
      grain: 'MONTH',
      ...field('ASSET'),
      filter: [{ field: 'CAMPAIGN', in: [ODD_CAMPAIGN.id] }],
    }),
    ask(
      'of nothing',
      { measures: COUNTS, ...year, ...field('TYPE'), filter: [{ field: 'TYPE', in: ['No Such Type'] }] },
      { isEmpty: true },
    ),
    ...attributeEntries(ask, attribute, { year, week, cut }),
    ask('compared with the month before', {
      measures: [...COUNTS, 'SENT'],
      from: at(30),
      to: at(0),
      ...field('CAMPAIGN'),
      compare: 'PREVIOUS_PERIOD',
    }),
    ask('by day, compared with the week before', {
      measures: COUNTS,
      ...week,
      grain: 'DAY',
      compare: 'PREVIOUS_PERIOD',
    }),
    ask('by month, compared with the year before', {
      measures: COUNTS,
      from: at(120),
      to: at(0),
      grain: 'MONTH',
      compare: 'PREVIOUS_YEAR',
    }),
    ask('by week, compared with the year before', {
      measures: ['ACTIVITIES'],
      from: at(56),
      to: at(0),
      grain: 'WEEK',
      compare: 'PREVIOUS_YEAR',
    }),
    ask('all figures of e-mail', { measures: [...SENDS, ...RATES], ...year, ...asOf }),
    ask('persons of e-mail', { measures: UNIQUE_SENDS, ...year, ...asOf, opens: 'ALL' }),
    ask('e-mail by campaign', { measures: [...SENDS, ...RATES], ...year, ...asOf, ...field('CAMPAIGN') }),
    ask('persons of e-mail by campaign and asset', {
      measures: UNIQUE_SENDS,
      ...year,
      ...asOf,
      ...field('CAMPAIGN', 'ASSET'),
      opens: 'PEOPLE_ONLY',
    }),
    ask('e-mail by asset and month', {
      measures: SENDS,
      ...year,
      ...asOf,
      ...field('ASSET'),
      grain: 'MONTH',
    }),
    ask('e-mail of assets, and of none', {
      measures: [...SENDS, 'OPEN_RATE'],
      ...year,
      ...asOf,
      ...field('CAMPAIGN', 'ASSET'),
      filter: [{ field: 'ASSET', in: ['edge-a', 'edge-c', 'アセット', null] }],
    }),
    ask('e-mail of all assets but one, by day', {
      measures: SENDS,
      ...quarter,
      ...asOf,
      grain: 'DAY',
      filter: [
        { field: 'ASSET', notIn: ['edge-a'] },
        { field: 'CAMPAIGN', in: [EDGE_CAMPAIGN.id] },
      ],
    }),
    ask('e-mail of a period that cuts hours', { measures: SENDS, ...cut, ...asOf, ...field('CAMPAIGN') }),
    ask('e-mail by campaign with few opens, best first', {
      measures: ['OPEN_RATE', 'SENT'],
      ...year,
      ...field('CAMPAIGN'),
      having: [
        { measure: 'SENT', gt: 3 },
        { measure: 'OPEN_RATE', lte: 0.5 },
      ],
      order: [{ measure: 'OPEN_RATE' }, { measure: 'SENT' }],
      limit: 5,
    }),
    ask(
      'activities and e-mail side by side',
      {
        measures: ['ACTIVITIES', 'SENT', 'CLICKED', 'REVENUE', 'UNIQUE_OPENED'],
        ...quarter,
        ...field('CAMPAIGN'),
        grain: 'WEEK',
      },
      { tenant: 'middling' },
    ),
    ask(
      'attributes of e-mail, which there are none',
      { measures: ['SENT'], ...year, ...attribute('subject') },
      { isEmpty: true },
    ),
    entry(
      'metrics: up to now',
      'query ($query: MetricsInput!) { metrics(query: $query) { totalRows rows { time values { measure value } value(measure: ACTIVITIES) } } }',
      { query: { measures: ['ACTIVITIES', 'SENT'], from: at(20) } },
      { tenant: 'middling' },
    ),
  ];
}

function attributeEntries(
  ask: (name: string, query: Query) => Entry,
  attribute: (name: string) => Query,
  { year, week, cut }: Readonly<Record<'year' | 'week' | 'cut', Query>>,
): Entry[] {
  const rating = { filter: [{ field: 'TYPE', in: [RATING_TYPE.name] }] };
  return [
    ask('by an attribute that is text', { measures: COUNTS, ...year, ...attribute('product'), ...rating }),
    ask('by an attribute that is a whole number, with persons', {
      measures: ['ACTIVITIES', 'REVENUE', 'UNIQUE_LEADS'],
      ...year,
      ...attribute('stars'),
      ...rating,
    }),
    ask('by an attribute that is any number', {
      measures: COUNTS,
      ...year,
      ...attribute('price'),
      ...rating,
    }),
    ask('by an attribute that is true or false', { measures: COUNTS, ...year, ...attribute('gift') }),
    ask('by an attribute of several kinds', { measures: ['ACTIVITIES'], ...year, ...attribute('value') }),
    ask('by an attribute that is a list', { measures: ['ACTIVITIES'], ...year, ...attribute('tags') }),
    ask('by an attribute that is an object', { measures: ['ACTIVITIES'], ...year, ...attribute('nested') }),
    ask('by an attribute with an odd name, by month', {
      measures: ['ACTIVITIES'],
      ...year,
      ...attribute('weird "name" ☂'),
      grain: 'MONTH',
    }),
    ask('of values of an attribute', {
      measures: COUNTS,
      ...year,
      dimensions: [{ field: 'TYPE' }, { attribute: 'city' }],
      filter: [{ attribute: 'city', in: ['Köln', '東京', 'ΑΘΉΝΑ'] }],
    }),
    ask('of all but some values of an attribute, and those without', {
      measures: ['ACTIVITIES', 'UNIQUE_LEADS'],
      ...year,
      ...attribute('city'),
      filter: [
        { attribute: 'city', notIn: ['Köln'] },
        { field: 'TYPE', in: [STORE_TYPE.name] },
      ],
    }),
    ask('of numbers said as text', {
      measures: ['ACTIVITIES'],
      ...year,
      ...attribute('price'),
      filter: [
        { attribute: 'price', in: ['1', '0.1', '1000000000000000000000', '0.0000001', null] },
        ...rating.filter,
      ],
    }),
    ask('by page title, of a week', {
      measures: ['ACTIVITIES', 'UNIQUE_VISITORS'],
      ...week,
      ...attribute('title'),
    }),
    ask('by subject, of a period that cuts hours', {
      measures: ['ACTIVITIES'],
      ...cut,
      ...attribute('subject'),
    }),
  ];
}
