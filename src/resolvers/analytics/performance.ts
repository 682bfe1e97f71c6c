import type { Measure } from '../../analytics/model.ts';
import type { MetricsQuestion } from '../../analytics/plan.ts';
import type { Analytics, MetricsRow } from '../../analytics/service.ts';
import { requireViewer } from '../../auth/viewer.ts';
import type { Campaign } from '../../domain/activity.ts';
import type {
  CampaignPerformance,
  CampaignPerformanceArgs,
  EmailPerformance,
} from '../../generated/analytics.ts';
import type { RequestContext } from '../context.ts';

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

const figures = (row: MetricsRow | undefined) => ({
  email: emailPerformance(row),
  visits: count(row, 'VISITS'),
  conversions: count(row, 'CONVERSIONS'),
  revenue: count(row, 'REVENUE'),
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
  const batch = batchOf(context, { ...period, grain, includeBots: args.includeBots ?? false });
  const { total, series } = await batch.load(campaign.id);
  return {
    ...period,
    ...figures(total),
    series: series.map((row) => ({ time: row.time ?? period.from, ...figures(row) })),
  };
}

type Options = Pick<MetricsQuestion, 'from' | 'to' | 'grain' | 'includeBots'>;
type Performance = { readonly total: MetricsRow | undefined; readonly series: readonly MetricsRow[] };
interface Batch {
  load(campaignId: string): Promise<Performance>;
}

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

/** Gathers the ids asked for until the loaders of this tick have run, then asks once. */
function createBatch(context: RequestContext, options: Options): Batch {
  const { tenant } = requireViewer(context);
  let ids = new Set<string>();
  let pending: Promise<(campaignId: string) => Performance> | undefined;
  return {
    async load(campaignId) {
      ids.add(campaignId);
      pending ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        const asked = [...ids];
        ids = new Set();
        pending = undefined;
        return askTogether(context.services.analytics, asked, options, (question) =>
          context.services.analytics.metrics(tenant, question, context.signal),
        );
      });
      return (await pending)(campaignId);
    },
  };
}

async function askTogether(
  analytics: Analytics,
  ids: readonly string[],
  options: Options,
  ask: (question: MetricsQuestion) => ReturnType<Analytics['metrics']>,
): Promise<(campaignId: string) => Performance> {
  const question: MetricsQuestion = {
    measures: CAMPAIGN_MEASURES,
    dimensions: ['campaign'],
    filters: [{ dimension: 'campaign', values: ids, negate: false }],
    ...options,
    grain: null,
  };
  const [totals, series] = await Promise.all([
    ask(question),
    options.grain ? ask({ ...question, grain: options.grain }) : undefined,
  ]);
  const buckets = options.grain ? analytics.buckets(options.from, options.to, options.grain) : [];
  const byId = (rows: readonly MetricsRow[]) => {
    const groups = new Map<string, MetricsRow[]>();
    for (const row of rows) {
      const id = row.keys[0] ?? '';
      groups.set(id, [...(groups.get(id) ?? []), row]);
    }
    return groups;
  };
  const totalOf = byId(totals.rows);
  const seriesOf = byId(series?.rows ?? []);
  return (id) => {
    const byTime = new Map((seriesOf.get(id) ?? []).map((row) => [row.time, row]));
    const empty = (time: number): MetricsRow => ({ time, keys: [id], values: new Map() });
    return { total: totalOf.get(id)?.[0], series: buckets.map((time) => byTime.get(time) ?? empty(time)) };
  };
}
