import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../../auth/authenticate.ts';
import { hasScope, type Viewer } from '../../auth/viewer.ts';
import type { Scope } from '../../domain/scopes.ts';
import { DomainError } from '../../lib/errors.ts';
import { BodyError } from '../http/body.ts';
import { createDeadline } from '../http/deadline.ts';
import { formOf, integer, searchOf } from './query.ts';
import { failed, faultOf, MarketoError, succeeded } from './respond.ts';

export type CallOptions = {
  readonly authenticator: Authenticator;
  readonly requestTimeoutMs: number;
  readonly onUnexpectedError: (error: unknown, requestId: string) => void;
};

/** A call of somebody who may make it. */
export type Call = {
  readonly viewer: Viewer;
  readonly query: URLSearchParams;
  readonly request: FastifyRequest;
  readonly signal: AbortSignal;
};

type Method = 'GET' | 'POST' | 'DELETE';
/** The scope of a method, and what it answers beside the envelope. */
type Answer = readonly [scope: Scope, answer: (call: Call) => Promise<object>];
/** Answers an address by these methods. */
export type AddRoute = (url: string, answers: Readonly<Partial<Record<Method, Answer>>>) => void;

/** Marketo's limit: 8 KB an address. */
const MAX_URL_LENGTH = 8 * 1024;

/** Adds routes of Marketo's REST API. All answers but errors of HTTP have status 200 and the envelope. */
export function routeAdder(server: FastifyInstance, options: CallOptions): AddRoute {
  return (url, answers) => {
    server.all(url, async (request, reply) => {
      const deadline = createDeadline(reply.raw, options.requestTimeoutMs);
      try {
        if (request.url.length > MAX_URL_LENGTH)
          throw new BodyError(414, 'The address is longer than 8 KB. Send the query as the body of a POST.');
        const query = searchOf(request);
        const method = methodOf(request, query);
        const found = Object.entries(answers).find(([name]) => name === method)?.[1];
        if (!found) throw new MarketoError('605', 'HTTP Method not supported');
        const [scope, answer] = found;
        const viewer = await authenticate(options.authenticator, request, scope);
        // A query that is too long for the address is in the body of a POST with `_method=GET`.
        if (method !== request.method && method === 'GET')
          for (const [name, value] of formOf(request)) query.append(name, value);
        const content = await deadline.race(answer({ viewer, query, request, signal: deadline.signal }));
        return reply.send(succeeded(request.id, content));
      } catch (error) {
        return answerFailure(options, request.id, reply, error);
      } finally {
        deadline.clear();
      }
    });
  };
}

const methodOf = ({ method }: FastifyRequest, query: URLSearchParams): string =>
  method === 'POST' ? (query.get('_method') ?? method) : method;

/** The number in the path of a call. */
export const numberOf = ({ request }: Call): number =>
  integer((request.params as { readonly id?: string }).id ?? '', 'id');

/** Errors of HTTP go the server's way; all others are answers with status 200. */
function answerFailure(
  options: CallOptions,
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
