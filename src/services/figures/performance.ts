import { DEFAULT_OPENS, type Opens } from '../../domain/agent-kind.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { type Grain, UTC_CALENDAR } from '../../domain/time/buckets.ts';
import { boundedList, type Optional } from '../../lib/bounds.ts';
import { type CalendarQuestion, calendarOf } from '../calendar.ts';
import type { Measure } from './model.ts';
import type { PeriodQuestion, Periods } from './period.ts';
import type { MetricsQuestion } from './plan.ts';
import {
  type Money,
  NO_REVENUE,
  type Revenue,
  type RevenueWarning,
  shownMoney,
  unitsOf,
  warningsOf,
} from './revenue.ts';
import { type MetricsRow, type ReadRows, startsOf } from './rows.ts';

/** A question about e-mails. */
export type EmailQuestion = PeriodQuestion & {
  /** Null: of all. */
  readonly campaignIds?: Optional<readonly string[]>;
  readonly opens?: Optional<Opens>;
};
/** A question about each of some campaigns. */
export type PerformanceQuestion = PeriodQuestion &
  CalendarQuestion & {
    readonly grain?: Optional<Grain>;
    readonly includeBots?: Optional<boolean>;
    readonly opens?: Optional<Opens>;
  };

type EmailFigures = ReturnType<typeof emailFigures>;
type CampaignPoint = {
  readonly email: EmailFigures;
  readonly visits: number;
  readonly conversions: number;
  readonly revenue: number | null;
  readonly revenueText: string | null;
  readonly currency: string | null;
  readonly revenueByCurrency: Money[];
  readonly activities: number;
};
export type CampaignFigures = CampaignPoint & {
  readonly from: number;
  readonly to: number;
  readonly asOf: number;
  readonly warnings: RevenueWarning[];
  /** By time; empty without a grain. */
  readonly series: (CampaignPoint & { readonly time: number })[];
};
export type EmailReport = {
  readonly from: number;
  readonly to: number;
  readonly asOf: number;
  readonly total: EmailFigures;
  readonly campaigns: readonly { readonly campaignId: string; readonly performance: EmailFigures }[];
};

const MAX_CAMPAIGNS = 100;

/** Persons, so that a campaign's counts do not grow with the number of its e-mails. */
const EMAIL_MEASURES = [
  'UNIQUE_SENT',
  'UNIQUE_DELIVERED',
  'UNIQUE_HARD_BOUNCED',
  'UNIQUE_SOFT_BOUNCED',
  'UNIQUE_PENDING',
  'UNIQUE_ABORTED',
  'UNIQUE_OPENED',
  'UNIQUE_CLICKED',
  'UNIQUE_UNSUBSCRIBED',
  'UNIQUE_MARKED_AS_SPAM',
] as const satisfies readonly Measure[];
const CAMPAIGN_MEASURES = [
  ...EMAIL_MEASURES,
  'VISITS',
  'CONVERSIONS',
  'REVENUE',
  'ACTIVITIES',
] as const satisfies readonly Measure[];

const count = (row: MetricsRow | undefined, measure: Measure): number => row?.values.get(measure) ?? 0;

/** The figures of rows, one a campaign, added up. */
function emailFigures(rows: readonly MetricsRow[]) {
  const sum = (measure: (typeof EMAIL_MEASURES)[number]) =>
    rows.reduce((total, row) => total + count(row, measure), 0);
  const rate = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  const [sent, delivered, opened] = [sum('UNIQUE_SENT'), sum('UNIQUE_DELIVERED'), sum('UNIQUE_OPENED')];
  const [hardBounced, softBounced] = [sum('UNIQUE_HARD_BOUNCED'), sum('UNIQUE_SOFT_BOUNCED')];
  const [clicked, unsubscribed] = [sum('UNIQUE_CLICKED'), sum('UNIQUE_UNSUBSCRIBED')];
  return {
    sent,
    delivered,
    hardBounced,
    softBounced,
    pending: sum('UNIQUE_PENDING'),
    aborted: sum('UNIQUE_ABORTED'),
    opened,
    clicked,
    unsubscribed,
    markedAsSpam: sum('UNIQUE_MARKED_AS_SPAM'),
    deliveryRate: rate(delivered, sent),
    bounceRate: rate(hardBounced + softBounced, sent),
    openRate: rate(opened, delivered),
    clickRate: rate(clicked, delivered),
    clickToOpenRate: rate(clicked, opened),
    unsubscribeRate: rate(unsubscribed, delivered),
  };
}

