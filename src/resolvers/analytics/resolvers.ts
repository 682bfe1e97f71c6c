import { privacyOf } from '../../auth/privacy.ts';
import { requireViewer } from '../../auth/viewer.ts';
import { CAMPAIGN } from '../../domain/activity.ts';
import { DEFAULT_OPENS } from '../../domain/agent-kind.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import { requireGlobalId, toGlobalId } from '../../domain/ids.ts';
import { UTC_CALENDAR } from '../../domain/time/buckets.ts';
import { badInput } from '../../lib/errors.ts';
import type { MetricsQuestion } from '../../services/figures/plan.ts';
import type { RequestContext } from '../context.ts';
import { boundedList, edgeOf, pageInfo, pageSize } from '../paging.ts';
import { keyOf } from '../reference.ts';
import { scalars } from '../scalars.ts';
import type { QueryResolvers, Resolvers } from './generated.ts';
import { metrics } from './metrics.ts';
import { campaignPerformance, EMAIL_MEASURES, emailPerformance } from './performance.ts';

const MAX_CAMPAIGNS = 100;
const MAX_PAGE = 200;

const Query: QueryResolvers = {
  campaign(_parent, { id, externalId }, context) {
    if ((id ?? null) !== null && (externalId ?? null) === null)
      return context.loaders.campaigns.load(requireGlobalId(CAMPAIGN, String(id), 'id'));
    if ((id ?? null) === null && externalId)
      return context.loaders.campaigns.load(privacyOf(context.viewer).wanted(externalId, 'externalId'));
    throw badInput("Give exactly one of 'id' and 'externalId'.", 'id');
  },

  async campaigns(_parent, args, context) {
    const { tenant } = requireViewer(context);
    const first = pageSize(args.first, MAX_PAGE, 20);
    const scope: CursorScope = { tenantId: tenant.id, query: ['Query.campaigns'] };
    const after = args.after ? decodeCursor(scope, args.after)[0] : null;
    if (after !== null && typeof after !== 'string') throw badInput('This cursor is broken.', 'after');
    const found = await context.services.store.listCampaigns(tenant, first + 1, after, context.signal);
    const nodes = found.slice(0, first);
    const cursorOf = ({ id }: { readonly id: string }): string => encodeCursor(scope, [id]);
    return {
      edges: nodes.map((node) => edgeOf(node, () => cursorOf(node))),
      nodes,
      pageInfo: pageInfo(nodes, cursorOf, found.length > first, args.after),
    };
  },

  async emailPerformance(_parent, args, context) {
    const { tenant } = requireViewer(context);
    const { analytics } = context.services;
    const period = analytics.period(args.from?.getTime() ?? null, args.to?.getTime() ?? null);
    const ids = args.campaignIds
      ? boundedList(args.campaignIds, MAX_CAMPAIGNS, 'campaignIds').map((id, index) =>
          requireGlobalId(CAMPAIGN, id, `campaignIds[${index}]`),
        )
      : null;
    const question: MetricsQuestion = {
      measures: EMAIL_MEASURES,
      dimensions: ['campaign'],
      filters: ids ? [{ dimension: 'campaign', values: ids, negate: false }] : [],
      grain: null,
      calendar: UTC_CALENDAR,
      ...period,
      includeBots: false,
      opens: args.opens ?? DEFAULT_OPENS,
      asOf: analytics.asOf(args.asOf?.getTime() ?? null),
    };
    const found = await analytics.metrics(tenant, question, context.signal);
    const rows = found.rows.flatMap((row) => (row.keys[0] ? [{ id: row.keys[0], row }] : []));
    const campaigns = await Promise.all(rows.map(({ id }) => context.loaders.campaigns.load(id)));
    return {
      ...period,
      asOf: question.asOf,
      total: emailPerformance(found.rows),
      campaigns: rows.flatMap(({ row }, index) => {
        const campaign = campaigns[index];
        return campaign ? [{ campaign, performance: emailPerformance([row]) }] : [];
      }),
    };
  },

  metrics: (_parent, { query }, context) => metrics(query, context) as never,
};

/** A dimension's campaign by its key; what isn't known by name is still a row. */
const loadCampaign = (reference: object, context: RequestContext) =>
  context.loaders.campaigns.load(requireGlobalId(CAMPAIGN, keyOf(reference), 'id'));

/** Resolvers of `schema/analytics.graphql`. */
export const resolvers: Resolvers = {
  DateTime: scalars.DateTime,
  Query,
  Campaign: {
    id: ({ id }) => toGlobalId(CAMPAIGN, id),
    externalId: ({ id }, _args, { viewer }) => privacyOf(viewer).text(id),
    name: ({ name }, _args, { viewer }) => privacyOf(viewer).text(name),
    performance: campaignPerformance,
  },
  DimensionValue: {
    campaign: ({ campaign }, _args, context) => (campaign ? loadCampaign(campaign, context) : null),
  },
  MetricsRow: {
    value: ({ values }, { measure }) => values.find((value) => value.measure === measure)?.value ?? null,
  },
};
