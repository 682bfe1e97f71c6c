import { privacyOf } from '../../auth/privacy.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { ActivitySearch } from '../../datasources/activity-search/port.ts';
import type { ActivityReads } from '../../datasources/activity-store/port.ts';
import type { Activity } from '../../domain/activity.ts';
import {
  type ActivityTypeDefinition,
  type AttributeDataType,
  type AttributeDefinition,
  primaryAttribute,
} from '../../domain/activity-types.ts';
import type { ActivityFilter } from '../../domain/filter.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { marketoActivityId, marketoLeadId } from '../../domain/marketo-ids.ts';
import { integerFrom } from '../../ingest/dialects/marketo/decode.ts';
import { findMarketoLeads } from '../../ingest/dialects/marketo/leads.ts';
import type { ActivityTypes } from '../../ingest/door/activity-types.ts';
import { inTurn } from '../../lib/turns.ts';
import { encodePlace, type Place } from './paging.ts';
import { MarketoError } from './respond.ts';

export type ReadOptions = {
  readonly store: ActivityReads;
  readonly search: ActivitySearch;
  readonly types: ActivityTypes;
  /**
   * Until when, epoch milliseconds, all that was received of a tenant is sure to be found by search. Undefined while
   * that can't be said, because its newest activities are being repaired.
   */
  readonly horizon: (tenantId: string, signal: AbortSignal) => Promise<number | undefined>;
};

/** Names of types and attributes. */
const CHANGE = {
  type: 'Change Data Value',
  field: 'attributeName',
  old: 'oldValue',
  new: 'newValue',
} as const;
const NEW_LEAD = 'New Lead';

/** The page of activities that a client who stands at `place` reads next, and where it stands then. */
async function readPage(
  options: ReadOptions,
  viewer: Viewer,
  { place, filters, size }: { place: Place; filters: readonly ActivityFilter[]; size: number },
  signal: AbortSignal,
): Promise<{ activities: readonly Activity[]; nextPageToken: string; moreResult: boolean }> {
  const { tenant } = viewer;
  const end = place.receivedUntil ?? (await options.horizon(tenant.id, signal));
  if (end === undefined) throw new MarketoError('713', 'Transient Error');
  const stand = (next: Place) => encodePlace(tenant, next);
  // Asked again before anything new can be sure to be there.
  if (end <= place.receivedAfter) return { activities: [], nextPageToken: stand(place), moreResult: false };
  const round = { ...place, receivedUntil: end };
  const filter: ActivityFilter = {
    op: 'and',
    filters: [
      { op: 'time', field: 'occurredAt', range: { gte: place.since } },
      { op: 'time', field: 'receivedAt', range: { gt: place.receivedAfter, lte: end } },
      ...filters,
    ],
  };
  let { position } = place;
  for (;;) {
    const page = await options.search.searchActivities(
      tenant,
      {
        query: null,
        filter,
        sort: 'OLDEST',
        first: size,
        after: position,
        highlight: false,
        total: null,
        pii: privacyOf(viewer).pii,
        facets: [],
      },
      signal,
    );
    position = page.hits.at(-1)?.position ?? position;
    const found = await options.store.activities(
      tenant,
      page.hits.map(({ id }) => id),
      signal,
    );
    const activities = found.filter((activity) => activity !== null);
    // Of an index that names what the store has no more, a page may be empty; whoever reads on must not get such.
    if (page.hasNextPage && activities.length === 0) continue;
    return {
      activities,
      nextPageToken: stand(
        page.hasNextPage
          ? { ...round, position }
          : { since: place.since, receivedAfter: end, receivedUntil: null, position: null },
      ),
      moreResult: page.hasNextPage,
    };
  }
}

type LeadCondition = { readonly leadIds: readonly number[] | null };

/** The condition that activities are of these leads; undefined when there are none such. */
async function leadFilter(
  options: ReadOptions,
  viewer: Viewer,
  { leadIds }: LeadCondition,
  signal: AbortSignal,
): Promise<readonly ActivityFilter[]> {
  if (leadIds === null) return [];
  const found = await findMarketoLeads(options.store, viewer.tenant, leadIds, signal);
  const values = [...found.values()].flat().map(({ key }) => key);
  return [{ op: 'in', field: 'leadKey', values }];
}

/** `GET /rest/v1/activities.json`: activities of these types, with Marketo's names. */
export async function readActivities(
  options: ReadOptions,
  viewer: Viewer,
  query: LeadCondition & {
    readonly place: Place;
    readonly typeIds: readonly number[];
    readonly assetIds: readonly string[] | null;
    readonly size: number;
  },
  signal: AbortSignal,
) {
  for (const id of query.assetIds ?? []) privacyOf(viewer).wanted(id, 'assetIds');
  const types = await options.types.list(viewer.tenant, signal);
  const wanted = types.filter(({ number }) => query.typeIds.includes(number));
  const page = await readPage(
    options,
    viewer,
    {
      place: query.place,
      size: query.size,
      filters: [
        { op: 'in', field: 'type', values: wanted.map(({ name }) => name) },
        ...(await leadFilter(options, viewer, query, signal)),
        ...(query.assetIds ? [{ op: 'in' as const, field: 'assetId' as const, values: query.assetIds }] : []),
      ],
    },
    signal,
  );
  const show = await shower(options, viewer, page.activities, types, signal);
  return {
    result: await Promise.all(
      page.activities.map(async (activity) => {
        const { common, type, attributes } = await show(activity);
        const primary = type && primaryAttribute(type)?.name;
        const value = primary === undefined ? undefined : attributes[primary];
        const assetId = activity.assetId === null ? undefined : integerFrom(activity.assetId);
        return {
          ...common,
          ...(assetId !== undefined && { primaryAttributeValueId: assetId }),
          ...(value !== undefined && { primaryAttributeValue: textOf(value) }),
          attributes: listOf(attributes, (name) => name !== primary),
        };
      }),
    ),
    nextPageToken: page.nextPageToken,
    moreResult: page.moreResult,
  };
}

