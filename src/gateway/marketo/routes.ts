import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { Authenticator } from '../../auth/authenticate.ts';
import type { TokenIssuer } from '../../auth/client-credentials.ts';
import { hasScope, type Viewer } from '../../auth/viewer.ts';
import type { Json } from '../../domain/json.ts';
import type { Scope } from '../../domain/scopes.ts';
import { parseTime } from '../../domain/time/iso-time.ts';
import { DomainError } from '../../lib/errors.ts';
import { BodyError, readJson } from '../http/body.ts';
import { createDeadline } from '../http/deadline.ts';
import {
  type FeedQuery,
  type ReadOptions,
  readActivities,
  readLeadChanges,
  readTypes,
} from './activities.ts';
import { failed, faultOf, MarketoError, succeeded } from './respond.ts';
import { addActivities, type WriteOptions } from './write.ts';

export type MarketoOptions = ReadOptions &
  WriteOptions & {
    readonly authenticator: Authenticator;
    readonly tokens: TokenIssuer;
    readonly requestTimeoutMs: number;
    readonly onUnexpectedError: (error: unknown, requestId: string) => void;
  };

/** Marketo's limits: 1 MB a body, 8 KB an address, 300 activities a page, 10 types and 30 leads a query. */
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_URL_LENGTH = 8 * 1024;
const MAX_PAGE = 300;
const MAX_TYPES = 10;
const MAX_LEADS = 30;
/** Ours: fields of one query of changes, and assets. */
const MAX_VALUES = 100;

type Call = {
  readonly viewer: Viewer;
  readonly query: URLSearchParams;
  readonly request: FastifyRequest;
  readonly signal: AbortSignal;
};

/**
 * The part of Marketo's REST API about activities: signing in, adding custom activities, and following activities and
 * changes of leads with paging tokens. Shapes, limits and error codes are Marketo's (Marketo Engage REST API,
 * "Activities", "Authentication", "Paging Tokens", "Error Codes"); ADR 14 explains its numbers.
 */
export function marketoRoutes(options: MarketoOptions): (server: FastifyInstance) => void {
  return (server) => {
    server.route({ method: ['GET', 'POST'], url: '/identity/oauth/token', handler: signIn(options) });

    const add = (
      method: 'GET' | 'POST',
      path: string,
      scope: Scope,
      answer: (call: Call) => Promise<object>,
    ): void => {
      server.all(`/rest/v1/activities${path}`, handler(options, method, scope, answer));
    };
    add('GET', '/pagingtoken.json', 'activities:read', async ({ viewer, query }) => {
      const since = parseTime(required(query, 'sinceDatetime'));
      if (since === undefined) throw new MarketoError('704', 'Invalid date format');
      return { nextPageToken: options.feed.start(viewer, since) };
    });
    add('GET', '/types.json', 'activities:read', ({ viewer, signal }) => readTypes(options, viewer, signal));
    add('GET', '.json', 'activities:read', ({ viewer, query, signal }) =>
      readActivities(
        options,
        viewer,
        {
          ...common(query),
          typeIds: integers(query, 'activityTypeIds', MAX_TYPES) ?? missing('activityTypeIds'),
          assetIds: list(query, 'assetIds', MAX_VALUES),
        },
        signal,
      ),
    );
    add('GET', '/leadchanges.json', 'activities:read', ({ viewer, query, signal }) =>
      readLeadChanges(
        options,
        viewer,
        { ...common(query), fields: list(query, 'fields', MAX_VALUES) ?? missing('fields') },
        signal,
      ),
    );
    add('POST', '/external.json', 'activities:write', async ({ viewer, request, signal }) =>
      addActivities(options, viewer, await jsonOf(request), signal),
    );
    server.all('/rest/*', (request, reply) =>
      reply.send(failed(request.id, { code: '610', message: 'Requested resource not found' })),
    );
  };
}

function handler(
  options: MarketoOptions,
  method: 'GET' | 'POST',
  scope: Scope,
  answer: (call: Call) => Promise<object>,
): RouteHandlerMethod {
  return async (request, reply) => {
    const deadline = createDeadline(reply.raw, options.requestTimeoutMs);
    try {
      if (request.url.length > MAX_URL_LENGTH)
        throw new BodyError(414, 'The address is longer than 8 KB. Send the query as the body of a POST.');
      const viewer = await authenticate(options.authenticator, request, scope);
      const query = queryOf(request, method);
      const content = await deadline.race(answer({ viewer, query, request, signal: deadline.signal }));
      return reply.send(succeeded(request.id, content));
    } catch (error) {
      return answerFailure(options, request.id, reply, error);
    } finally {
      deadline.clear();
    }
  };
}

