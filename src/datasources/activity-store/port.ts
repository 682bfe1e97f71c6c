import { type Activity, type ActivitySummary, type Campaign, isConflict } from '../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { ActivityId } from '../../domain/ids.ts';
import type { Lead, LeadKey, LeadUpdate, Person } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';

/**
 * The outcome of one activity: stored, a duplicate of the activity stored under the same messageId, or in conflict with
 * it because its body differs. `id` belongs to the stored activity.
 */
export type WriteVerdict = { readonly status: 'stored' | 'duplicate' | 'conflict'; readonly id: ActivityId };

/** The verdict on an activity whose message was stored before. */
export const repeatOf = (
  first: Pick<Activity, 'id' | 'contentDigest'>,
  activity: Pick<Activity, 'contentDigest'>,
): WriteVerdict => ({ status: isConflict(first, activity) ? 'conflict' : 'duplicate', id: first.id });

/** A place in a timeline: the page goes on strictly after it. */
export type TimelinePosition = { readonly occurredAt: number; readonly hash: string };

/** One page of one lead's timeline, newest first. Times are epoch milliseconds, `from` inclusive, `to` exclusive. */
export type TimelineRequest = {
  readonly leadKey: LeadKey;
  readonly first: number;
  readonly after: TimelinePosition | null;
  readonly types: readonly string[] | null;
  readonly from: number | null;
  readonly to: number | null;
  /** Whether attributes and context are wanted. A store may give them nonetheless. */
  readonly details: boolean;
};

export type TimelinePage = {
  readonly activities: readonly ActivitySummary[];
  readonly hasNextPage: boolean;
  /** The person whose timeline it is, as `leads` would say; null where reading the page did not tell. */
  readonly leadKey: LeadKey | null;
};

/**
 * Reading rows. Answers come in input order, `null` where the tenant has no such row. A lead that was linked to another
 * answers as that other lead, and its activities are part of that timeline.
 */
export interface ActivityReads {
  activities(
    tenant: Tenant,
    ids: readonly ActivityId[],
    signal: AbortSignal,
  ): Promise<readonly (Activity | null)[]>;
  timelines(
    tenant: Tenant,
    requests: readonly TimelineRequest[],
    signal: AbortSignal,
  ): Promise<readonly TimelinePage[]>;
  leads(tenant: Tenant, keys: readonly LeadKey[], signal: AbortSignal): Promise<readonly (Lead | null)[]>;
  /** Like `leads`, with the values of each linked identity by itself: a search index finds a person by all of them. */
  persons(tenant: Tenant, keys: readonly LeadKey[], signal: AbortSignal): Promise<readonly (Person | null)[]>;
  /** Keys of identities that begin with `prefix`, at most `first`, in no order. */
  leadKeys(tenant: Tenant, prefix: string, first: number, signal: AbortSignal): Promise<readonly LeadKey[]>;
  campaigns(
    tenant: Tenant,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (Campaign | null)[]>;
  /** Campaigns by id, ascending, strictly after `after`. */
  listCampaigns(
    tenant: Tenant,
    first: number,
    after: string | null,
    signal: AbortSignal,
  ): Promise<readonly Campaign[]>;
  /** The tenant's own types, by number. */
  customTypes(tenant: Tenant, signal: AbortSignal): Promise<readonly ActivityTypeDefinition[]>;
}

/** Writing rows; everything is idempotent. */
export interface ActivityWrites {
  /** Durable as far as the adapter says, and each messageId once: the first wins, also within the batch. */
  write(
    tenant: Tenant,
    activities: readonly Activity[],
    signal: AbortSignal,
  ): Promise<readonly WriteVerdict[]>;
  /** Applies identify and link calls; the result does not depend on their order, nor on repeats. */
  updateLeads(tenant: Tenant, updates: readonly LeadUpdate[], signal: AbortSignal): Promise<void>;
  putCampaigns(tenant: Tenant, campaigns: readonly Campaign[], signal: AbortSignal): Promise<void>;
  /** @throws DomainError `BAD_USER_INPUT` when the name is taken by a different definition. */
  defineType(
    tenant: Tenant,
    type: Omit<ActivityTypeDefinition, 'number' | 'standard'>,
    signal: AbortSignal,
  ): Promise<ActivityTypeDefinition>;
}

/** Activities of one tenant among those of others. */
export type TenantActivities = { readonly tenant: Tenant; readonly activities: readonly Activity[] };

/**
 * Writing rows where the log decides which activity of a message counts (`Claims`). A write then needs neither read nor
 * lock, and rows of repeats are corrected afterwards.
 */
export interface ActivityRows extends Omit<ActivityWrites, 'write'> {
  /**
   * Writes the rows of activities, durable and to be read at once. The same activity again is the same row.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`: some rows may be written
   */
  put(groups: readonly TenantActivities[], signal: AbortSignal): Promise<void>;
  /**
   * Everything that follows from activities that count: their rows (again, should they be missing), when leads
   * were seen, and campaigns.
   */
  complete(tenant: Tenant, activities: readonly Activity[], signal: AbortSignal): Promise<void>;
  /**
   * The part of `updateLeads` that depends on order: the lead that each identity is linked to. The rest may follow at
   * any time, in any order.
   */
  decideLinks(tenant: Tenant, updates: readonly LeadUpdate[], signal: AbortSignal): Promise<void>;
  /** Takes back rows; those that are not there are no error. */
  remove(tenant: Tenant, ids: readonly ActivityId[], signal: AbortSignal): Promise<void>;
}

/** The writes of a store of rows; `write` stores activities. */
export const rowsAs = (
  { updateLeads, putCampaigns, defineType }: ActivityRows,
  write: ActivityRows['complete'],
): ActivityWrites => ({
  updateLeads,
  putCampaigns,
  defineType,
  async write(tenant, activities, signal) {
    await write(tenant, activities, signal);
    return activities.map(({ id }) => ({ status: 'stored', id }));
  },
});

/** The store of rows: point look-ups and timelines. */
export type ActivityStore = ActivityReads & ActivityWrites;

/** Reading everything of a tenant, to build another store from it. */
export interface SettledReads {
  /**
   * Activities that the log has settled, in batches: all of the tenant, or those of some leads. An activity that is
   * settled meanwhile may be left out.
   */
  settled(
    tenant: Tenant,
    leads: readonly LeadKey[] | 'all',
    signal: AbortSignal,
  ): AsyncIterable<readonly Activity[]>;
  /** The keys of all identities that were seen, in batches. */
  identities(tenant: Tenant, signal: AbortSignal): AsyncIterable<readonly LeadKey[]>;
}
