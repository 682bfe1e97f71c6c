import type { GraphQLResolveInfo } from 'graphql';
import { privacyOf } from '../../auth/privacy.ts';
import { requireViewer } from '../../auth/viewer.ts';
import type { ActivitySummary } from '../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import { parseGlobalId, requireGlobalId, toGlobalId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Lead } from '../../domain/lead.ts';
import { leadKey } from '../../domain/lead.ts';
import { badInput } from '../../lib/errors.ts';
import { inTurn } from '../../lib/turns.ts';
import type { RequestContext } from '../context.ts';
import { boundedList } from '../paging.ts';
import { keyOf, type Reference, referTo } from '../reference.ts';
import { scalars } from '../scalars.ts';
import type { QueryResolvers, Resolvers } from './generated.ts';
import { connection, leadActivities, leadOfTimeline } from './timeline.ts';

const MAX_IDS = 100;

/** The lead as this caller may see it. */
const shown = (lead: Lead | null, { viewer }: RequestContext): Lead | null =>
  lead === null ? null : privacyOf(viewer).lead(lead);

async function loadLead(key: string, context: RequestContext): Promise<Lead | null> {
  return shown(await context.loaders.leads.load(key), context);
}

/** The lead with as much of it as is asked for. */
const findLead = async (
  key: string,
  context: RequestContext,
  info: GraphQLResolveInfo,
): Promise<Lead | null> => (await leadOfTimeline(key, context, info)) ?? loadLead(key, context);

async function typeOf(name: string, context: RequestContext): Promise<ActivityTypeDefinition | undefined> {
  return context.services.types.get(requireViewer(context).tenant, name, context.signal);
}

/** @throws Error where it was not read, because nobody seemed to ask for it */
function detailOf(activity: ActivitySummary, detail: 'attributes' | 'context'): JsonObject {
  const value = activity[detail];
  if (!value) throw new Error(`activity ${activity.id} was read without its ${detail}`);
  return value;
}

type NodeValue =
  | (Lead & { __typename: 'Lead' })
  | (ActivitySummary & { __typename: 'Activity' })
  | (ActivityTypeDefinition & { __typename: 'ActivityType' })
  | Reference;

/** The object with its type, and without a look at what it has: details are parsed when they are read. */
const named = <T extends object, N extends string>(value: T, name: N): T & { __typename: N } =>
  Object.create(value, { __typename: { value: name, enumerable: true } }) as T & { __typename: N };

/** The object behind a global id; null when the tenant has none. @throws DomainError for what is no id of this API */
async function loadNode(
  id: string,
  path: string,
  context: RequestContext,
  info: GraphQLResolveInfo,
): Promise<NodeValue | null> {
  const parsed = parseGlobalId(id);
  if (!parsed)
    throw badInput("This is not an id of this API. Take ids from the 'id' field of an object.", path);
  switch (parsed.type) {
    case 'Lead': {
      const lead = await findLead(parsed.local, context, info);
      return lead && { ...lead, __typename: 'Lead' };
    }
    case 'Activity': {
      const activity = await context.loaders.activities.load(parsed.local);
      return activity && named(activity, 'Activity');
    }
    case 'ActivityType': {
      const type = await typeOf(parsed.local, context);
      return type ? { ...type, __typename: 'ActivityType' } : null;
    }
    case 'Campaign':
      return (await context.loaders.campaigns.load(parsed.local)) ? referTo('Campaign', parsed.local) : null;
    default:
      return parsed.type satisfies never;
  }
}

/**
 * What each of the ids leads to, in order: one that is no such id, or that a store failed for, is an error in its own
 * place. All are settled, so that no rejection is left without a handler.
 */
async function each<T>(
  ids: readonly string[],
  find: (id: string, path: string) => Promise<T | null>,
): Promise<(T | null)[]> {
  const settled = await Promise.allSettled(
    boundedList(ids, MAX_IDS, 'ids').map(async (id, index) => find(id, `ids[${index}]`)),
  );
  // GraphQL takes an error in a list for the error of its place; the types that codegen makes don't know.
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as T)));
}

