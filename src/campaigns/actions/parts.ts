import type { ActivityReads } from '../../datasources/activity-store/port.ts';
import type { CampaignRuns, Run, SendLimit } from '../../datasources/campaign-runs/port.ts';
import type { LeadLists } from '../../datasources/lists/port.ts';
import type { MailTransport } from '../../datasources/mail-transport/port.ts';
import type { SmartCampaigns } from '../../datasources/smart-campaigns/port.ts';
import type { Activity } from '../../domain/activity.ts';
import type { CampaignDefinition, SmartCampaign } from '../../domain/campaigns/model.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Person } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { CampaignDoor } from './door.ts';
import type { WebhookClient } from './webhook-client.ts';

/** The ports that an executor works with. */
export type CampaignParts = {
  readonly campaigns: SmartCampaigns;
  readonly lists: LeadLists;
  readonly runs: CampaignRuns;
  readonly store: Pick<ActivityReads, 'persons' | 'timelines' | 'activities' | 'leadKeys'>;
  readonly door: CampaignDoor;
  readonly mail: MailTransport;
  readonly webhooks: WebhookClient;
  /** Messages that a person may get of campaigns that are not operational. */
  readonly sendLimits: readonly SendLimit[];
  /** The part of message ids after the `@`. */
  readonly mailDomain: string;
};

/** A step of a run while it is being done. */
export type StepContext = {
  readonly parts: CampaignParts;
  readonly tenant: Tenant;
  readonly run: Run;
  /** The campaign whose flow the step is of: the run's own, or an executed campaign. */
  readonly campaign: SmartCampaign;
  readonly definition: CampaignDefinition;
  /** The step's number, or the numbers through executed campaigns: `2`, `2.0`. */
  readonly path: string;
  /** Reads the person as it is now. @throws DomainError `NOT_FOUND` for a person who was erased */
  person(): Promise<Person>;
  /** The activity that started the run; null where there is none any more. */
  activity(): Promise<Activity | null>;
  /** Fills a template with values of person, campaign and activity. @throws TemplateError */
  fill(template: string, html?: boolean): Promise<string>;
  /** A later time at each call, epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
};

/** The outcome of an action. `RETRY`: the step is tried again, at once where `afterMs` is missing. */
export type ActionResult =
  | { readonly status: 'DONE'; readonly detail: JsonObject }
  | { readonly status: 'SKIPPED'; readonly reason: string; readonly detail?: JsonObject }
  | { readonly status: 'WAIT'; readonly until: number }
  | { readonly status: 'REMOVED' }
  | { readonly status: 'RETRY' | 'FAILED'; readonly reason: string; readonly isAway?: true };

export const done = (detail: JsonObject = {}): ActionResult => ({ status: 'DONE', detail });
export const skipped = (reason: string, detail: JsonObject = {}): ActionResult => ({
  status: 'SKIPPED',
  reason,
  detail,
});
export const failed = (reason: string): ActionResult => ({ status: 'FAILED', reason });
