import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../lib/errors.ts';
import type { Cors } from './cors.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** A path is known, but not with this method. */
export class MethodError extends DomainError {
  readonly status = 405;
  constructor(method: string, allow: string) {
    super('BAD_USER_INPUT', `This address takes no ${method}; send ${allow}.`);
  }
}

/**
 * Answers the methods that the paths of `add` do not have. `OPTIONS` gets the methods and the permissions of other
 * origins, the others 405. Both say in `Allow` what the path takes. Bodies are not read.
 */
export function answerOtherMethods(
  server: FastifyInstance,
  cors: Cors,
  refuse: (reply: FastifyReply, error: MethodError, requestId: string) => FastifyReply,
): { close(): void } {
  const taken = new Map<string, Set<string>>();
  let isOpen = true;
  server.addHook('onRoute', ({ url, method }) => {
    if (!isOpen) return;
    const methods = taken.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    taken.set(url, methods);
  });

  const answer = (allow: string) => async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('allow', allow);
    if (request.method !== 'OPTIONS')
      return refuse(reply, new MethodError(request.method, allow), request.id);
    for (const [name, value] of cors.preflight(request.url, request.headers, allow))
      reply.header(name, value);
    return reply.code(204).send();
  };

  return {
    close() {
      isOpen = false;
      for (const [url, methods] of taken) {
        const allow = METHODS.filter((method) => methods.has(method)).join(', ');
        const others = METHODS.filter((method) => !methods.has(method));
        if (others.length === 0) continue;
        server.route({
          method: others,
          url,
          onRequest: answer(allow),
          handler: (_request, reply) => reply,
        });
      }
    },
  };
}
