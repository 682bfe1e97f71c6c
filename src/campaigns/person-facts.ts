import type { ActivityReads, TimelinePage, TimelineRequest } from '../datasources/activity-store/port.ts';
import type { LeadLists } from '../datasources/lists/port.ts';
import type { ActivitySummary } from '../domain/activity.ts';
import { holds } from '../domain/campaigns/activity-condition.ts';
import { durationMs } from '../domain/campaigns/duration.ts';
import type { DidCondition } from '../domain/campaigns/model.ts';
import type { needsOf, PersonFacts } from '../domain/campaigns/person-condition.ts';
import type { ActivityFilter } from '../domain/filter.ts';
import { combinedParts } from '../domain/filter.ts';
import { hashOfId } from '../domain/ids.ts';
import type { Person } from '../domain/lead.ts';
import type { Tenant } from '../domain/tenant.ts';

/** The ports that facts about a person come from. */
export type FactPorts = {
  readonly store: Pick<ActivityReads, 'timelines'>;
  readonly lists: Pick<LeadLists, 'listsOf'>;
};

/** The moment that a person is judged at, epoch milliseconds: both times of the activity that started a campaign. */
export type Moment = { readonly occurredAt: number; readonly receivedAt: number };

const FIRST_PAGE = 50;
const PAGE = 500;

/**
 * Gathers facts about a person for conditions, as of a moment. Activities that arrived or happened later do not count,
 * nor do those of robots. Traits and lists are as they are now: stores keep no older values.
 * @param needs of a filter without smart lists (`expandLists`)
 */
export async function gatherFacts(
  { store, lists }: FactPorts,
  tenant: Tenant,
  person: Person,
  needs: ReturnType<typeof needsOf>,
  at: Moment,
  signal: AbortSignal,
): Promise<PersonFacts> {
  const { lead, identities } = person;
  const keys = [...new Set([lead.key, ...identities.map(({ key }) => key)])];
  const [inLists, counts] = await Promise.all([
    needs.lists.size === 0 ? new Set<string>() : lists.listsOf(tenant, keys, [...needs.lists], signal),
    countActivities(store, tenant, lead.key, needs.counts, at, signal),
  ]);
  return {
    externalIds: externalIdsOf(person),
    email: lead.email,
    traits: lead.traits,
    lists: inLists,
    counts,
  };
}

const externalIdsOf = ({ lead, identities }: Person): string[] => {
  const ids = identities.flatMap(({ identity }) => (identity.kind === 'known' ? [identity.externalId] : []));
  return [...new Set(lead.externalId === null ? ids : [lead.externalId, ...ids])];
};

/** One condition while its activities are counted. `enough`: more make no difference. */
type Count = {
  readonly condition: DidCondition;
  readonly after: number;
  readonly enough: number;
  count: number;
};

/** The activities of one type, read once for all conditions on it. */
type Scan = { readonly counts: readonly Count[]; request: TimelineRequest | null };

/** Reads each type's activities from the latest back, until all conditions on it are decided. */
async function countActivities(
  store: FactPorts['store'],
  tenant: Tenant,
  leadKey: string,
  conditions: readonly DidCondition[],
  at: Moment,
  signal: AbortSignal,
): Promise<Map<DidCondition, number>> {
  const scans = [...Map.groupBy(conditions, ({ type }) => type)].map(([type, ofType]): Scan => {
    const counts = ofType.map((condition) => countOf(condition, at));
    const details = ofType.some(({ filter }) => filter !== null && looksAtAttributes(filter));
    const request = { leadKey, first: FIRST_PAGE, after: null, types: [type], details };
    return { counts, request: { ...request, from: earliest(counts), to: at.occurredAt + 1 } };
  });
  for (;;) {
    const open = scans.flatMap((scan) => (scan.request ? [{ scan, request: scan.request }] : []));
    if (open.length === 0) break;
    const requests = open.map(({ request }) => request);
    const pages = await store.timelines(tenant, requests, signal);
    open.forEach(({ scan, request }, index) => {
      const page = pages[index];
      scan.request = page ? takePage(scan, request, page, at) : null;
    });
  }
  return new Map(scans.flatMap(({ counts }) => counts.map(({ condition, count }) => [condition, count])));
}

const countOf = (condition: DidCondition, at: Moment): Count => ({
  condition,
  after: condition.within === null ? Number.NEGATIVE_INFINITY : at.occurredAt - durationMs(condition.within),
  enough: condition.atMost === null ? condition.atLeast : condition.atMost + 1,
  count: 0,
});

const isDecided = ({ count, enough }: Count): boolean => count >= enough;

/** Where the window begins that all undecided conditions need; null for all time. */
function earliest(counts: readonly Count[]): number | null {
  const after = Math.min(...counts.filter((count) => !isDecided(count)).map((count) => count.after));
  return Number.isFinite(after) ? Math.max(0, after + 1) : null;
}

/** Counts a page. @returns the request of the next page; null where no more is needed */
function takePage(
  { counts }: Scan,
  request: TimelineRequest,
  { activities, hasNextPage }: TimelinePage,
  at: Moment,
): TimelineRequest | null {
  for (const activity of activities) {
    if (activity.isBot || activity.receivedAt > at.receivedAt) continue;
    for (const count of counts)
      if (!isDecided(count) && activity.occurredAt > count.after && fits(count.condition, activity))
        count.count += 1;
  }
  const last = activities.at(-1);
  if (!hasNextPage || !last || counts.every(isDecided)) return null;
  const after = { occurredAt: last.occurredAt, hash: hashOfId(last.id) };
  return { ...request, first: PAGE, after, from: earliest(counts) };
}

const fits = ({ filter }: DidCondition, activity: ActivitySummary): boolean =>
  filter === null || holds(filter, { ...activity, attributes: activity.attributes ?? {} });

const looksAtAttributes = (filter: ActivityFilter): boolean =>
  filter.op === 'attribute' || combinedParts(filter).some(looksAtAttributes);
