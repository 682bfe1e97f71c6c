import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { DomainError } from '../lib/errors.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { answerDirectly, type DirectRoute } from './direct.ts';
import { errorBody, httpStatus } from './graphql/errors.ts';
import { BodyError } from './http/body.ts';
import { compress } from './http/compress.ts';
import { createCors } from './http/cors.ts';
import { answerOtherMethods, MethodError } from './http/methods.ts';
import { createReceiver, OPEN_BYTES, type Reception } from './http/receive.ts';
import { requestIdOf } from './http/request-id.ts';
import { challengeOf, isCompressible, standingHeaders } from './http/standing-headers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The largest body that the route reads before the credential in the header is known to be good, in bytes. */
    openBytes?: number;
  }
}

export type HttpServerOptions = {
  readonly http: Config['http'];
  readonly logger: Logger;
  /** Adds the routes; each gets raw bodies as a Buffer and decides itself what they are. */
  readonly routes: readonly ((server: FastifyInstance) => void)[];
  /** The route whose plain requests are most of all. */
  readonly direct?: DirectRoute | undefined;
  readonly onRequest: (route: string, status: number, seconds: number) => void;
  /** Whether an `Authorization` header is there and good. @throws DomainError for a bad credential */
  readonly authorise: (authorization: string | undefined, address: string | undefined) => Promise<boolean>;
};

/** How long a caller may take to send headers and body, in milliseconds: slow senders hold no connection for ever. */
const RECEIVE_TIMEOUT_MS = 30_000;
/** How often connections are held against that time. */
const CHECK_INTERVAL_MS = 5_000;

/** The one HTTP server of the process. Errors leave it as `{errors: [...]}` with a stable code and the request id. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { maxBodyBytes } = options.http;
  const onError = (error: unknown, requestId: string) => errorAnswer(options.logger, error, requestId);
  const cors = createCors(options.http.cors);
  const receiver = createReceiver();
  const server: FastifyInstance = Fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request costs more than many an answer; what is logged names the request id itself.
    childLoggerFactory: (logger) => logger,
    bodyLimit: maxBodyBytes,
    requestTimeout: RECEIVE_TIMEOUT_MS,
    http: { connectionsCheckingInterval: CHECK_INTERVAL_MS },
    genReqId: ({ headers }) => requestIdOf(headers),
    forceCloseConnections: 'idle',
    // What still comes on an open connection while draining is answered, and the connection then closed.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => {
      reply.headers(Object.fromEntries(standingHeaders(request.id)));
      sendAnswer(reply as unknown as FastifyReply, onError(error, request.id));
    },
  });
  const receptionOf = ({ authorization }: { readonly authorization?: string | undefined }): Reception => ({
    maxBytes: maxBodyBytes,
    openBytes: OPEN_BYTES,
    authorise: (address) => options.authorise(authorization, address),
  });
  // JSON comes with all kinds of content types (some SDKs say form data); the route decides what it reads.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (request: FastifyRequest) =>
    receiver.receive(request.raw, {
      ...receptionOf(request.headers),
      maxBytes: request.routeOptions.bodyLimit ?? maxBodyBytes,
      openBytes: request.routeOptions.config.openBytes ?? OPEN_BYTES,
    }),
  );

  server.addHook('onRequest', async (request, reply) => {
    for (const [name, value] of standingHeaders(request.id)) reply.header(name, value);
    for (const [name, value] of cors.answer(request.url, request.headers.origin)) reply.header(name, value);
    // The body of what leads nowhere is not read.
    if (request.is404) return sendAnswer(reply, onError(NOT_HERE, request.id));
  });
  server.addHook('onSend', compressed);
  server.addHook('onResponse', async (request, reply) => {
    options.onRequest(request.routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime / 1000);
  });
  server.setErrorHandler((error, request, reply) => sendAnswer(reply, onError(error, request.id)));
  const others = answerOtherMethods(server, cors, (reply, error, id) =>
    sendAnswer(reply, onError(error, id)),
  );
  for (const add of options.routes) add(server);
  others.close();
  if (options.direct)
    answerDirectly(server, options.direct, {
      maxBodyBytes,
      receiver,
      receptionOf,
      headersOf: (headers, url, id) => [...standingHeaders(id), ...cors.answer(url, headers.origin)],
      onError,
      onRequest: options.onRequest,
    });
  return server;
}

const NOT_HERE = new DomainError(
  'NOT_FOUND',
  'There is nothing here. GraphQL is at /graphql; senders post to /v1/batch.',
);

/** Compresses text for clients that accept it, and adds the challenge to a 401. */
async function compressed(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  for (const [name, value] of challengeOf(reply.statusCode)) reply.header(name, value);
  // Nobody waits for the rest of a body that was refused.
  if (!request.raw.complete) reply.header('connection', 'close');
  const isPacked = reply.hasHeader('content-encoding') || reply.hasHeader('etag');
  if (typeof payload !== 'string' || isPacked || !isCompressible(String(reply.getHeader('content-type'))))
    return payload;
  const packed = await compress(payload, request.headers['accept-encoding']);
  if (!packed) return payload;
  const vary = reply.getHeader('vary');
  reply
    .removeHeader('content-length')
    .header('content-encoding', packed.encoding)
    .header('vary', vary === undefined ? 'accept-encoding' : `${String(vary)}, accept-encoding`);
  return packed.bytes;
}

/** The answer to an error; errors that are not safe to show are logged. */
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
    shown instanceof BodyError || shown instanceof MethodError ? shown.status : httpStatus(shown.code),
    JSON.stringify({ ...errorBody(shown, requestId), success: false, code, message, requestId }),
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
