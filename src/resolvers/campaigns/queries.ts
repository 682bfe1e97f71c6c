import { requireViewer } from '../../auth/viewer.ts';
import { CAMPAIGN_RUN } from '../../domain/campaigns/decision.ts';
import { LEAD_LIST, SMART_CAMPAIGN } from '../../domain/campaigns/model.ts';
import { requireGlobalId } from '../../domain/ids.ts';
import { LEAD } from '../../domain/lead.ts';
import type { Page } from '../../services/page.ts';
import { edgeOf, pageInfo } from '../paging.ts';
import type { QueryResolvers } from './generated.ts';

const connectionOf = <T extends object>(page: Page<T>, after: string | null | undefined) => {
  const edges = page.items.map((item) => edgeOf(item, () => page.cursorOf(item)));
  return { edges, nodes: [...page.items], pageInfo: pageInfo(page, after) };
};

export const Query: QueryResolvers = {
  async smartCampaign(_parent, { id }, context) {
    const { campaigns } = context.services.automation;
    const local = requireGlobalId(SMART_CAMPAIGN, id, 'id');
    const [campaign] = await campaigns.byIds(requireViewer(context), [local], context.signal);
    return campaign ?? null;
  },
  async smartCampaigns(_parent, args, context) {
    const { campaigns } = context.services.automation;
    return connectionOf(await campaigns.list(requireViewer(context), args, context.signal), args.after);
  },
  async validateCampaign(_parent, { definition }, context) {
    const { campaigns } = context.services.automation;
    return [...(await campaigns.validate(requireViewer(context), definition, context.signal))];
  },
  previewCampaign: (_parent, { definition, from, to }, context) =>
    context.services.automation.preview(requireViewer(context), { definition, from, to }, context.signal),
  explainQualification: (_parent, { campaignId, leadId }, context) =>
    context.services.automation.explain(
      requireViewer(context),
      requireGlobalId(SMART_CAMPAIGN, campaignId, 'campaignId'),
      requireGlobalId(LEAD, leadId, 'leadId'),
      context.signal,
    ),
  async campaignRuns(_parent, { campaignId, leadId, status, first, after }, context) {
    const question = {
      campaignId: campaignId ? requireGlobalId(SMART_CAMPAIGN, campaignId, 'campaignId') : null,
      leadKey: leadId ? requireGlobalId(LEAD, leadId, 'leadId') : null,
      statuses: status,
      first,
      after,
    };
    const { runs } = context.services.automation;
    return connectionOf(await runs.list(requireViewer(context), question, context.signal), after);
  },
  campaignRun: (_parent, { id }, context) =>
    context.services.automation.runs.byId(
      requireViewer(context),
      requireGlobalId(CAMPAIGN_RUN, id, 'id'),
      context.signal,
    ),
  async leadList(_parent, { id }, context) {
    const { lists } = context.services.automation;
    const local = requireGlobalId(LEAD_LIST, id, 'id');
    const [list] = await lists.byIds(requireViewer(context), [local], context.signal);
    return list ?? null;
  },
  async leadLists(_parent, args, context) {
    const { lists } = context.services.automation;
    return connectionOf(await lists.list(requireViewer(context), args, context.signal), args.after);
  },
};
