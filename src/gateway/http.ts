import { randomUUID } from 'node:crypto';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { DomainError } from '../domain/errors.ts';
import { BodyError } from './body.ts';
import { errorBody, httpStatus } from './errors.ts';

export type HttpServerOptions = {
  readonly http: Config['http'];
  readonly logger: Logger;
  /** Adds the routes; each gets raw bodies as a Buffer and decides itself what they are. */
  readonly routes: readonly ((server: FastifyInstance) => void)[];
  readonly onRequest: (route: string, status: number, seconds: number) => void;
};

/** How long a caller may take to send headers and body, in milliseconds: slow senders hold no connection for ever. */
const RECEIVE_TIMEOUT_MS = 30_000;

/** The one HTTP server of the process. Errors leave it as `{errors: [...]}` with a stable code and the request id. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
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
  server.setErrorHandler((error, request, reply) => sendError(options.logger, error, request, reply));
  server.setNotFoundHandler((request, reply) => {
    const error = new DomainError(
      'NOT_FOUND',
      'There is nothing here. GraphQL is at /graphql; senders post to /v1/batch.',
    );
    return reply.code(404).send(errorBody(error, request.id));
  });
  for (const add of options.routes) add(server);
  return server;
}

function sendError(
  logger: Logger,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = toDomainError(error);
  if (!known) logger.error({ err: error, requestId: request.id }, 'unexpected error');
  const shown =
    known ??
    new DomainError(
      'INTERNAL',
      'Something went wrong here; it was logged. Quote the request id if it stays.',
    );
  if (shown.retryAfterMs !== undefined) {
    const seconds = Math.ceil(shown.retryAfterMs / 1000);
    reply.header('retry-after', seconds);
    // Of a tenant over its budget; with this name and in seconds, as Segment's senders know it.
    if (shown.code === 'RATE_LIMITED') reply.header('x-ratelimit-reset', seconds);
  }
  return (
    reply
      .code(shown instanceof BodyError ? shown.status : httpStatus(shown.code))
      .header('content-type', 'application/json; charset=utf-8')
      // Senders' SDKs look for `code` and `message` at the top, and take an answer without them for a broken one.
      .send({ ...errorBody(shown, request.id), success: false, code: shown.code, message: shown.message })
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
