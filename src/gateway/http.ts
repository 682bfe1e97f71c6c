import { randomUUID } from 'node:crypto';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { DomainError } from '../domain/errors.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { BodyError } from './body.ts';
import { answerDirectly, type DirectRoute } from './direct.ts';
import { errorBody, httpStatus } from './errors.ts';

export type HttpServerOptions = {
  readonly http: Config['http'];
  readonly logger: Logger;
  /** Adds the routes; each gets raw bodies as a Buffer and decides itself what they are. */
  readonly routes: readonly ((server: FastifyInstance) => void)[];
  /** The route whose plain requests are most of all. */
  readonly direct?: DirectRoute | undefined;
  readonly onRequest: (route: string, status: number, seconds: number) => void;
};

/** How long a caller may take to send headers and body, in milliseconds: slow senders hold no connection for ever. */
const RECEIVE_TIMEOUT_MS = 30_000;

/** The one HTTP server of the process. Errors leave it as `{errors: [...]}` with a stable code and the request id. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const onError = (error: unknown, requestId: string) => errorAnswer(options.logger, error, requestId);
  const server: FastifyInstance = Fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request costs more than many an answer; what is logged names the request id itself.
    childLoggerFactory: (logger) => logger,
    bodyLimit: options.http.maxBodyBytes,
    requestTimeout: RECEIVE_TIMEOUT_MS,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    // What still comes on an open connection while draining is answered, and the connection then closed.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
  });
  // JSON comes with all kinds of content types (some SDKs say form data); the route decides what it reads.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  server.addHook('onResponse', async (request, reply) => {
    options.onRequest(request.routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime / 1000);
  });
  server.setErrorHandler((error, request, reply) => sendAnswer(reply, onError(error, request.id)));
  server.setNotFoundHandler((request, reply) => {
    const error = new DomainError(
      'NOT_FOUND',
      'There is nothing here. GraphQL is at /graphql; senders post to /v1/batch.',
    );
    return reply.code(404).send(errorBody(error, request.id));
  });
  for (const add of options.routes) add(server);
  if (options.direct)
    answerDirectly(server, options.direct, {
      maxBodyBytes: options.http.maxBodyBytes,
      onError,
      onRequest: options.onRequest,
    });
  return server;
}

/** What a caller is told of an error; one that is not known to be safe to tell is logged. */
function errorAnswer(logger: Logger, error: unknown, requestId: string): Answer {
  const known = toDomainError(error);
  if (!known) logger.error({ err: error, requestId }, 'unexpected error');
  const shown =
    known ??
    new DomainError(
      'INTERNAL',
      'Something went wrong here; it was logged. Quote the request id if it stays.',
    );
  const headers = new Map<string, string>();
  if (shown.retryAfterMs !== undefined) {
    const seconds = String(Math.ceil(shown.retryAfterMs / 1000));
    headers.set('retry-after', seconds);
    // Of a tenant over its budget; with this name and in seconds, as Segment's senders know it.
    if (shown.code === 'RATE_LIMITED') headers.set('x-ratelimit-reset', seconds);
  }
  // Senders' SDKs look for `code` and `message` at the top, and take an answer without them for a broken one.
  const { code, message } = shown;
  return jsonAnswer(
    shown instanceof BodyError ? shown.status : httpStatus(shown.code),
    JSON.stringify({ ...errorBody(shown, requestId), success: false, code, message }),
    headers,
  );
}

/** Fastify's own faults of the request, in our words. */
function toDomainError(error: unknown): DomainError | undefined {
  if (error instanceof DomainError) return error;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return new BodyError(413, 'The body is too large. Send fewer items in one request.');
  if (status >= 400 && status < 500) return new BodyError(status, 'The request is malformed.');
  return undefined;
}

/** Sends a whole answer through the framework. */
export function sendAnswer(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  for (const [name, value] of headers) reply.header(name, value);
  return reply.code(status).send(body);
}
