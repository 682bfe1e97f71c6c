import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Answer } from './answer.ts';

/** A request as the server of a route sees it, whichever way it came. */
export type RouteRequest = {
  readonly id: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** As it was sent; undefined when there was none. */
  readonly body: Buffer | undefined;
};

/** A route whose plain requests need no more of the HTTP framework than the socket. */
export type DirectRoute = {
  readonly path: string;
  /** What is plain, by its headers; all else goes through the framework. */
  accepts(headers: IncomingHttpHeaders): boolean;
  /** @throws what the framework's error handler would get */
  handle(request: RouteRequest, response: ServerResponse): Promise<Answer>;
};

type DirectOptions = {
  readonly maxBodyBytes: number;
  readonly onError: (error: unknown, requestId: string) => Answer;
  readonly onRequest: (route: string, status: number, seconds: number) => void;
};

/**
 * Answers plain POSTs of a route before the framework sees them: its pipeline costs as much as a small answer
 * does. They come on the same server, so connections, time-outs and malformed requests are its own; their
 * bodies have a length, which Node's parser keeps them to. Hooks of the framework don't see them, and on the second
 * address that it opens for `localhost` it sees all.
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

  const answer = (message: IncomingMessage, response: ServerResponse): void => {
    const started = performance.now();
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const id = randomUUID();
      const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      const { headers } = message;
      route
        .handle({ id, method: 'POST', url: route.path, headers, body }, response)
        .catch((error: unknown) => options.onError(error, id))
        .then((result) => send(response, result, closing));
    });
    response.on('finish', () =>
      options.onRequest(route.path, response.statusCode, (performance.now() - started) / 1_000),
    );
  };

  server.server.off('request', framework);
  server.server.on('request', (message: IncomingMessage, response: ServerResponse) =>
    isPlain(message) ? answer(message, response) : framework(message, response),
  );
}

function send(response: ServerResponse, { status, headers, body }: Answer, closing: boolean): void {
  const list = ['content-length', String(Buffer.byteLength(body))];
  for (const [name, value] of headers) if (name !== 'content-length') list.push(name, value);
  if (closing) list.push('connection', 'close');
  response.writeHead(status, list).end(body);
}
