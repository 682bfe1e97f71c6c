import { createExplain, type Explain } from './explain.ts';
import { createJudge } from './judge-input.ts';
import { createLeadLists, type LeadListService } from './lists.ts';
import type { CampaignPorts } from './ports.ts';
import { createPreview, type PreviewCampaign } from './preview.ts';
import { createRuns, type RunService } from './runs.ts';
import { createSmartCampaigns, type SmartCampaignService } from './service.ts';

/** Everything that a marketer does with campaigns. */
export type Automation = {
  readonly campaigns: SmartCampaignService;
  readonly lists: LeadListService;
  readonly runs: RunService;
  readonly explain: Explain;
  readonly preview: PreviewCampaign;
};

export function createAutomation(ports: CampaignPorts): Automation {
  const judge = createJudge(ports);
  return {
    campaigns: createSmartCampaigns(ports, judge),
    lists: createLeadLists(ports, judge),
    runs: createRuns(ports),
    explain: createExplain(ports),
    preview: createPreview(ports, judge),
  };
}
