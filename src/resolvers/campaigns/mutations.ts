import { requireViewer } from '../../auth/viewer.ts';
import { CAMPAIGN_RUN } from '../../domain/campaigns/decision.ts';
import { LEAD_LIST, SMART_CAMPAIGN } from '../../domain/campaigns/model.ts';
import { requireGlobalId } from '../../domain/ids.ts';
import { LEAD } from '../../domain/lead.ts';
import { belowField } from '../../lib/errors.ts';
import type { ListOutcome, MemberOutcome } from '../../services/smart-campaigns/lists.ts';
import type { CampaignOutcome } from '../../services/smart-campaigns/service.ts';
import type { RequestContext } from '../context.ts';
import type { LeadListMembersInput, MutationResolvers } from './generated.ts';

const campaignPayload = ({ campaign, faults }: CampaignOutcome) => ({
  smartCampaign: campaign,
  faults: [...faults],
});
const listPayload = ({ list, faults }: ListOutcome) => ({ leadList: list, faults: [...faults] });

const campaignAt = (id: string, path = 'id'): string => requireGlobalId(SMART_CAMPAIGN, id, path);
const listAt = (id: string, path = 'id'): string => requireGlobalId(LEAD_LIST, id, path);
const leadsAt = (ids: readonly string[]): string[] =>
  ids.map((id, index) => requireGlobalId(LEAD, id, `leadIds[${index}]`));

const changeMembers = (
  change: 'addMembers' | 'removeMembers',
  { listId, leadIds }: LeadListMembersInput,
  context: RequestContext,
) =>
  belowField('input', async () => {
    const { lists } = context.services.automation;
    const list = listAt(listId, 'listId');
    const results = await lists[change](requireViewer(context), list, leadsAt(leadIds), context.signal);
    return {
      results: results.map(({ status }: MemberOutcome, index) => ({ leadId: leadIds[index] ?? '', status })),
    };
  });

export const Mutation: MutationResolvers = {
  createSmartCampaign: async (_parent, { input }, context) => {
    const { campaigns } = context.services.automation;
    const create = () => campaigns.create(requireViewer(context), input, context.signal);
    return campaignPayload(await belowField('input', create));
  },
  updateSmartCampaign: async (_parent, { input }, context) => {
    const { campaigns } = context.services.automation;
    const update = () => {
      const change = { ...input, id: campaignAt(input.id) };
      return campaigns.update(requireViewer(context), change, context.signal);
    };
    return campaignPayload(await belowField('input', update));
  },
  activateSmartCampaign: async (_parent, { id }, context) => {
    const { campaigns } = context.services.automation;
    return campaignPayload(await campaigns.activate(requireViewer(context), campaignAt(id), context.signal));
  },
  deactivateSmartCampaign: async (_parent, { id }, context) => {
    const { campaigns } = context.services.automation;
    const campaign = await campaigns.deactivate(requireViewer(context), campaignAt(id), context.signal);
    return campaignPayload({ campaign, faults: [] });
  },
  cloneSmartCampaign: async (_parent, { id, name }, context) => {
    const { campaigns } = context.services.automation;
    return campaignPayload(
      await campaigns.clone(requireViewer(context), campaignAt(id), name, context.signal),
    );
  },
  deleteSmartCampaign: async (_parent, { id }, context) => {
    await context.services.automation.campaigns.remove(
      requireViewer(context),
      campaignAt(id),
      context.signal,
    );
    return id;
  },
  scheduleCampaign: async (_parent, { id, schedule }, context) => {
    const { campaigns } = context.services.automation;
    const viewer = requireViewer(context);
    return campaignPayload(await campaigns.schedule(viewer, campaignAt(id), schedule, context.signal));
  },
  requestCampaign: (_parent, { input }, context) =>
    belowField('input', async () => {
      const { runs } = context.services.automation;
      const request = {
        campaignId: campaignAt(input.campaignId, 'campaignId'),
        leads: leadsAt(input.leadIds),
        requestId: input.requestId,
      };
      const results = await runs.request(requireViewer(context), request, context.signal);
      return {
        results: results.map(({ run }, index) => ({ leadId: input.leadIds[index] ?? '', run })),
      };
    }),
  replayCampaignRun: (_parent, { id }, context) =>
    context.services.automation.runs.replay(
      requireViewer(context),
      requireGlobalId(CAMPAIGN_RUN, id, 'id'),
      context.signal,
    ),
  createLeadList: async (_parent, { input }, context) => {
    const { lists } = context.services.automation;
    const create = () => lists.create(requireViewer(context), input, context.signal);
    return listPayload(await belowField('input', create));
  },
  updateLeadList: async (_parent, { input }, context) => {
    const { lists } = context.services.automation;
    const update = () =>
      lists.update(requireViewer(context), { ...input, id: listAt(input.id) }, context.signal);
    return listPayload(await belowField('input', update));
  },
  deleteLeadList: async (_parent, { id }, context) => {
    await context.services.automation.lists.remove(requireViewer(context), listAt(id), context.signal);
    return id;
  },
  addToLeadList: (_parent, { input }, context) => changeMembers('addMembers', input, context),
  removeFromLeadList: (_parent, { input }, context) => changeMembers('removeMembers', input, context),
};
