import DataLoader from 'dataloader';
import { requireViewer } from '../../auth/viewer.ts';
import type { ShownCampaign } from '../../services/campaigns.ts';
import type { CampaignFigures } from '../../services/figures/performance.ts';
import type { RequestContext } from '../context.ts';
import type { CampaignPerformanceArgs } from './generated.ts';

/** `Campaign.performance`: campaigns of one request with the same arguments are asked for together. */
export const campaignPerformance = (
  { id }: ShownCampaign,
  args: CampaignPerformanceArgs,
  context: RequestContext,
): Promise<CampaignFigures> => batchOf(context, args).load(id);

type Batch = DataLoader<string, CampaignFigures>;

/** Of each request: one batch for each set of arguments. */
const batches = new WeakMap<object, Map<string, Batch>>();

function batchOf(context: RequestContext, args: CampaignPerformanceArgs): Batch {
  let known = batches.get(context);
  if (!known) batches.set(context, (known = new Map()));
  const key = JSON.stringify(args);
  let batch = known.get(key);
  if (!batch) known.set(key, (batch = createBatch(context, args)));
  return batch;
}

function createBatch(context: RequestContext, args: CampaignPerformanceArgs): Batch {
  const question = {
    ...args,
    from: args.from?.getTime(),
    to: args.to?.getTime(),
    asOf: args.asOf?.getTime(),
  };
  return new DataLoader(
    async (ids) => [
      ...(await context.services.figures.campaigns(requireViewer(context), ids, question, context.signal)),
    ],
    // After the loaders of this tick have run: campaigns that come by other ways are asked for with these.
    { batchScheduleFn: (ask) => setImmediate(ask) },
  );
}
