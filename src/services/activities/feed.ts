import { privacyOf } from '../../auth/privacy.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { ActivitySearch } from '../../datasources/activity-search/port.ts';
import type { ActivityReads } from '../../datasources/activity-store/port.ts';
import type { ActivityFilter } from '../../domain/filter.ts';
import type { LeadKey } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { ActivityTypes } from '../../ingest/door/activity-types.ts';
import { decodePlace, encodePlace, type Place } from './place.ts';
import { type ShownActivity, showTo } from './shown-activity.ts';

/** Activities of these types; where `attribute` is given, those with one of its values. */
type FeedCondition = {
  readonly types: readonly string[];
  /** An attribute that all of `types` declare open. */
  readonly attribute?: { readonly name: string; readonly values: readonly string[] };
};

export type FeedQuestion = {
  /** The place of the client: from `start`, or from the page before. */
  readonly token: string;
  /** Activities must meet at least one of these. */
  readonly anyOf: readonly FeedCondition[];
  /** Null: of all leads. */
  readonly leadKeys: readonly LeadKey[] | null;
  /** Null: of all assets. */
  readonly assetIds: readonly string[] | null;
  readonly size: number;
};

export type FeedPage = {
  readonly activities: readonly ShownActivity[];
  readonly token: string;
  /** Whether the next page has activities already. */
  readonly hasMore: boolean;
};

/** Lets a client follow the activities of a tenant without a gap and without a repeat. */
export type Feed = {
  /** The token of a client that begins with what occurred at `since`, epoch milliseconds. */
  start(viewer: Viewer, since: number): string;
  /**
   * The next page, oldest first. Undefined while newest activities are being repaired: the client tries again later.
   * @throws DomainError `BAD_USER_INPUT` at `token`, `FORBIDDEN` for values that hold an e-mail address
   */
  next(viewer: Viewer, question: FeedQuestion, signal: AbortSignal): Promise<FeedPage | undefined>;
};

export type FeedOptions = {
  readonly store: Pick<ActivityReads, 'activities'>;
  readonly search: ActivitySearch;
  readonly types: Pick<ActivityTypes, 'get'>;
  /**
   * The time, epoch milliseconds, up to which search surely finds all received activities of a tenant. Undefined while
   * its newest activities are being repaired.
   */
  readonly searchableUntil: (tenantId: string, signal: AbortSignal) => Promise<number | undefined>;
};

export function createFeed(options: FeedOptions): Feed {
  return {
    start: ({ tenant }, since) =>
      encodePlace(tenant, { since, receivedAfter: 0, receivedUntil: null, position: null }),

    async next(viewer, question, signal) {
      const { tenant } = viewer;
      const conditions = conditionsOf(viewer, question);
      const place = decodePlace(tenant, question.token);
      const end = place.receivedUntil ?? (await options.searchableUntil(tenant.id, signal));
      if (end === undefined) return undefined;
      // The client asks again before anything new can be sure to be there.
      if (end <= place.receivedAfter)
        return { activities: [], token: encodePlace(tenant, place), hasMore: false };
      const { activities, next } = await readRound(
        options,
        viewer,
        { ...place, receivedUntil: end },
        { conditions, size: question.size },
        signal,
      );
      const after = { since: place.since, receivedAfter: end, receivedUntil: null, position: null };
      return { activities, token: encodePlace(tenant, next ?? after), hasMore: next !== undefined };
    },
  };
}

/** @throws DomainError `FORBIDDEN` for values that hold an e-mail address, unless the viewer has `leads:pii` */
function conditionsOf(viewer: Viewer, { anyOf, leadKeys, assetIds }: FeedQuestion): ActivityFilter[] {
  const privacy = privacyOf(viewer);
  const check = (values: readonly string[], field: string) =>
    values.map((value, index) => privacy.wanted(value, `${field}[${index}]`));
  const alternatives = anyOf.map(({ types, attribute }, index): ActivityFilter => {
    const isOfType: ActivityFilter = { op: 'in', field: 'type', values: types };
    if (!attribute) return isOfType;
    const values = check(attribute.values, `anyOf[${index}].attribute.values`);
    const hasValue: ActivityFilter = { op: 'attribute', name: attribute.name, test: 'in', values };
    return { op: 'and', filters: [isOfType, hasValue] };
  });
  return [
    { op: 'or', filters: alternatives },
    ...(leadKeys ? [{ op: 'in' as const, field: 'leadKey' as const, values: leadKeys }] : []),
    ...(assetIds
      ? [{ op: 'in' as const, field: 'assetId' as const, values: check(assetIds, 'assetIds') }]
      : []),
  ];
}

/** The next activities of a round, and the place after them; undefined at the end of the round. */
async function readRound(
  { store, search, types }: FeedOptions,
  viewer: Viewer,
  round: Place & { readonly receivedUntil: number },
  { conditions, size }: { readonly conditions: readonly ActivityFilter[]; readonly size: number },
  signal: AbortSignal,
): Promise<{ activities: readonly ShownActivity[]; next: Place | undefined }> {
  const { since, receivedAfter, receivedUntil } = round;
  const request = {
    query: null,
    filter: {
      op: 'and',
      filters: [
        { op: 'time', field: 'occurredAt', range: { gte: since } },
        { op: 'time', field: 'receivedAt', range: { gt: receivedAfter, lte: receivedUntil } },
        ...conditions,
      ],
    },
    sort: 'OLDEST',
    first: size,
    highlight: false,
    total: null,
    pii: privacyOf(viewer).pii,
    facets: [],
  } as const;
  const show = showTo(viewer, types, signal);
  let { position } = round;
  for (;;) {
    const page = await search.searchActivities(viewer.tenant, { ...request, after: position }, signal);
    position = page.hits.at(-1)?.position ?? position;
    const activities = await found(store, viewer.tenant, page.hits, signal);
    // The index may name activities that the store no longer has. A page before others must not be empty.
    if (page.hasNextPage && activities.length === 0) continue;
    return {
      activities: activities.map(show),
      next: page.hasNextPage ? { ...round, position } : undefined,
    };
  }
}

async function found(
  store: FeedOptions['store'],
  tenant: Tenant,
  hits: readonly { readonly id: string }[],
  signal: AbortSignal,
) {
  const activities = await store.activities(
    tenant,
    hits.map(({ id }) => id),
    signal,
  );
  return activities.filter((activity) => activity !== null);
}
