import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type {
  ActivityMetrics,
  AggregatePlan,
  AggregateRow,
  SendCount,
} from '../../src/datasources/activity-metrics/port.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { EMAIL_TYPES } from '../../src/domain/activity-types.ts';
import { AGENT_KINDS } from '../../src/domain/agent-kind.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import {
  type Buckets,
  bucketsOf,
  type Calendar,
  type Grain,
  UTC_CALENDAR,
} from '../../src/domain/time/buckets.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { type ActivityOverrides, anActivity, DAY, HOUR, NOW } from '../support/activities.ts';
import { recount, sortRows } from '../support/recount.ts';

export type MetricsFixture = {
  readonly metrics: ActivityMetrics;
  /** Activities of one tenant as they come: repeats and all. */
  ingest(tenant: Tenant, activities: readonly Activity[]): Promise<void>;
  close(): Promise<void>;
};

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`metrics-${process.pid}-${tenants++}`);

const COUNTS: readonly SendCount[] = [
  'sent',
  'delivered',
  'hardBounced',
  'softBounced',
  'pending',
  'aborted',
  'opened',
  'clicked',
  'unsubscribed',
  'markedAsSpam',
];
const GRAINS = ['HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const;
const PERIOD = { from: NOW - 40 * DAY, to: NOW + 2 * HOUR, maxGroups: 10_000 } as const;
const ACTIVITY_MEASURES = ['activities', 'visits', 'conversions', 'revenueMicros'] as const;

const parts = (grain: Grain, calendar: Calendar = UTC_CALENDAR) =>
  bucketsOf(PERIOD.from, PERIOD.to, grain, calendar);
const berlin = { timeZone: 'Europe/Berlin', weekStart: 'SUNDAY' } as const;
/** None, and each grain, in UTC and in zones with whole hours, half hours and quarters of an hour. */
const PARTS: readonly (Buckets | null)[] = [
  null,
  ...GRAINS.map((grain) => parts(grain)),
  ...(['DAY', 'WEEK', 'QUARTER'] as const).map((grain) => parts(grain, berlin)),
  parts('HOUR', { timeZone: 'Asia/Kolkata', weekStart: 'MONDAY' }),
  parts('DAY', { timeZone: 'Australia/Lord_Howe', weekStart: 'MONDAY' }),
  parts('WEEK', { timeZone: 'Asia/Kathmandu', weekStart: 'SATURDAY' }),
];

/** Plans over what matters: both data sets, every grain, dimension, kind of filter and choice of what counts. */
const PLANS: readonly AggregatePlan[] = [
  ...PARTS.flatMap((buckets): AggregatePlan[] => [
    {
      dataset: 'activities',
      measures: ACTIVITY_MEASURES,
      dimensions: ['campaign'],
      filters: [],
      buckets,
      includeBots: buckets?.grain === 'DAY',
      ...PERIOD,
    },
    {
      dataset: 'sends',
      measures: COUNTS,
      dimensions: ['campaign', 'asset'],
      filters: [],
      buckets,
      opens:
        buckets?.grain === 'DAY' ? 'ALL' : buckets?.grain === 'WEEK' ? 'PEOPLE_ONLY' : 'WITHOUT_SCANNERS',
      asOf: NOW - (buckets?.grain === 'MONTH' ? 12 * DAY : 0),
      ...PERIOD,
    },
  ]),
  {
    dataset: 'activities',
    measures: [...ACTIVITY_MEASURES, 'uniqueLeads', 'uniqueVisitors', 'uniqueConverters'],
    dimensions: ['channel', 'country'],
    filters: [],
    buckets: parts('WEEK'),
    includeBots: true,
    ...PERIOD,
  },
  {
    dataset: 'activities',
    measures: ['activities'],
    dimensions: ['type', 'device', 'source'],
    filters: [{ dimension: 'country', values: ['DE', null], negate: false }],
    buckets: null,
    includeBots: true,
    ...PERIOD,
  },
  {
    dataset: 'activities',
    measures: ['revenueMicros', 'conversions'],
    dimensions: ['currency', 'utcDay'],
    filters: [{ dimension: 'currency', values: ['JPY', 'USD', null], negate: false }],
    buckets: parts('MONTH', { timeZone: 'Asia/Kathmandu', weekStart: 'MONDAY' }),
    includeBots: true,
    ...PERIOD,
  },
  {
    dataset: 'activities',
    measures: ['revenueMicros', 'uniqueConverters'],
    dimensions: ['currency', 'country'],
    filters: [{ dimension: 'currency', values: ['EUR'], negate: true }],
    buckets: null,
    includeBots: true,
    ...PERIOD,
    from: NOW - 30 * DAY + 17,
  },
  {
    dataset: 'activities',
    measures: ['activities', 'uniqueLeads'],
    dimensions: [{ attribute: 'link' }],
    filters: [{ dimension: { attribute: 'link' }, values: [null], negate: true }],
    buckets: null,
    includeBots: true,
    ...PERIOD,
  },
  {
    dataset: 'activities',
    measures: ['activities'],
    dimensions: [],
    filters: [{ dimension: 'campaign', values: ['c1', null], negate: true }],
    buckets: bucketsOf(NOW - 3 * DAY + 17, NOW - 5, 'DAY', UTC_CALENDAR),
    includeBots: false,
    ...PERIOD,
    from: NOW - 3 * DAY + 17,
    to: NOW - 5,
  },
  {
    dataset: 'sends',
    measures: COUNTS.map((name) => `unique${name.charAt(0).toUpperCase()}${name.slice(1)}` as 'uniqueSent'),
    dimensions: [],
    filters: [{ dimension: 'campaign', values: ['c1', null], negate: false }],
    buckets: parts('DAY'),
    opens: 'WITHOUT_SCANNERS',
    asOf: NOW - 5 * DAY,
    ...PERIOD,
  },
  {
    dataset: 'sends',
    measures: ['sent', 'uniqueSent', 'uniqueOpened', 'clicked'],
    dimensions: ['campaign'],
    filters: [{ dimension: 'asset', values: ['a1', null], negate: true }],
    buckets: null,
    opens: 'PEOPLE_ONLY',
    asOf: NOW,
    ...PERIOD,
  },
];

/** Zones near a change of their clocks: whole and half hours, at midnight, across midnight, a day left out. */
const CLOCK_CHANGES = [
  ['Europe/Berlin', '2026-10-25T12:00:00Z'],
  ['America/New_York', '2026-03-08T12:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T12:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T12:00:00Z'],
  ['Asia/Kolkata', '2026-06-10T12:00:00Z'],
  ['Pacific/Apia', '2011-12-30T12:00:00Z'],
  ['America/Santiago', '2026-04-05T12:00:00Z'],
  ['America/Santiago', '2026-09-06T12:00:00Z'],
  ['Asia/Beirut', '2026-03-29T12:00:00Z'],
  ['America/St_Johns', '2010-11-07T12:00:00Z'],
  ['America/Caracas', '2016-05-01T12:00:00Z'],
] as const;

/** Amounts of all magnitudes, also such as the door refuses today: what is stored of them counts as 0. */
const amount = fc
  .tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: -8, max: 308 }))
  .map(([digits, magnitude]) => digits * 10 ** magnitude)
  .filter((value) => Number.isFinite(value));

