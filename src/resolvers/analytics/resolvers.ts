import { requireViewer } from '../../auth/viewer.ts';
import { CAMPAIGN } from '../../domain/activity.ts';
import { requireGlobalId, toGlobalId } from '../../domain/ids.ts';
import { badInput } from '../../lib/errors.ts';
import type { RequestContext } from '../context.ts';
import { edgeOf, pageInfo } from '../paging.ts';
import { keyOf } from '../reference.ts';
import { scalars } from '../scalars.ts';
import type { QueryResolvers, Resolvers } from './generated.ts';
import { metrics } from './metrics.ts';
import { campaignPerformance } from './performance.ts';

const Query: QueryResolvers = {
  campaign(_parent, { id, externalId }, context) {
    const { loaders, services } = context;
    if ((id ?? null) !== null && (externalId ?? null) === null)
      return loaders.campaigns.load(requireGlobalId(CAMPAIGN, String(id), 'id'));
    if ((id ?? null) === null && externalId)
      return loaders.campaigns.load(services.campaigns.idOf(requireViewer(context), externalId));
    throw badInput("Give exactly one of 'id' and 'externalId'.", 'id');
  },

  async campaigns(_parent, args, context) {
    const page = await context.services.campaigns.list(requireViewer(context), args, context.signal);
    return {
      edges: page.items.map((node) => edgeOf(node, () => page.cursorOf(node))),
      nodes: [...page.items],
      pageInfo: pageInfo(page, args.after),
    };
  },

  async emailPerformance(_parent, args, context) {
    const { campaigns, ...report } = await context.services.figures.emails(
      requireViewer(context),
      {
        campaignIds: args.campaignIds?.map((id, index) =>
          requireGlobalId(CAMPAIGN, id, `campaignIds[${index}]`),
        ),
        opens: args.opens,
        from: args.from?.getTime(),
        to: args.to?.getTime(),
        asOf: args.asOf?.getTime(),
      },
      context.signal,
    );
    const loaded = await Promise.all(
      campaigns.map(({ campaignId }) => context.loaders.campaigns.load(campaignId)),
    );
    return {
      ...report,
      campaigns: campaigns.flatMap(({ performance }, index) => {
        const campaign = loaded[index];
        return campaign ? [{ campaign, performance }] : [];
      }),
    };
  },

  metrics: (_parent, { query }, context) => metrics(query, context) as never,
};

/** A dimension's campaign by its key; a campaign without a name is still a row. */
const loadCampaign = (reference: object, context: RequestContext) =>
  context.loaders.campaigns.load(requireGlobalId(CAMPAIGN, keyOf(reference), 'id'));

/** Resolvers of `schema/analytics.graphql`. */
export const resolvers: Resolvers = {
  DateTime: scalars.DateTime,
  Query,
  Campaign: {
    id: ({ id }) => toGlobalId(CAMPAIGN, id),
    performance: campaignPerformance,
  },
  DimensionValue: {
    campaign: ({ campaign }, _args, context) => (campaign ? loadCampaign(campaign, context) : null),
  },
  MetricsRow: {
    value: ({ values }, { measure }) => values.find((value) => value.measure === measure)?.value ?? null,
  },
};
