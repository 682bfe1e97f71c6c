import { DEFAULT_OPENS, type Opens } from '../../domain/agent-kind.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Grain } from '../../domain/time/buckets.ts';
import type { Optional } from '../../lib/bounds.ts';
import { type CalendarQuestion, calendarOf } from '../calendar.ts';
import { count, EMAIL_MEASURES, type EmailFigures, emailFigures, ofCampaigns } from './emails.ts';
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

/** A question about each of some campaigns. */
export type PerformanceQuestion = PeriodQuestion &
  CalendarQuestion & {
    readonly grain?: Optional<Grain>;
    readonly includeBots?: Optional<boolean>;
    readonly opens?: Optional<Opens>;
  };

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
const CAMPAIGN_MEASURES = [
  ...EMAIL_MEASURES,
  'VISITS',
  'CONVERSIONS',
  'REVENUE',
  'ACTIVITIES',
] as const satisfies readonly Measure[];

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
