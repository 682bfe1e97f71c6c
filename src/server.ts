import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Application } from './compose.ts';
import type { Config } from './config.ts';
import { createEndpoint } from './gateway/endpoint.ts';
import { buildGraph } from './gateway/graph.ts';
import { buildGraphiql } from './gateway/graphiql/build.ts';
import { type GraphiqlAssets, graphiqlAssets } from './gateway/graphiql/page.ts';
import { createHttpServer } from './gateway/http.ts';
import { operationsRoutes } from './gateway/operations.ts';
import { segmentRoutes } from './ingest/segment/routes.ts';
import { createMetrics } from './observability/metrics.ts';

export type RunningServer = {
  /** For example `http://127.0.0.1:4000`. */
  readonly address: string;
  /** Stops taking requests, lets those under way end (for at most the drain time), and closes. The stores stay open. */
  stop(): Promise<void>;
};

const GRAPHIQL_DIRECTORY = fileURLToPath(new URL('../dist/graphiql', import.meta.url));

/** Serves an application over HTTP: GraphQL with GraphiQL, the Segment protocol, health and metrics. */
export async function startServer(
  application: Application,
  config: Config,
  logger: Logger,
): Promise<RunningServer> {
  const metrics = createMetrics();
  const graphiql = config.http.graphiql ? await openGraphiql() : undefined;
  let draining = false;

  const endpoint = createEndpoint({
    graph: await buildGraph(config.federation),
    config,
    metrics,
    graphiql,
    createContext: application.createContext,
    onUnexpectedError: (error) => logger.error({ err: error }, 'unexpected error'),
  });
  await endpoint.server.start();

  const http = createHttpServer({
    http: config.http,
    logger,
    onRequest: metrics.request,
    direct: endpoint.direct,
    routes: [
      endpoint.routes,
      segmentRoutes({
        authenticator: application.authenticator,
        collector: application.services.collector,
        requestTimeoutMs: config.http.requestTimeoutMs,
        onItems: (status, count) => metrics.items('segment', status, count),
      }),
      operationsRoutes({
        registry: metrics.registry,
        jwks: application.keySet.publicJwks,
        graphiql,
        unready: async () => (draining ? 'draining' : databaseFault(application)),
      }),
    ],
  });
  const address = await http.listen({ host: config.http.host, port: config.http.port });
  metrics.ready(true);

  return {
    address,
    async stop() {
      draining = true;
      metrics.ready(false);
      await drained(http, config.http.drainTimeoutMs);
      await endpoint.server.stop();
    },
  };
}

async function openGraphiql(): Promise<GraphiqlAssets> {
  await buildGraphiql({ outDir: GRAPHIQL_DIRECTORY });
  return graphiqlAssets(GRAPHIQL_DIRECTORY);
}

const PROBE_TIMEOUT_MS = 2_000;

async function databaseFault(application: Application): Promise<string | undefined> {
  try {
    await application.db.query('SELECT 1', [], { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return undefined;
  } catch {
    return 'the database does not answer';
  }
}

/** Closes when every request under way has its answer, or when the time is up. */
async function drained(http: FastifyInstance, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => http.server.closeAllConnections(), timeoutMs);
  try {
    await http.close();
  } finally {
    clearTimeout(timer);
  }
}
