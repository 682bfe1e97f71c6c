import DataLoader from 'dataloader';
import type { Measure } from '../../analytics/model.ts';
import type { MetricsQuestion } from '../../analytics/plan.ts';
import { NO_REVENUE, type Revenue, unitsOf, warningsOf } from '../../analytics/revenue.ts';
import type { MetricsRow } from '../../analytics/service.ts';
import { requireViewer } from '../../auth/viewer.ts';
import type { Campaign } from '../../domain/activity.ts';
import type {
  CampaignPerformance,
  CampaignPerformanceArgs,
  EmailPerformance,
} from '../../generated/analytics.ts';
import { calendarOf } from '../calendar.ts';
import type { RequestContext } from '../context.ts';
import { shownMoney } from './money.ts';

/** The figures of `EmailPerformance`, in the order of its fields. */
export const EMAIL_MEASURES = [
  'SENT',
  'DELIVERED',
  'HARD_BOUNCED',
  'SOFT_BOUNCED',
  'PENDING',
  'OPENED',
  'CLICKED',
  'UNSUBSCRIBED',
  'DELIVERY_RATE',
  'BOUNCE_RATE',
  'OPEN_RATE',
  'CLICK_RATE',
  'CLICK_TO_OPEN_RATE',
  'UNSUBSCRIBE_RATE',
] as const satisfies readonly Measure[];
const CAMPAIGN_MEASURES = [
  ...EMAIL_MEASURES,
  'VISITS',
  'CONVERSIONS',
  'REVENUE',
  'ACTIVITIES',
] as const satisfies readonly Measure[];

const count = (row: MetricsRow | undefined, measure: Measure): number => row?.values.get(measure) ?? 0;
const rate = (row: MetricsRow | undefined, measure: Measure): number | null =>
  row?.values.get(measure) ?? null;

export const emailPerformance = (row: MetricsRow | undefined): EmailPerformance => ({
  sent: count(row, 'SENT'),
  delivered: count(row, 'DELIVERED'),
  hardBounced: count(row, 'HARD_BOUNCED'),
  softBounced: count(row, 'SOFT_BOUNCED'),
  pending: count(row, 'PENDING'),
  opened: count(row, 'OPENED'),
  clicked: count(row, 'CLICKED'),
  unsubscribed: count(row, 'UNSUBSCRIBED'),
  deliveryRate: rate(row, 'DELIVERY_RATE'),
  bounceRate: rate(row, 'BOUNCE_RATE'),
  openRate: rate(row, 'OPEN_RATE'),
  clickRate: rate(row, 'CLICK_RATE'),
  clickToOpenRate: rate(row, 'CLICK_TO_OPEN_RATE'),
  unsubscribeRate: rate(row, 'UNSUBSCRIBE_RATE'),
});

function revenueFigures(revenue: Revenue) {
  const { text, currency, byCurrency } = shownMoney(revenue);
  const { total } = revenue;
  return { revenue: total && unitsOf(total), revenueText: text, currency, revenueByCurrency: byCurrency };
}

const figures = (row: MetricsRow | undefined) => ({
  email: emailPerformance(row),
  visits: count(row, 'VISITS'),
  conversions: count(row, 'CONVERSIONS'),
  ...revenueFigures(row?.revenue ?? NO_REVENUE),
  activities: count(row, 'ACTIVITIES'),
});

/** `Campaign.performance`: campaigns of one list with the same arguments are asked for together. */
export async function campaignPerformance(
  campaign: Campaign,
  args: CampaignPerformanceArgs,
  context: RequestContext,
): Promise<CampaignPerformance> {
  const period = context.services.analytics.period(args.from?.getTime() ?? null, args.to?.getTime() ?? null);
  const grain = args.grain ?? null;
  const options = { ...period, grain, calendar: calendarOf(args), includeBots: args.includeBots ?? false };
  const batch = batchOf(context, options);
  const { total, series } = await batch.load(campaign.id);
  return {
    ...period,
    ...figures(total),
    warnings: warningsOf(total ? [total.revenue] : []),
    series: series.map((row) => ({ time: row.time ?? period.from, ...figures(row) })),
  };
}

type Options = Pick<MetricsQuestion, 'from' | 'to' | 'grain' | 'calendar' | 'includeBots'>;
type Performance = { readonly total: MetricsRow | undefined; readonly series: readonly MetricsRow[] };
type Batch = DataLoader<string, Performance>;

/** Of each request: one batch for each set of arguments. */
const batches = new WeakMap<object, Map<string, Batch>>();

function batchOf(context: RequestContext, options: Options): Batch {
  let known = batches.get(context);
  if (!known) batches.set(context, (known = new Map()));
  const key = JSON.stringify(options);
  let batch = known.get(key);
  if (!batch) known.set(key, (batch = createBatch(context, options)));
  return batch;
}

const createBatch = (context: RequestContext, options: Options): Batch =>
  new DataLoader((ids) => askTogether(context, ids, options), {
    // After the loaders of this tick have run: campaigns that come by other ways are asked for with these.
    batchScheduleFn: (ask) => setImmediate(ask),
  });

/** One question for the totals of all campaigns, and one for their series. */
async function askTogether(
  context: RequestContext,
  ids: readonly string[],
  options: Options,
): Promise<Performance[]> {
  const { analytics } = context.services;
  const { tenant } = requireViewer(context);
  const question: MetricsQuestion = {
    measures: CAMPAIGN_MEASURES,
    dimensions: ['campaign'],
    filters: [{ dimension: 'campaign', values: ids, negate: false }],
    ...options,
    grain: null,
    oneCurrency: 'by campaign',
  };
  const [totals, series] = await Promise.all([
    analytics.metrics(tenant, question, context.signal),
    options.grain && analytics.metrics(tenant, { ...question, grain: options.grain }, context.signal),
  ]);
  const buckets = analytics.buckets(options);
  const place = (id: string | null | undefined, time: number | null) => `${time} ${id}`;
  const rows = new Map(
    [...totals.rows, ...(series?.rows ?? [])].map((row) => [place(row.keys[0], row.time), row]),
  );
  return ids.map((id) => ({
    total: rows.get(place(id, null)),
    series: buckets.map(
      (time) =>
        rows.get(place(id, time)) ?? {
          time,
          keys: [id],
          values: new Map(),
          revenue: NO_REVENUE,
        },
    ),
  }));
}
