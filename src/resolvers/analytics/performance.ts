import DataLoader from 'dataloader';
import { requireViewer } from '../../auth/viewer.ts';
import type { Campaign } from '../../domain/activity.ts';
import { DEFAULT_OPENS } from '../../domain/agent-kind.ts';
import type { Measure } from '../../services/figures/model.ts';
import type { MetricsQuestion } from '../../services/figures/plan.ts';
import { NO_REVENUE, type Revenue, unitsOf, warningsOf } from '../../services/figures/revenue.ts';
import type { MetricsRow } from '../../services/figures/service.ts';
import { calendarOf } from '../calendar.ts';
import type { RequestContext } from '../context.ts';
import type { CampaignPerformance, CampaignPerformanceArgs, EmailPerformance } from './generated.ts';
import { shownMoney } from './money.ts';

/** The figures of `EmailPerformance`: persons, so that a campaign's counts do not grow with the number of its e-mails. */
export const EMAIL_MEASURES = [
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
export function emailPerformance(rows: readonly MetricsRow[]): EmailPerformance {
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

const figures = (row: MetricsRow | undefined) => ({
  email: emailPerformance(row ? [row] : []),
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
  const asOf = context.services.analytics.asOf(args.asOf?.getTime() ?? null);
  const options = {
    ...period,
    grain,
    calendar: calendarOf(args),
    asOf,
    includeBots: args.includeBots ?? false,
    opens: args.opens ?? DEFAULT_OPENS,
  };
  const batch = batchOf(context, options);
  const { total, series } = await batch.load(campaign.id);
  return {
    ...period,
    asOf,
    ...figures(total),
    warnings: warningsOf(total ? [total.revenue] : []),
    series: series.map((row) => ({ time: row.time ?? period.from, ...figures(row) })),
  };
}

type Options = Pick<MetricsQuestion, 'from' | 'to' | 'grain' | 'calendar' | 'includeBots' | 'opens' | 'asOf'>;
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
