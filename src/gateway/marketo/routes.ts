import type { FastifyInstance } from 'fastify';
import type { TokenIssuer } from '../../auth/client-credentials.ts';
import {
  type FeedQuery,
  type ReadOptions,
  readActivities,
  readLeadChanges,
  readTypes,
} from './activities.ts';
import { assetRoutes } from './assets.ts';
import { type AddRoute, type CallOptions, routeAdder } from './call.ts';
import { type CampaignOptions, campaignRoutes } from './campaigns.ts';
import { type ListOptions, listRoutes } from './lists.ts';
import { integers, jsonOf, list, missing, required, size, timeFrom } from './query.ts';
import { failed, MarketoError } from './respond.ts';
import { signIn } from './sign-in.ts';
import { addActivities, type WriteOptions } from './write.ts';

type ActivityOptions = ReadOptions & WriteOptions;
export type MarketoOptions = ActivityOptions &
  CampaignOptions &
  ListOptions &
  CallOptions & { readonly tokens: TokenIssuer };

/** Marketo's limits: 300 activities a page, 10 types and 30 leads a query. */
const MAX_PAGE = 300;
const MAX_TYPES = 10;
const MAX_LEADS = 30;
/** Ours: fields of one query of changes, and assets. */
const MAX_VALUES = 100;

/**
 * The parts of Marketo's REST API about activities, campaigns and static lists. Shapes, limits and error codes are
 * Marketo's (Marketo Engage REST API, "Activities", "Smart Campaigns", "Static Lists", "Authentication", "Paging
 * Tokens", "Error Codes"); ADR 14 explains its numbers.
 */
export function marketoRoutes(options: MarketoOptions): (server: FastifyInstance) => void {
  return (server) => {
    server.route({ method: ['GET', 'POST'], url: '/identity/oauth/token', handler: signIn(options.tokens) });
    const add = routeAdder(server, options);
    activityRoutes(add, options);
    assetRoutes(add, options);
    campaignRoutes(add, options);
    listRoutes(add, options);
    server.all('/rest/*', (request, reply) =>
      reply.send(failed(request.id, { code: '610', message: 'Requested resource not found' })),
    );
  };
}

function activityRoutes(add: AddRoute, options: ActivityOptions): void {
  const activities = '/rest/v1/activities';
  add(`${activities}/pagingtoken.json`, {
    GET: [
      'activities:read',
      async ({ viewer, query }) => {
        const since = timeFrom(required(query, 'sinceDatetime'));
        return { nextPageToken: options.feed.start(viewer, since) };
      },
    ],
  });
  add(`${activities}/types.json`, {
    GET: ['activities:read', ({ viewer, signal }) => readTypes(options, viewer, signal)],
  });
  add(`${activities}.json`, {
    GET: [
      'activities:read',
      async ({ viewer, query, signal }) => {
        const typeIds = integers(query, 'activityTypeIds', MAX_TYPES) ?? missing('activityTypeIds');
        const assetIds = list(query, 'assetIds', MAX_VALUES);
        return readActivities(options, viewer, { ...common(query), typeIds, assetIds }, signal);
      },
    ],
  });
  add(`${activities}/leadchanges.json`, {
    GET: [
      'activities:read',
      async ({ viewer, query, signal }) => {
        const fields = list(query, 'fields', MAX_VALUES) ?? missing('fields');
        return readLeadChanges(options, viewer, { ...common(query), fields }, signal);
      },
    ],
  });
  add(`${activities}/external.json`, {
    POST: [
      'activities:write',
      async ({ viewer, request, signal }) => addActivities(options, viewer, await jsonOf(request), signal),
    ],
  });
}

/** Parameters that queries of activities and of changes share. */
function common(query: URLSearchParams): FeedQuery {
  if (query.has('listId'))
    throw new MarketoError('1003', "Invalid data: activities are not read by list; use 'leadIds'");
  return {
    token: required(query, 'nextPageToken'),
    leadIds: integers(query, 'leadIds', MAX_LEADS) ?? null,
    size: size(query, 'batchSize', MAX_PAGE),
  };
}
