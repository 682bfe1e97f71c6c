import type { Viewer } from '../../auth/viewer.ts';
import {
  type ActivityTypeDefinition,
  type AttributeDataType,
  type AttributeDefinition,
  primaryAttribute,
} from '../../domain/activity-types.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { marketoActivityId, marketoAssetId, marketoLeadId } from '../../domain/marketo-ids.ts';
import { integerFrom } from '../../ingest/dialects/marketo/decode.ts';
import type { ActivityTypes } from '../../ingest/door/activity-types.ts';
import { DomainError } from '../../lib/errors.ts';
import type { Feed, FeedPage, FeedQuestion } from '../../services/activities/feed.ts';
import type { ShownActivity } from '../../services/activities/shown-activity.ts';
import type { People } from '../../services/people.ts';
import { secondOf } from './numbered.ts';
import { MarketoError } from './respond.ts';

export type ReadOptions = {
  readonly people: People;
  readonly feed: Feed;
  readonly types: ActivityTypes;
};

/** Names of types and attributes. */
const CHANGE = {
  type: 'Change Data Value',
  field: 'attributeName',
  old: 'oldValue',
  new: 'newValue',
} as const;
const NEW_LEAD = 'New Lead';

/** The parts that queries of activities and of changes share. */
export type FeedQuery = {
  readonly token: string;
  /** Numbers of leads; null: of all. */
  readonly leadIds: readonly number[] | null;
  readonly size: number;
};

/** The next page of the viewer's feed. @throws MarketoError for a token of another tenant or API, and while it waits */
async function readPage(
  { feed, people }: ReadOptions,
  viewer: Viewer,
  { leadIds, ...query }: FeedQuery & Pick<FeedQuestion, 'anyOf' | 'assetIds'>,
  signal: AbortSignal,
): Promise<FeedPage> {
  const leadKeys = leadIds && [...(await people.keysByNumber(viewer, leadIds, signal)).values()].flat();
  const page = await feed.next(viewer, { ...query, leadKeys }, signal).catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.field !== 'token') throw error;
    throw new MarketoError(
      '1003',
      "Invalid data: 'nextPageToken' is none of this API. Get one from pagingtoken.json.",
    );
  });
  if (page === undefined) throw new MarketoError('713', 'Transient Error');
  return page;
}

/** `GET /rest/v1/activities.json`: activities of these types, with Marketo's names. */
export async function readActivities(
  options: ReadOptions,
  viewer: Viewer,
  query: FeedQuery & { readonly typeIds: readonly number[]; readonly assetIds: readonly string[] | null },
  signal: AbortSignal,
) {
  const { typeIds, ...rest } = query;
  const types = await options.types.list(viewer.tenant, signal);
  const wanted = types.filter(({ number }) => typeIds.includes(number)).map(({ name }) => name);
  const page = await readPage(options, viewer, { ...rest, anyOf: [{ types: wanted }] }, signal);
  const show = await shower(options, viewer, page.activities, types, signal);
  return answerOf(page, async (activity) => {
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
  });
}

/** `GET /rest/v1/activities/leadchanges.json`: changes of these fields, and new leads. */
export async function readLeadChanges(
  options: ReadOptions,
  viewer: Viewer,
  { fields, ...query }: FeedQuery & { readonly fields: readonly string[] },
  signal: AbortSignal,
) {
  const anyOf = [
    { types: [NEW_LEAD] },
    { types: [CHANGE.type], attribute: { name: CHANGE.field, values: fields } },
  ];
  const page = await readPage(options, viewer, { ...query, anyOf, assetIds: null }, signal);
  const types = await options.types.list(viewer.tenant, signal);
  const show = await shower(options, viewer, page.activities, types, signal);
  const fieldNames: readonly string[] = [CHANGE.field, CHANGE.old, CHANGE.new];
  return answerOf(page, async (activity) => {
    const { common, attributes } = await show(activity);
    const isChange = activity.type === CHANGE.type;
    const [field, oldValue, newValue] = fieldNames.map((name) => textOf(attributes[name] ?? ''));
    return {
      ...common,
      fields: isChange ? [{ id: common.id, name: field, newValue, oldValue }] : [],
      attributes: listOf(attributes, (name) => !isChange || !fieldNames.includes(name)),
    };
  });
}

const answerOf = async <T>(page: FeedPage, show: (activity: ShownActivity) => Promise<T>) => ({
  result: await Promise.all(page.activities.map(show)),
  nextPageToken: page.token,
  moreResult: page.hasMore,
});

/** The fields that all activities of a page have. */
async function shower(
  { people }: ReadOptions,
  viewer: Viewer,
  activities: readonly ShownActivity[],
  types: readonly ActivityTypeDefinition[],
  signal: AbortSignal,
) {
  const byName = new Map(types.map((type) => [type.name, type]));
  const keys = [...new Set(activities.map(({ leadKey }) => leadKey))];
  const leads = await people.byKeys(viewer, keys, signal);
  const numbers = new Map(
    keys.map((key, index) => [key, marketoLeadId(leads[index] ?? { key, externalId: null })]),
  );
  return async (activity: ShownActivity) => {
    const type = byName.get(activity.type);
    const campaignId = campaignNumber(activity.campaignId);
    return {
      type,
      attributes: await activity.attributes(),
      common: {
        id: marketoActivityId(activity.id),
        marketoGUID: activity.id,
        leadId: numbers.get(activity.leadKey),
        activityDate: secondOf(activity.occurredAt),
        activityTypeId: type?.number,
        ...(campaignId !== undefined && { campaignId }),
      },
    };
  };
}

/** The number of a campaign: a text that may name a person has none. */
const campaignNumber = (id: string | null): number | undefined =>
  id !== null && /^[\w-]{1,64}$/.test(id) ? marketoAssetId(id) : undefined;

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
