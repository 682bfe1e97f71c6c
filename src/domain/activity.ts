import type { ActivityTypeDefinition } from './activity-types.ts';
import type { AgentKind } from './agent-kind.ts';
import type { Erasure } from './erasure.ts';
import { ACTIVITY_ID_FORM, type ActivityId, idKind } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { LeadIdentity, LeadKey, LeadUpdate } from './lead.ts';

/** The dialect that an activity came in by. */
export type Source = 'graphql' | 'segment' | 'marketo' | 'import' | 'demo' | 'campaign';
/** Every source there is, as stores give them back. */
export const SOURCES: ReadonlySet<string> = new Set<Source>([
  'graphql',
  'segment',
  'marketo',
  'import',
  'demo',
  'campaign',
]);

/** Global ids of activities, and of campaigns, whose local ids are the senders' own. */
export const ACTIVITY = idKind({ type: 'Activity', letter: 'A', form: ACTIVITY_ID_FORM });
export const CAMPAIGN = idKind({ type: 'Campaign', letter: 'C' });

type CampaignRef = { readonly id: string; readonly name: string | null };

/**
 * One accepted activity: immutable, complete, ready for every store. Times are epoch milliseconds in UTC.
 * (tenant, messageId) identifies it; the first one accepted wins everywhere.
 */
export type Activity = {
  readonly id: ActivityId;
  readonly messageId: string;
  readonly leadKey: LeadKey;
  readonly identity: LeadIdentity;
  /** Name of an activity type, standard or the tenant's own. */
  readonly type: string;
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly campaign: CampaignRef | null;
  readonly assetId: string | null;
  /** The sender's channel in lower case, or the channel that the enrichment derived; `(none)` where no rule applies. */
  readonly channel: string;
  readonly source: Source;
  readonly attributes: JsonObject;
  readonly context: JsonObject;
  /** ISO 3166-1 alpha-2, upper case, where known. */
  readonly country: string | null;
  /** `desktop`, `mobile`, `tablet`, `tv`, where known. */
  readonly device: string | null;
  /** Whether a robot did it (mail scanners that click every link, crawlers). */
  readonly isBot: boolean;
  /** Of e-mail activities, what fetched or followed; null without a user agent, and from before it was recorded. */
  readonly agentKind: AgentKind | null;
  /** Version of the enrichment that it went through; 0 for activities from before versions were recorded. */
  readonly enrichmentVersion: number;
  /**
   * 48 bits, base64url, of a hash over the sender's activity (`contentDigest`). A retry has the same digest; another
   * body under the same message id has another. Null for activities from before it was recorded.
   */
  readonly contentDigest: string | null;
};

/** Whether two activities of one message say different things, as far as that is known. */
export const isConflict = (a: Pick<Activity, 'contentDigest'>, b: Pick<Activity, 'contentDigest'>): boolean =>
  a.contentDigest !== null && b.contentDigest !== null && a.contentDigest !== b.contentDigest;

/** An activity with or without its details. They are most of its bytes, and lists rarely show them. */
export type ActivitySummary = Omit<Activity, Detail> & Partial<Pick<Activity, Detail>>;
type Detail = 'attributes' | 'context';

/** A campaign as reference data. `createdAt` is epoch milliseconds. */
export type Campaign = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
};

/** An activity type as a tenant declares it; its number is given by the order of declarations. */
export type CustomType = Omit<ActivityTypeDefinition, 'number' | 'standard'>;

/** Everything the activity log can carry; each is idempotent when applied again. */
export type LogRecord =
  | { readonly kind: 'activity'; readonly activity: Activity }
  | { readonly kind: 'lead'; readonly update: LeadUpdate }
  | { readonly kind: 'campaign'; readonly campaign: Campaign }
  | { readonly kind: 'type'; readonly type: CustomType }
  | { readonly kind: 'erasure'; readonly erasure: Erasure }
  /** A tombstone: it keeps the position of a record of a person who was erased, and says nothing. */
  | { readonly kind: 'erased' };

const bodies = new WeakMap<Activity, string>();

/** An activity as JSON, without what its row's key says; made once, because log and store both write it. */
export function activityBody(activity: Activity): string {
  let body = bodies.get(activity);
  if (body === undefined) {
    // Named one by one: an object made by leaving some out is a slow one.
    const rest: Omit<Activity, 'id' | 'leadKey' | 'occurredAt'> = {
      messageId: activity.messageId,
      identity: activity.identity,
      type: activity.type,
      receivedAt: activity.receivedAt,
      campaign: activity.campaign,
      assetId: activity.assetId,
      channel: activity.channel,
      source: activity.source,
      attributes: activity.attributes,
      context: activity.context,
      country: activity.country,
      device: activity.device,
      isBot: activity.isBot,
      agentKind: activity.agentKind,
      enrichmentVersion: activity.enrichmentVersion,
      contentDigest: activity.contentDigest,
    };
    body = JSON.stringify(rest);
    bodies.set(activity, body);
  }
  return body;
}

/** The whole activity as JSON: `id`, `leadKey` and `occurredAt` before its body. */
export const activityJson = (activity: Activity): string =>
  `{"id":"${activity.id}","leadKey":"${activity.leadKey}","occurredAt":${activity.occurredAt},${activityBody(activity).slice(1)}`;