const drawnActivity = fc
  .record({
    type: fc.constantFrom(
      ...Object.values(EMAIL_TYPES),
      'Visit Webpage',
      'Complete Order',
      'Fill Out Form',
      'Track Event',
    ),
    person: fc.integer({ min: 0, max: 4 }),
    campaign: fc.constantFrom('c1', 'c2', null),
    asset: fc.constantFrom('a1', 'a2', null),
    minutesAgo: fc.integer({ min: 0, max: 35 * 24 * 60 }),
    link: fc.constantFrom('https://example.com/', 'https://example.com/unsubscribe?u=1', undefined),
    revenue: fc.oneof(fc.constantFrom(undefined, 1, 0.1, 19.99, 0.000_000_4, -5.5), amount),
    currency: fc.constantFrom(undefined, 'EUR', 'jpy', 'gold', 'Usd'),
    isBot: fc.boolean(),
    agentKind: fc.constantFrom(...AGENT_KINDS, null),
    mailing: fc.constantFrom('a2', 'm1', undefined),
    country: fc.constantFrom('DE', 'US', null),
    device: fc.constantFrom('mobile', null),
    message: fc.integer({ min: 0, max: 60 }),
  })
  .map(
    (value): ActivityOverrides => ({
      type: value.type,
      messageId: `m-${value.message}`,
      externalId: `person-${value.person}`,
      occurredAt: NOW - value.minutesAgo * 60_000,
      campaign: value.campaign === null ? null : { id: value.campaign, name: null },
      assetId: value.asset,
      isBot: value.isBot,
      agentKind: value.agentKind,
      country: value.country,
      device: value.device,
      channel: value.type.includes('Email') ? 'email' : 'web',
      attributes: {
        ...(value.link && { link: value.link }),
        ...(value.mailing && { mailingId: value.mailing }),
        ...(value.revenue !== undefined && { revenue: value.revenue }),
        ...(value.currency !== undefined && { currency: value.currency }),
      },
    }),
  );

/** All as expected, but unique persons of activities only within the stated error. */
function assertNear(
  rows: readonly AggregateRow[],
  expected: readonly AggregateRow[],
  plan: AggregatePlan,
  relativeError: number,
): void {
  const keys = (all: readonly AggregateRow[]) => all.map((row) => ({ bucket: row.bucket, keys: row.keys }));
  assert.deepEqual(keys(rows), keys(expected), JSON.stringify(plan));
  for (const [index, row] of rows.entries())
    for (const [place, measure] of plan.measures.entries()) {
      const [actual, right] = [row, expected[index]].map((one) =>
        Number(one?.values[place] ?? Number.NaN),
      ) as [number, number];
      const isEstimate = plan.dataset === 'activities' && measure.startsWith('unique');
      const allowed = isEstimate ? relativeError * right : 0;
      assert.ok(
        Math.abs(actual - right) <= allowed,
        `${measure}: ${actual}, not ${right}: ${JSON.stringify(plan)}`,
      );
    }
}

