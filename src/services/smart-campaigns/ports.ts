import type { ActivitySearch } from '../../datasources/activity-search/port.ts';
import type { ActivityReads } from '../../datasources/activity-store/port.ts';
import type { CampaignRuns, SendLimit } from '../../datasources/campaign-runs/port.ts';
import type { LeadLists } from '../../datasources/lists/port.ts';
import type { SmartCampaigns } from '../../datasources/smart-campaigns/port.ts';
import type { ActivityTypes } from '../../ingest/door/activity-types.ts';

/** The ports that campaigns and lists are managed by. */
export type CampaignPorts = {
  readonly campaigns: SmartCampaigns;
  readonly lists: LeadLists;
  readonly runs: CampaignRuns;
  readonly store: Pick<ActivityReads, 'persons' | 'timelines' | 'activities'>;
  readonly search: Pick<ActivitySearch, 'searchActivities'>;
  readonly types: Pick<ActivityTypes, 'list'>;
  /** Hosts, with their ports, that webhooks may reach although they are not public. */
  readonly allowedHosts: ReadonlySet<string>;
  /** Messages that a person may get of campaigns that are not operational. */
  readonly sendLimits: readonly SendLimit[];
  /** Clock of arrivals, epoch milliseconds. */
  readonly now: () => number;
};
