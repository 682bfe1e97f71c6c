import { requireViewer } from '../../auth/viewer.ts';
import { CAMPAIGN } from '../../domain/activity.ts';
import { belowField } from '../../lib/errors.ts';
import type { MetricsDimension } from '../../services/figures/plan.ts';
import type { FiguresAnswer } from '../../services/figures/service.ts';
import type { RequestContext } from '../context.ts';
import { type Reference, referTo } from '../reference.ts';
import type { Dimension, MetricsInput } from './generated.ts';

/** Names of the dimensions of figures in `Dimension`. */
const DIMENSIONS = {
  CAMPAIGN: 'campaign',
  ASSET: 'asset',
  CHANNEL: 'channel',
  TYPE: 'type',
  COUNTRY: 'country',
  DEVICE: 'device',
  SOURCE: 'source',
  CURRENCY: 'currency',
} as const satisfies Record<Dimension, Extract<MetricsDimension, string>>;

type Named = { readonly field?: Dimension | null; readonly attribute?: string | null };
const dimensionOf = <T extends Named>(input: T) => ({
  ...input,
  field: input.field ? DIMENSIONS[input.field] : null,
});

/** `Query.metrics`: figures, with campaigns as references. */
export async function metrics(query: MetricsInput, context: RequestContext) {
  const question = {
    ...query,
    dimensions: query.dimensions?.map(dimensionOf),
    filter: query.filter?.map(dimensionOf),
    from: query.from?.getTime(),
    to: query.to?.getTime(),
    asOf: query.asOf?.getTime(),
  };
  const answer = await belowField('query', () =>
    context.services.figures.metrics(requireViewer(context), question, context.signal),
  );
  return { ...answer, rows: answer.rows.map(withReferences) };
}

const withReferences = ({ dimensions, ...row }: FiguresAnswer['rows'][number]) => ({
  ...row,
  dimensions: dimensions.map(({ campaignId, ...rest }): typeof rest & { campaign: Reference | null } => ({
    ...rest,
    campaign: campaignId === null ? null : referTo(CAMPAIGN, campaignId),
  })),
});