/** What every adapter of the metrics store must keep. */
export function activityMetricsContract(name: string, open: () => Promise<MetricsFixture>): void {
  describe(`activity metrics: ${name}`, () => {
    let fixture: MetricsFixture;
    before(async () => {
      fixture = await open();
    });
    after(() => fixture.close());

    test('every figure equals a plain recount, however events are ordered, repeated and batched', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(drawnActivity, { minLength: 1, maxLength: 60 }),
          fc.integer({ min: 1, max: 20 }),
          async (drawn, size) => {
            const [tenant, other] = [newTenant(), newTenant()];
            const mine = drawn.map((overrides) => anActivity(tenant.id, overrides));
            const theirs = mine.map(() =>
              anActivity(other.id, {
                occurredAt: NOW,
                campaign: { id: 'c1', name: null },
                type: 'Send Email',
              }),
            );
            for (let start = 0; start < mine.length; start += size) {
              await fixture.ingest(tenant, mine.slice(start, start + size));
              await fixture.ingest(other, theirs.slice(start, start + size));
            }
            // The first of a messageId is the one that counts.
            const firsts = [
              ...new Map(mine.toReversed().map((activity) => [activity.messageId, activity])).values(),
            ];
            for (const plan of PLANS) {
              const { rows, uniques } = await fixture.metrics.aggregate(tenant, plan, signal);
              const expected = recount(firsts, plan);
              if (uniques.exact) assert.deepEqual(sortRows(rows), expected, JSON.stringify(plan));
              else assertNear(sortRows(rows), expected, plan, uniques.relativeError);
            }
          },
        ),
        { numRuns: 25 },
      );
    });

    test('parts of a period follow the clocks of a zone, through every change of them', async () => {
      for (const [timeZone, date] of CLOCK_CHANGES) {
        const tenant = newTenant();
        const noon = Date.parse(date);
        const [from, to] = [noon - 3 * DAY, noon + 3 * DAY];
        const activities = Array.from({ length: 6 * 24 * 4 }, (_, quarter) =>
          anActivity(tenant.id, {
            messageId: `m${quarter}`,
            type: quarter % 3 === 0 ? 'Send Email' : 'Visit Webpage',
            externalId: `p${quarter}`,
            campaign: { id: 'c', name: null },
            occurredAt: from + (quarter * HOUR) / 4 + 1,
          }),
        );
        await fixture.ingest(tenant, activities);
        const shared = {
          dimensions: [],
          filters: [],
          includeBots: true,
          opens: 'ALL',
          asOf: to,
          from,
          to,
          maxGroups: 10_000,
        } as const;
        for (const grain of GRAINS) {
          const buckets = bucketsOf(from, to, grain, { timeZone, weekStart: 'WEDNESDAY' });
          const plans: readonly AggregatePlan[] = [
            { dataset: 'activities', measures: ['activities'], buckets, ...shared },
            { dataset: 'activities', measures: ['uniqueLeads'], buckets, ...shared },
            { dataset: 'sends', measures: ['sent'], buckets, ...shared },
          ];
          for (const plan of plans) {
            const { rows } = await fixture.metrics.aggregate(tenant, plan, signal);
            assert.deepEqual(
              sortRows(rows),
              recount(activities, plan),
              `${timeZone} ${grain} ${plan.dataset}`,
            );
          }
        }
      }
    });

    test('more groups than allowed are refused, never cut off', async () => {
      const tenant = newTenant();
      await fixture.ingest(
        tenant,
        Array.from({ length: 5 }, (_, n) => anActivity(tenant.id, { campaign: { id: `c${n}`, name: null } })),
      );
      const plan: AggregatePlan = {
        dataset: 'activities',
        measures: ['activities'],
        dimensions: ['campaign'],
        filters: [],
        buckets: null,
        includeBots: true,
        ...PERIOD,
        maxGroups: 4,
      };
      await assert.rejects(
        fixture.metrics.aggregate(tenant, plan, signal),
        (error) => error instanceof DomainError && error.code === 'BAD_USER_INPUT',
      );
      assert.equal(
        (await fixture.metrics.aggregate(tenant, { ...plan, maxGroups: 5 }, signal)).rows.length,
        5,
      );
    });

    test('names of attributes and values are data, whatever they look like', async () => {
      const tenant = newTenant();
      const nasty = `x'); DROP TABLE activities; -- "\\`;
      await fixture.ingest(tenant, [anActivity(tenant.id, { attributes: { [nasty]: nasty } })]);
      const plan: AggregatePlan = {
        dataset: 'activities',
        measures: ['activities'],
        dimensions: [{ attribute: nasty }],
        filters: [{ dimension: { attribute: nasty }, values: [nasty], negate: false }],
        buckets: null,
        includeBots: true,
        ...PERIOD,
      };
      assert.deepEqual((await fixture.metrics.aggregate(tenant, plan, signal)).rows, [
        { bucket: null, keys: [nasty], values: [1] },
      ]);
    });
  });
}
