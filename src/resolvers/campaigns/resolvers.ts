import { requireViewer } from '../../auth/viewer.ts';
import { ACTIVITY, CAMPAIGN } from '../../domain/activity.ts';
import { CAMPAIGN_RUN } from '../../domain/campaigns/decision.ts';
import { LEAD_LIST, SMART_CAMPAIGN } from '../../domain/campaigns/model.ts';
import { toGlobalId } from '../../domain/ids.ts';
import { LEAD } from '../../domain/lead.ts';
import { edgeOf, pageInfo } from '../paging.ts';
import { referTo } from '../reference.ts';
import { scalars } from '../scalars.ts';
import type { Resolvers } from './generated.ts';
import { Mutation } from './mutations.ts';
import { Query } from './queries.ts';

const HOUR_MS = 3_600_000;

/** Resolvers of `schema/campaigns.graphql`. Parents are what services show. */
export const resolvers: Resolvers = {
  ...scalars,
  Query,
  Mutation,
  SmartCampaign: {
    id: ({ id }) => toGlobalId(SMART_CAMPAIGN, id),
    draft: ({ draft }) => draft(),
    versions: ({ versions }) => [...versions],
    campaign: async ({ id }, _args, { loaders }) =>
      (await loaders.campaigns.load(id)) && referTo(CAMPAIGN, id),
  },
  SmartCampaignVersion: { definition: ({ definition }) => definition() },
  CampaignRun: {
    id: ({ id }) => toGlobalId(CAMPAIGN_RUN, id),
    async smartCampaign({ campaignId }, _args, context) {
      const { campaigns } = context.services.automation;
      const [campaign] = await campaigns.byIds(requireViewer(context), [campaignId], context.signal);
      return campaign ?? null;
    },
    lead: ({ leadKey }) => referTo(LEAD, leadKey),
    activity: ({ activityId }) => (activityId === null ? null : referTo(ACTIVITY, activityId)),
    async steps({ id }, args, context) {
      const { runs } = context.services.automation;
      const page = await runs.steps(requireViewer(context), id, args, context.signal);
      const edges = page.items.map((step) => edgeOf(step, () => page.cursorOf(step)));
      return { edges, nodes: edges.map(({ node }) => node), pageInfo: pageInfo(page, args.after) };
    },
  },
  CampaignPreview: {
    faults: ({ faults }) => [...faults],
    entries: ({ entries }) => [...entries],
    mails: ({ mails }) => mails && [...mails],
  },
  CampaignPreviewEntry: {
    lead: ({ leadKey }) => referTo(LEAD, leadKey),
    activity: ({ activityId }) => referTo(ACTIVITY, activityId),
  },
  CampaignPreviewMail: { lead: ({ leadKey }) => referTo(LEAD, leadKey) },
  QualificationExplanation: {
    sentences: ({ sentences }) => [...sentences],
    triggers: ({ triggers }) => [...triggers],
    conditions: ({ conditions }) => [...conditions],
    limits: ({ limits }) => [...limits],
    runs: ({ runs }) => [...runs],
  },
  TriggerExplanation: { activities: ({ activities }) => [...activities] },
  TriedActivity: {
    activity: ({ activity }) => referTo(ACTIVITY, activity.id),
    occurredAt: ({ activity }) => activity.occurredAt,
    failed: ({ failed }) => [...failed],
  },
  SendLimitExplanation: { hours: ({ spanMs }) => spanMs / HOUR_MS },
  LeadList: {
    id: ({ id }) => toGlobalId(LEAD_LIST, id),
    filter: ({ filter }) => filter(),
    size: ({ id, isSmart }, _args, context) =>
      isSmart ? null : context.services.automation.lists.size(requireViewer(context), id, context.signal),
    async members({ id, isSmart }, args, context) {
      if (isSmart) return null;
      const { lists } = context.services.automation;
      const page = await lists.members(requireViewer(context), id, args, context.signal);
      const edges = page.items.map((member) => ({
        node: referTo(LEAD, member.leadKey),
        cursor: page.cursorOf(member),
        addedAt: member.addedAt,
      }));
      return { edges, nodes: edges.map(({ node }) => node), pageInfo: pageInfo(page, args.after) };
    },
  },
};
