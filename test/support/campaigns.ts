import { type Decision, decisionId } from '../../src/domain/campaigns/decision.ts';
import type {
  CampaignDefinition,
  CampaignVersion,
  LeadList,
  SmartCampaign,
} from '../../src/domain/campaigns/model.ts';
import type { LeadKey } from '../../src/domain/lead.ts';
import { NOW } from './activities.ts';

/** The definition of a campaign that visits start, for everybody and every time, without a step. */
export const aDefinition = (more: Partial<CampaignDefinition> = {}): CampaignDefinition => ({
  triggers: [{ type: 'Visit Webpage', filter: null, includeBots: false }],
  isRequestable: false,
  filter: null,
  qualification: { kind: 'EVERY_TIME' },
  flow: [],
  schedule: null,
  isOperational: false,
  priority: null,
  timeZone: 'Europe/Berlin',
  ...more,
});

/** A version that is in force for good. */
export const aVersion = (more: Partial<CampaignVersion> = {}): CampaignVersion => ({
  version: 1,
  definition: aDefinition(),
  validFrom: 0,
  validTo: null,
  ...more,
});

export const aCampaign = (more: Partial<SmartCampaign> = {}): SmartCampaign => ({
  id: 'campaign-1',
  name: 'Welcome',
  description: '',
  draft: aDefinition(),
  versions: [],
  createdAt: NOW,
  updatedAt: NOW,
  revision: 1,
  ...more,
});

export const aList = (more: Partial<LeadList> = {}): LeadList => ({
  id: 'list-1',
  name: 'Prospects',
  filter: null,
  createdAt: NOW,
  updatedAt: NOW,
  revision: 1,
  ...more,
});

let causes = 0;

/** A decision for a lead; each has a cause of its own. */
export const aDecision = (
  tenantId: string,
  leadKey: LeadKey,
  more: Partial<Omit<Decision, 'id'>> & { readonly order?: number } = {},
): Decision & { readonly order: number } => {
  const campaignId = more.campaignId ?? 'campaign-1';
  const receivedAt = more.receivedAt ?? NOW;
  return {
    id: decisionId(tenantId, campaignId, `cause-${causes++}`),
    version: 1,
    activityId: null,
    occurredAt: receivedAt,
    depth: 0,
    order: receivedAt,
    ...more,
    campaignId,
    leadKey,
    receivedAt,
  };
};