/** Errors of HTTP go the server's way; all others are answers with status 200. */
function answerFailure(
  options: MarketoOptions,
  requestId: string,
  reply: FastifyReply,
  error: unknown,
): FastifyReply {
  if (error instanceof BodyError) throw error;
  const fault = faultOf(error);
  if (!fault) options.onUnexpectedError(error, requestId);
  if (error instanceof DomainError && error.retryAfterMs !== undefined)
    reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
  return reply.send(failed(requestId, fault ?? { code: '611', message: 'System error' }));
}

async function authenticate(
  authenticator: Authenticator,
  { headers, ip }: FastifyRequest,
  scope: Scope,
): Promise<Viewer> {
  const viewer = await authenticator.authenticate(headers.authorization, ip);
  if (!viewer) throw new DomainError('UNAUTHENTICATED', 'No access token was sent.');
  // A public key would learn which leads there are.
  if (!hasScope(viewer, scope) || viewer.isPublic) throw new DomainError('FORBIDDEN', 'Access denied');
  return viewer;
}

/** The query of a call: of the address, and where that would be too long, of a POST with `_method=GET`. */
function queryOf(request: FastifyRequest, method: 'GET' | 'POST'): URLSearchParams {
  const query = searchOf(request);
  if (request.method === method) return query;
  if (method === 'GET' && request.method === 'POST' && query.get('_method') === 'GET') {
    for (const [name, value] of formOf(request)) query.append(name, value);
    return query;
  }
  throw new MarketoError('605', 'HTTP Method not supported');
}

const searchOf = ({ url }: FastifyRequest): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

const formOf = ({ body }: FastifyRequest): URLSearchParams =>
  new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : '');

async function jsonOf(request: FastifyRequest): Promise<Json> {
  if (!/json/i.test(request.headers['content-type'] ?? ''))
    throw new MarketoError('612', 'Invalid Content Type');
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  try {
    return (await readJson(raw, request.headers['content-encoding'], MAX_BODY_BYTES)) as Json;
  } catch (error) {
    if (error instanceof BodyError && error.status === 400) throw new MarketoError('609', 'Invalid JSON');
    throw error;
  }
}

const missing = (name: string): never => {
  throw new MarketoError('1002', `Missing value for the required parameter '${name}'`);
};

const required = (query: URLSearchParams, name: string): string => query.get(name) || missing(name);

/** Values of a list, which comes with commas or as a parameter that is there several times; null when it is not there. */
function list(query: URLSearchParams, name: string, most: number): readonly string[] | null {
  const values = query
    .getAll(name)
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter(Boolean);
  if (values.length > most)
    throw new MarketoError('1003', `Invalid data: '${name}' has more than ${most} values`);
  return values.length > 0 ? values : null;
}

function integers(query: URLSearchParams, name: string, most: number): readonly number[] | undefined {
  const values = list(query, name, most);
  return values?.map((text) => integer(text, name));
}

function integer(text: string, name: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw new MarketoError(
      '1001',
      `Invalid value '${text.slice(0, 40)}' of '${name}'. Required of type 'integer'`,
    );
  return value;
}

/** Parameters that queries of activities and of changes share. */
function common(query: URLSearchParams): FeedQuery {
  if (query.has('listId'))
    throw new MarketoError('1003', "Invalid data: there are no static lists here; use 'leadIds'");
  const size = query.has('batchSize') ? integer(query.get('batchSize') ?? '', 'batchSize') : MAX_PAGE;
  return {
    token: required(query, 'nextPageToken'),
    leadIds: integers(query, 'leadIds', MAX_LEADS) ?? null,
    // As Marketo does it: a larger one is the largest.
    size: Math.min(Math.max(size, 1), MAX_PAGE),
  };
}

/** The OAuth 2.0 client credentials grant, with its own errors (RFC 6749, 5.2). */
const signIn =
  ({ tokens }: MarketoOptions): RouteHandlerMethod =>
  async (request, reply) => {
    const query = searchOf(request);
    const form = request.method === 'POST' ? formOf(request) : query;
    const parameter = (name: string): string => query.get(name) ?? form.get(name) ?? '';
    if (parameter('grant_type') !== 'client_credentials')
      return reply.code(400).send({
        error: 'unsupported_grant_type',
        error_description: "Send 'grant_type=client_credentials'.",
      });
    try {
      const { token, expiresInSeconds, subject } = await tokens.issue(
        parameter('client_id'),
        parameter('client_secret'),
        request.ip,
      );
      return reply.send({
        access_token: token,
        token_type: 'bearer',
        expires_in: expiresInSeconds,
        scope: subject,
      });
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'UNAUTHENTICATED') throw error;
      return reply.code(401).send({ error: 'invalid_client', error_description: error.message });
    }
  };
