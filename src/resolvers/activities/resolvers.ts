import type { GraphQLResolveInfo } from 'graphql';
import { requireViewer } from '../../auth/viewer.ts';
import { ACTIVITY, CAMPAIGN } from '../../domain/activity.ts';
import { ACTIVITY_TYPE, type ActivityTypeDefinition } from '../../domain/activity-types.ts';
import { type IdKind, parseGlobalId, requireGlobalId, toGlobalId } from '../../domain/ids.ts';
import { LEAD, type Lead } from '../../domain/lead.ts';
import { boundedList } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import type { RequestContext } from '../context.ts';
import { referTo } from '../reference.ts';
import { scalars } from '../scalars.ts';
import type { QueryResolvers, Resolvers, ResolversTypes } from './generated.ts';
import { connection, leadActivities, leadOfTimeline } from './timeline.ts';

const MAX_IDS = 100;

/** @param info where it is given, the lead has as much as this field asks for */
export const findLead = async (
  key: string,
  context: RequestContext,
  info?: GraphQLResolveInfo,
): Promise<Lead | null> =>
  (info && (await leadOfTimeline(key, context, info))) ?? context.loaders.leads.load(key);

export async function findType(
  name: string,
  context: RequestContext,
): Promise<ActivityTypeDefinition | null> {
  const { types } = context.services;
  return (await types.get(requireViewer(context).tenant, name, context.signal)) ?? null;
}

/** The types whose objects this subgraph answers itself; it knows the others by their keys. */
const OWN: ReadonlySet<IdKind> = new Set([LEAD, ACTIVITY, ACTIVITY_TYPE]);

/** The object with its type, and without a look at what it has: details are parsed when they are read. */
const named = (value: object, type: string): { readonly __typename: string } =>
  Object.create(value, { __typename: { value: type, enumerable: true } });

/** The object behind a global id; null when the tenant has none. @throws DomainError for a text that is no id of this API */
async function loadNode(
  id: string,
  path: string,
  context: RequestContext,
  info: GraphQLResolveInfo,
): Promise<ResolversTypes['Node'] | null> {
  const parsed = parseGlobalId(id);
  const entity = context.services.entities.find(({ kind }) => kind === parsed?.kind);
  if (!parsed || !entity)
    throw badInput("This is not an id of this API. Take ids from the 'id' field of an object.", path);
  const { kind, local } = parsed;
  const value = await entity.load(local, context, info);
  return (
    value && ((OWN.has(kind) ? named(value, kind.type) : referTo(kind, local)) as ResolversTypes['Node'])
  );
}

/**
 * The objects of the ids, in order. A text that is no such id, or that a store failed for, is an error in its own place.
 * All are settled, so that no rejection is left without a handler.
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
    if (id) return findLead(requireGlobalId(LEAD, id, 'id'), context, info);
    if (!externalId) throw badInput("'externalId' must not be empty.", 'externalId');
    const [knownKey, anonymousKey] = context.services.people.keysOf(requireViewer(context), externalId);
    const found = await leadOfTimeline(knownKey, context, info);
    if (found) return found;
    const [known, anonymous] = await Promise.all([
      findLead(knownKey, context),
      findLead(anonymousKey, context),
    ]);
    return known ?? anonymous;
  },
  leads: (_parent, { ids }, context) =>
    each(ids, (id, path) => findLead(requireGlobalId(LEAD, id, path), context)),
  activity: (_parent, { id }, context) =>
    context.loaders.activities.load(requireGlobalId(ACTIVITY, id, 'id')),
  activities: (_parent, { ids }, context) =>
    each(ids, (id, path) => context.loaders.activities.load(requireGlobalId(ACTIVITY, id, path))),
  activityTypes: async (_parent, _args, context) => [
    ...(await context.services.types.list(requireViewer(context).tenant, context.signal)),
  ],
  activityType: (_parent, { name }, context) => findType(name, context),
};

/** Resolvers of `schema/activities.graphql`. Parents are domain values; other fields are read from them directly. */
export const resolvers: Resolvers = {
  ...scalars,
  Query,
  Viewer: {
    tenant: ({ tenant, tenantName }) => ({ id: tenant.id, name: tenantName }),
    scopes: ({ scopes }) => [...scopes].sort(),
  },
  Node: { __resolveType: (value) => (value as { readonly __typename: 'Lead' }).__typename },
  Lead: {
    id: ({ key }) => toGlobalId(LEAD, key),
    aliases: ({ aliases }) => [...aliases],
    activities: leadActivities,
  },
  ActivityConnection: connection,
  Activity: {
    id: ({ id }) => toGlobalId(ACTIVITY, id),
    async lead(activity, _args, context) {
      const lead = await findLead(activity.leadKey, context);
      // An activity is stored together with its lead, so one without is a fault of ours.
      if (!lead) throw new Error(`activity ${activity.id} has no lead`);
      return lead;
    },
    async type(activity, _args, context) {
      const type = await findType(activity.type, context);
      if (!type) throw new Error(`activity ${activity.id} has no type`);
      return type;
    },
    campaign: ({ campaignId }) => (campaignId === null ? null : referTo(CAMPAIGN, campaignId)),
    // The other activities of the page may have been too much already.
    attributes: (activity, _args, { meter }) => activity.attributes(() => meter?.add(null)),
    context: (activity) => activity.context(),
  },
  ActivityType: {
    id: ({ name }) => toGlobalId(ACTIVITY_TYPE, name),
    attributes: ({ attributes }) => [...attributes],
  },
};