function revenueFigures(revenue: Revenue) {
  const { text, currency, byCurrency } = shownMoney(revenue);
  const { total } = revenue;
  return { revenue: total && unitsOf(total), revenueText: text, currency, revenueByCurrency: byCurrency };
}

const pointOf = (row: MetricsRow | undefined): CampaignPoint => ({
  email: emailFigures(row ? [row] : []),
  visits: count(row, 'VISITS'),
  conversions: count(row, 'CONVERSIONS'),
  ...revenueFigures(row?.revenue ?? NO_REVENUE),
  activities: count(row, 'ACTIVITIES'),
});

const ofCampaigns = (ids: readonly string[]) => [
  { dimension: 'campaign', values: ids, negate: false } as const,
];

/**
 * Figures of campaigns, in the order of their ids: one question for all totals, and one for all series.
 * @throws DomainError `BAD_USER_INPUT` at the field of `asked` that is wrong
 */
export async function readCampaigns(
  read: ReadRows,
  periods: Periods,
  tenant: Tenant,
  ids: readonly string[],
  asked: PerformanceQuestion,
  signal: AbortSignal,
): Promise<readonly CampaignFigures[]> {
  const period = periods.period(asked);
  const asOf = periods.asOf(asked);
  const grain = asked.grain ?? null;
  const question: MetricsQuestion = {
    measures: CAMPAIGN_MEASURES,
    dimensions: ['campaign'],
    filters: ofCampaigns(ids),
    ...period,
    calendar: calendarOf(asked),
    asOf,
    includeBots: asked.includeBots ?? false,
    opens: asked.opens ?? DEFAULT_OPENS,
    grain: null,
    oneCurrency: 'by campaign',
  };
  const [totals, series] = await Promise.all([
    read(tenant, question, signal),
    grain && read(tenant, { ...question, grain }, signal),
  ]);
  const starts = startsOf({ ...question, grain });
  const place = (id: string | null | undefined, time: number | null) => `${time} ${id}`;
  const rows = new Map(
    [...totals.rows, ...(series?.rows ?? [])].map((row) => [place(row.keys[0], row.time), row]),
  );
  return ids.map((id) => {
    const total = rows.get(place(id, null));
    return {
      ...period,
      asOf,
      ...pointOf(total),
      warnings: warningsOf(total ? [total.revenue] : []),
      series: starts.map((time) => ({ time, ...pointOf(rows.get(place(id, time))) })),
    };
  });
}

/** Figures of e-mails by campaign. @throws DomainError `BAD_USER_INPUT` for too many campaigns */
export async function readEmails(
  read: ReadRows,
  periods: Periods,
  tenant: Tenant,
  asked: EmailQuestion,
  signal: AbortSignal,
): Promise<EmailReport> {
  const period = periods.period(asked);
  const asOf = periods.asOf(asked);
  const { campaignIds } = asked;
  const { rows } = await read(
    tenant,
    {
      measures: EMAIL_MEASURES,
      dimensions: ['campaign'],
      filters: campaignIds ? ofCampaigns(boundedList(campaignIds, MAX_CAMPAIGNS, 'campaignIds')) : [],
      grain: null,
      calendar: UTC_CALENDAR,
      ...period,
      includeBots: false,
      opens: asked.opens ?? DEFAULT_OPENS,
      asOf,
    },
    signal,
  );
  return {
    ...period,
    asOf,
    total: emailFigures(rows),
    campaigns: rows.flatMap((row) => {
      const [campaignId] = row.keys;
      return campaignId ? [{ campaignId, performance: emailFigures([row]) }] : [];
    }),
  };
}
