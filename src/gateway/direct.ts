import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Answer } from './answer.ts';
import { compress } from './http/compress.ts';
import type { Receiver, Reception } from './http/receive.ts';
import { requestIdOf } from './http/request-id.ts';
import { challengeOf, type Headers, isCompressible } from './http/standing-headers.ts';

/** A request as the server of a route sees it, whichever way it came. */
export type RouteRequest = {
  readonly id: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** IP address that the request came from; undefined when it has disconnected. */
  readonly address: string | undefined;
  /** As it was sent; undefined when there was none. */
  readonly body: Buffer | undefined;
};

/** A route whose plain requests need no more of the HTTP framework than the socket. */
export type DirectRoute = {
  readonly path: string;
  /** Whether a request is plain, by its headers; all others go through the framework. */
  accepts(headers: IncomingHttpHeaders): boolean;
  /** @throws what the framework's error handler would get */
  handle(request: RouteRequest, response: ServerResponse): Promise<Answer>;
};

type DirectOptions = {
  readonly maxBodyBytes: number;
  readonly receiver: Receiver;
  readonly receptionOf: (headers: IncomingHttpHeaders) => Reception;
  /** Headers of every answer of the route. */
  readonly headersOf: (headers: IncomingHttpHeaders, url: string, requestId: string) => Headers;
  readonly onError: (error: unknown, requestId: string) => Answer;
  readonly onRequest: (route: string, status: number, seconds: number) => void;
};

/**
 * Answers plain POSTs of a route before the framework sees them: its pipeline costs as much as a small answer does.
 * They use the same server, with its connections, time-outs and handling of malformed requests. Their bodies have a
 * length, which Node's parser enforces. Hooks of the framework don't see them. On its second address for `localhost`
 * the framework sees all requests.
 */
export function answerDirectly(server: FastifyInstance, route: DirectRoute, options: DirectOptions): void {
  const [framework] = server.server.listeners('request') as [RequestListener];
  let closing = false;
  server.addHook('preClose', async () => {
    closing = true;
  });

  const isPlain = ({ method, url, headers }: IncomingMessage): boolean =>
    method === 'POST' &&
    url === route.path &&
    Number(headers['content-length']) <= options.maxBodyBytes &&
    route.accepts(headers);

  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const started = performance.now();
    response.on('finish', () =>
      options.onRequest(route.path, response.statusCode, (performance.now() - started) / 1_000),
    );
    const { headers } = message;
    const address = message.socket.remoteAddress;
    const id = requestIdOf(headers);
    const result = await options.receiver
      .receive(message, options.receptionOf(headers))
      .then((body) => route.handle({ id, method: 'POST', url: route.path, headers, address, body }, response))
      .catch((error: unknown) => options.onError(error, id));
    await send(response, result, {
      standing: options.headersOf(headers, route.path, id),
      accept: headers['accept-encoding'],
      // Nobody waits for the rest of a body that was refused.
      isLast: closing || !message.complete,
    });
  };

  server.server.off('request', framework);
  server.server.on('request', (message: IncomingMessage, response: ServerResponse) => {
    if (!isPlain(message)) return framework(message, response);
    // What fails here fails on the socket: there is nobody left to tell.
    answer(message, response).catch(() => response.destroy());
  });
}

type Sending = {
  readonly standing: Headers;
  readonly accept: string | undefined;
  /** Whether the connection ends with this answer. */
  readonly isLast: boolean;
};

async function send(
  response: ServerResponse,
  { status, headers, body }: Answer,
  { standing, accept, isLast }: Sending,
): Promise<void> {
  const packed = isCompressible(headers.get('content-type')) ? await compress(body, accept) : undefined;
  const content = packed?.bytes ?? body;
  const list = ['content-length', String(Buffer.byteLength(content))];
  for (const [name, value] of standing) if (!headers.has(name)) list.push(name, value);
  for (const [name, value] of headers) if (name !== 'content-length') list.push(name, value);
  if (packed) list.push('content-encoding', packed.encoding, 'vary', 'accept-encoding');
  for (const [name, value] of challengeOf(status)) list.push(name, value);
  if (isLast) list.push('connection', 'close');
  response.writeHead(status, list).end(content);
}