const Query: QueryResolvers = {
  viewer: (_parent, _args, context) => requireViewer(context),
  node: (_parent, { id }, context, info) => loadNode(id, 'id', context, info),
  nodes: (_parent, { ids }, context, info) => each(ids, (id, path) => loadNode(id, path, context, info)),
  async lead(_parent, { id, externalId }, context, info) {
    if ((id === undefined || id === null) === (externalId === undefined || externalId === null))
      throw badInput("Give exactly one of 'id' and 'externalId'.", 'id');
    if (id) return findLead(requireGlobalId('Lead', id, 'id'), context, info);
    if (!externalId) throw badInput("'externalId' must not be empty.", 'externalId');
    const viewer = requireViewer(context);
    const { tenant } = viewer;
    // Whether somebody with this address is known here, and since when, is personal data too.
    privacyOf(viewer).wanted(externalId, 'externalId');
    const key = leadKey(tenant.idSpace, { kind: 'known', externalId });
    const told = await leadOfTimeline(key, context, info);
    if (told) return told;
    const [known, anonymous] = await Promise.all([
      loadLead(key, context),
      loadLead(leadKey(tenant.idSpace, { kind: 'anonymous', anonymousId: externalId }), context),
    ]);
    return known ?? anonymous;
  },
  leads: (_parent, { ids }, context) =>
    each(ids, (id, path) => loadLead(requireGlobalId('Lead', id, path), context)),
  activity: (_parent, { id }, context) =>
    context.loaders.activities.load(requireGlobalId('Activity', id, 'id')),
  activities: (_parent, { ids }, context) =>
    each(ids, (id, path) => context.loaders.activities.load(requireGlobalId('Activity', id, path))),
  activityTypes: async (_parent, _args, context) => [
    ...(await context.services.types.list(requireViewer(context).tenant, context.signal)),
  ],
  activityType: async (_parent, { name }, context) => (await typeOf(name, context)) ?? null,
};

/** Resolvers of `schema/activities.graphql`. Parents are domain values; what isn't here is read from them as it is. */
export const resolvers: Resolvers = {
  ...scalars,
  Query,
  Viewer: {
    tenant: ({ tenant, tenantName }) => ({ id: tenant.id, name: tenantName }),
    scopes: ({ scopes }) => [...scopes].sort(),
  },
  Node: { __resolveType: (value) => (value as NodeValue).__typename },
  Lead: {
    __resolveReference: (reference, context) =>
      loadLead(requireGlobalId('Lead', keyOf(reference), 'id'), context),
    id: ({ key }) => toGlobalId('Lead', key),
    aliases: ({ aliases }) => [...aliases],
    activities: leadActivities,
  },
  ActivityConnection: connection,
  Activity: {
    __resolveReference: (reference, context) =>
      context.loaders.activities.load(requireGlobalId('Activity', keyOf(reference), 'id')),
    id: ({ id }) => toGlobalId('Activity', id),
    messageId: ({ messageId }, _args, { viewer }) => privacyOf(viewer).text(messageId),
    async lead(activity, _args, context) {
      const lead = await loadLead(activity.leadKey, context);
      // An activity is stored together with its lead, so one without is a fault of ours.
      if (!lead) throw new Error(`activity ${activity.id} has no lead`);
      return lead;
    },
    async type(activity, _args, context) {
      const type = await typeOf(activity.type, context);
      if (!type) throw new Error(`activity ${activity.id} has no type`);
      return type;
    },
    campaign: ({ campaign }) => (campaign ? referTo('Campaign', campaign.id) : null),
    assetId: ({ assetId }, _args, { viewer }) => (assetId === null ? null : privacyOf(viewer).text(assetId)),
    async attributes(activity, _args, context) {
      const privacy = privacyOf(context.viewer);
      if (privacy.pii) return detailOf(activity, 'attributes');
      const type = await typeOf(activity.type, context);
      return inTurn(() => {
        // The others of the page may have been too much already.
        context.meter?.add(null);
        return privacy.attributes(detailOf(activity, 'attributes'), type);
      });
    },
    context: (activity, _args, { viewer }) => privacyOf(viewer).context(detailOf(activity, 'context')),
  },
  ActivityType: {
    __resolveReference: async (reference, context) =>
      (await typeOf(requireGlobalId('ActivityType', keyOf(reference), 'id'), context)) ?? null,
    id: ({ name }) => toGlobalId('ActivityType', name),
    attributes: ({ attributes }) => [...attributes],
  },
};