/** `GET /rest/v1/activities/leadchanges.json`: changes of these fields, and new leads. */
export async function readLeadChanges(
  options: ReadOptions,
  viewer: Viewer,
  query: LeadCondition & { readonly place: Place; readonly fields: readonly string[]; readonly size: number },
  signal: AbortSignal,
) {
  for (const field of query.fields) privacyOf(viewer).wanted(field, 'fields');
  const isOfType = (name: string): ActivityFilter => ({ op: 'in', field: 'type', values: [name] });
  const isOfField: ActivityFilter = {
    op: 'attribute',
    name: CHANGE.field,
    test: 'in',
    values: query.fields,
  };
  const page = await readPage(
    options,
    viewer,
    {
      place: query.place,
      size: query.size,
      filters: [
        {
          op: 'or',
          filters: [isOfType(NEW_LEAD), { op: 'and', filters: [isOfType(CHANGE.type), isOfField] }],
        },
        ...(await leadFilter(options, viewer, query, signal)),
      ],
    },
    signal,
  );
  const types = await options.types.list(viewer.tenant, signal);
  const show = await shower(options, viewer, page.activities, types, signal);
  const fieldNames: readonly string[] = [CHANGE.field, CHANGE.old, CHANGE.new];
  return {
    result: await Promise.all(
      page.activities.map(async (activity) => {
        const { common, attributes } = await show(activity);
        const isChange = activity.type === CHANGE.type;
        const [field, oldValue, newValue] = fieldNames.map((name) => attributes[name]);
        return {
          ...common,
          fields: isChange
            ? [
                {
                  id: common.id,
                  name: textOf(field ?? ''),
                  newValue: textOf(newValue ?? ''),
                  oldValue: textOf(oldValue ?? ''),
                },
              ]
            : [],
          attributes: listOf(attributes, (name) => !isChange || !fieldNames.includes(name)),
        };
      }),
    ),
    nextPageToken: page.nextPageToken,
    moreResult: page.moreResult,
  };
}

/** What activities of a page have in common, as this caller may see it. */
async function shower(
  options: ReadOptions,
  viewer: Viewer,
  activities: readonly Activity[],
  types: readonly ActivityTypeDefinition[],
  signal: AbortSignal,
) {
  const byName = new Map(types.map((type) => [type.name, type]));
  const keys = [...new Set(activities.map(({ leadKey }) => leadKey))];
  const leads = await options.store.leads(viewer.tenant, keys, signal);
  const numbers = new Map(
    keys.map((key, index) => [key, marketoLeadId(leads[index] ?? { key, externalId: null })]),
  );
  const privacy = privacyOf(viewer);
  return (activity: Activity) =>
    inTurn(() => {
      const type = byName.get(activity.type);
      const campaignId = activity.campaign === null ? undefined : integerFrom(activity.campaign.id);
      return {
        type,
        attributes: privacy.attributes(activity.attributes, type),
        common: {
          id: marketoActivityId(activity.id),
          marketoGUID: activity.id,
          leadId: numbers.get(activity.leadKey),
          activityDate: dateOf(activity.occurredAt),
          activityTypeId: type?.number,
          ...(campaignId !== undefined && { campaignId }),
        },
      };
    });
}

/** To the second, as Marketo writes it and its clients parse it. */
const dateOf = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

const listOf = (attributes: JsonObject, isShown: (name: string) => boolean) =>
  Object.entries(attributes)
    .filter(([name]) => isShown(name))
    .map(([name, value]) => ({ name, value: typeof value === 'object' ? JSON.stringify(value) : value }));

const DATA_TYPES: Readonly<Record<AttributeDataType, string>> = {
  STRING: 'string',
  INTEGER: 'integer',
  NUMBER: 'float',
  BOOLEAN: 'boolean',
  DATETIME: 'datetime',
  URL: 'link',
};

const describe = ({ name, dataType }: AttributeDefinition) => ({
  name,
  apiName: name,
  dataType: DATA_TYPES[dataType],
});

/** `GET /rest/v1/activities/types.json`. */
export async function readTypes(options: Pick<ReadOptions, 'types'>, viewer: Viewer, signal: AbortSignal) {
  const types = await options.types.list(viewer.tenant, signal);
  return {
    result: types.map((type) => {
      const primary = primaryAttribute(type);
      return {
        id: type.number,
        name: type.name,
        description: type.description,
        ...(primary && { primaryAttribute: describe(primary) }),
        attributes: type.attributes.filter((attribute) => attribute !== primary).map(describe),
      };
    }),
  };
}
