import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { DependencyState } from '../../observability/health.ts';
import type { GraphiqlAssets } from '../graphiql/page.ts';
import { ASSET_CACHE_CONTROL, contentSecurityPolicy } from '../graphiql/page.ts';

export type OperationsOptions = {
  readonly registry: Registry;
  readonly readiness: () => Promise<Readiness>;
  readonly jwks: object;
  readonly graphiql: GraphiqlAssets | undefined;
};

/**
 * Whether the process should get requests: of writers, and of readers. The dependencies say why; a dependency that
 * neither needs (the search index, the figures) leaves the process ready, since everything else can be answered.
 */
type Readiness = {
  readonly draining: boolean;
  readonly writers: boolean;
  readonly readers: boolean;
  readonly dependencies: readonly DependencyState[];
};
const AUDIENCES = ['writers', 'readers'] as const;
const isAudience = (text: string): text is (typeof AUDIENCES)[number] =>
  (AUDIENCES as readonly string[]).includes(text);

/** Routes for operators and browsers besides the API: health, metrics, public keys, GraphiQL's files. */
export function operationsRoutes(options: OperationsOptions): (server: FastifyInstance) => void {
  return (server) => {
    // Alive: the event loop turns. Whether stores answer is readiness; restarting us would not mend them.
    server.get('/healthz', (_request, reply) => reply.send({ status: 'ok' }));
    server.get<{ Querystring: { for?: string } }>('/readyz', async (request, reply) => {
      const wanted = request.query.for;
      if (wanted !== undefined && !isAudience(wanted))
        return reply.code(400).send({ error: "'for' must be 'writers' or 'readers'." });
      const readiness = await options.readiness();
      const isReady = wanted === undefined ? AUDIENCES.every((one) => readiness[one]) : readiness[wanted];
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'unready', ...readiness });
    });
    server.get('/metrics', async (_request, reply) =>
      reply.header('content-type', options.registry.contentType).send(await options.registry.metrics()),
    );
    server.get('/.well-known/jwks.json', (_request, reply) => reply.send(options.jwks));
    server.get('/', (_request, reply) => reply.redirect('/graphql', 302));
    const { graphiql } = options;
    if (!graphiql) return;
    server.get<{ Params: { name: string } }>('/graphiql/:name', async (request, reply) => {
      const asset = await graphiql.asset(request.params.name, request.headers['accept-encoding'] ?? '');
      if (!asset) return reply.callNotFound();
      reply
        .header('etag', asset.etag)
        .header('cache-control', ASSET_CACHE_CONTROL)
        .header('vary', 'accept-encoding')
        // Workers obey the policy of their own response, not the page's.
        .header('content-security-policy', contentSecurityPolicy)
        .header('x-content-type-options', 'nosniff');
      if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send();
      if (asset.contentEncoding) reply.header('content-encoding', asset.contentEncoding);
      return reply.type(asset.contentType).send(asset.body);
    });
  };
}
