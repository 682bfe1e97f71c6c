import type { Activity } from '../activity.ts';
import { digest16 } from '../digest.ts';
import { type ActivityId, hashOfId, idKind } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { LeadKey } from '../lead.ts';
import { holds } from './activity-condition.ts';
import { type SmartCampaign, type Trigger, versionAt } from './model.ts';

/** Global ids of runs. A run has the id of the decision that began it. */
export const CAMPAIGN_RUN = idKind({ type: 'CampaignRun', letter: 'R', form: /^[\w-]{21}[AQgw]$/ });

/** An activity starts a campaign for its person, subject to the campaign's filter and qualification. */
export type Decision = {
  /** A pure function of campaign and activity: a repeated decision has the same id. */
  readonly id: string;
  readonly campaignId: string;
  readonly version: number;
  readonly leadKey: LeadKey;
  /** Null where no activity started it: a batch, or a request. */
  readonly activityId: ActivityId | null;
  /** When the activity happened and arrived, epoch milliseconds; the time of a batch or request, else. */
  readonly occurredAt: number;
  readonly receivedAt: number;
  /** How many campaigns started one another before. Loops end at `MAX_DEPTH`. */
  readonly depth: number;
};

/** A campaign that was started by the activities of so many campaigns in a row is not started. */
export const MAX_DEPTH = 10;

/** @param cause what started it, unique in the tenant: an activity's message hash, or the text of a batch or request */
export const decisionId = (tenantId: string, campaignId: string, cause: string): string =>
  digest16(`${tenantId}\0${campaignId}\0${cause}`);

/** Where an activity of a campaign carries its depth, in `context`. */
export const DEPTH_KEY = 'campaignDepth';

const depthOf = (context: JsonObject): number => {
  const depth = context[DEPTH_KEY];
  return typeof depth === 'number' && Number.isInteger(depth) && depth > 0 ? depth : 0;
};

/** Campaigns of one tenant by the types of their triggers. */
export type TriggerIndex = ReadonlyMap<string, readonly TriggeredCampaign[]>;
type TriggeredCampaign = { readonly campaign: SmartCampaign; readonly versions: ReadonlySet<number> };

/** Indexes campaigns by trigger type, over all their versions. */
export function indexTriggers(campaigns: readonly SmartCampaign[]): TriggerIndex {
  const index = new Map<string, { campaign: SmartCampaign; versions: Set<number> }[]>();
  for (const campaign of campaigns)
    for (const { version, definition } of campaign.versions)
      for (const { type } of definition.triggers) {
        const entries = index.get(type) ?? [];
        index.set(type, entries);
        const entry = entries.find((other) => other.campaign === campaign);
        if (entry) entry.versions.add(version);
        else entries.push({ campaign, versions: new Set([version]) });
      }
  return index;
}

/**
 * Whether an activity happened for the campaign's eyes: demo data starts nothing, and neither does a history that is
 * imported. Of an import those count that happened since the campaign was first active.
 */
const isNews = ({ versions }: SmartCampaign, { source, occurredAt }: Activity): boolean =>
  source !== 'demo' && (source !== 'import' || occurredAt >= (versions[0]?.validFrom ?? 0));

/**
 * The campaigns that an activity starts. Pure: no clock, no store, no locale. The version in force at `receivedAt`
 * decides, so that a later decision is the same. Held against the Java of `cluster/spark` by the same cases.
 */
export function decide(tenantId: string, index: TriggerIndex, activity: Activity): Decision[] {
  const decisions: Decision[] = [];
  for (const { campaign, versions } of index.get(activity.type) ?? []) {
    const current = versionAt(campaign, activity.receivedAt);
    if (!current || !versions.has(current.version) || !isNews(campaign, activity)) continue;
    if (!current.definition.triggers.some((trigger) => fires(trigger, activity))) continue;
    const depth = depthOf(activity.context);
    if (depth >= MAX_DEPTH) continue;
    decisions.push({
      id: decisionId(tenantId, campaign.id, hashOfId(activity.id)),
      campaignId: campaign.id,
      version: current.version,
      leadKey: activity.leadKey,
      activityId: activity.id,
      occurredAt: activity.occurredAt,
      receivedAt: activity.receivedAt,
      depth,
    });
  }
  return decisions;
}

/** Whether an activity fires a trigger. */
export const fires = (trigger: Trigger, activity: Activity): boolean =>
  trigger.type === activity.type &&
  (trigger.includeBots || !activity.isBot) &&
  (trigger.filter === null || holds(trigger.filter, activity));
