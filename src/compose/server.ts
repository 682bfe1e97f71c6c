import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Config, runsCampaigns, servesApi } from '../config/config.ts';
import { createEndpoint } from '../gateway/endpoint.ts';
import { buildGraph } from '../gateway/graph.ts';
import { type GraphiqlAssets, graphiqlAssets } from '../gateway/graphiql/page.ts';
import { operationsRoutes } from '../gateway/http/operations.ts';
import { createHttpServer } from '../gateway/http-server.ts';
import { marketoRoutes } from '../gateway/marketo/routes.ts';
import { segmentRoutes } from '../gateway/segment/routes.ts';
import { settingsRoutes } from '../gateway/segment/settings.ts';
import { showBacklog } from '../observability/campaign-metrics.ts';
import { createHealth, type Health } from '../observability/health.ts';
import { recountFile, showLastRecount } from '../observability/last-recount.ts';
import { createMetrics, type Metrics } from '../observability/metrics.ts';
import type { Application } from './application.ts';

export type RunningServer = {
  /** For example `http://127.0.0.1:4000`. */
  readonly address: string;
  readonly metrics: Metrics;
  /** Stops taking requests, lets those under way end (for at most the drain time), and closes. The stores stay open. */
  stop(): Promise<void>;
};

type Routes = Parameters<typeof createHttpServer>[0]['routes'];

const CONSOLE_DIRECTORY = fileURLToPath(new URL('../../console/dist', import.meta.url));

/**
 * Serves an application over HTTP: GraphQL with GraphiQL, the Segment protocol, Marketo's activities, health
 * and metrics. A process that only follows the log has health and metrics.
 */
export async function startServer(
  application: Application,
  config: Config,
  logger: Logger,
): Promise<RunningServer> {
  const metrics = createMetrics();
  const { storage } = config;
  if (storage.profile === 'cluster' && storage.roles.includes('workers'))
    showLastRecount(metrics.registry, recountFile(storage.dataDir));
  metrics.follow(application.followers);
  metrics.count(application.itemCounts);
  if (runsCampaigns(config)) watchBacklog(application, metrics);
  const graphiql =
    config.http.graphiql && servesApi(config) ? await graphiqlAssets(CONSOLE_DIRECTORY) : undefined;
  const health = watchHealth(application, metrics, logger);
  let draining = false;
  const endpoint = servesApi(config)
    ? await openEndpoint(application, config, metrics, logger, graphiql)
    : undefined;

  const http = createHttpServer({
    http: config.http,
    logger,
    onRequest: metrics.request,
    authorise: async (authorization, address) =>
      (await application.authenticator.authenticate(authorization, address)) !== null,
    direct: endpoint?.direct,
    routes: [
      ...(endpoint ? [endpoint.routes, ...ingestRoutes(application, config, logger)] : []),
      operationsRoutes({
        registry: metrics.registry,
        jwks: application.keySet.publicJwks,
        graphiql,
        readiness: async () => {
          const { services, dependencies } = await health.report();
          return {
            draining,
            writers: services.writers && !draining,
            readers: services.readers && !draining,
            dependencies,
          };
        },
      }),
    ],
  });
  const address = await http.listen({ host: config.http.host, port: config.http.port });
  metrics.ready(true);

  return {
    address,
    metrics,
    async stop() {
      draining = true;
      metrics.ready(false);
      await drained(http, config.http.drainTimeoutMs);
      await endpoint?.server.stop();
      await health.close();
    },
  };
}

/** Segment's protocol and Marketo's activities. */
const ingestRoutes = (application: Application, config: Config, logger: Logger): Routes => [
  segmentRoutes({
    authenticator: application.authenticator,
    collector: application.services.collector,
    budget: application.budget,
    requestTimeoutMs: config.http.requestTimeoutMs,
  }),
  settingsRoutes({
    authenticator: application.authenticator,
    publicUrl: config.http.publicUrl,
  }),
  marketoRoutes({
    ...application.services,
    store: application.store,
    now: application.clock.now,
    authenticator: application.authenticator,
    tokens: application.tokens,
    requestTimeoutMs: config.http.requestTimeoutMs,
    onUnexpectedError: (error, requestId) => logger.error({ err: error, requestId }, 'unexpected error'),
  }),
];

/** Of a scrape, in milliseconds. */
const BACKLOG_TIMEOUT_MS = 5_000;

function watchBacklog({ automation, clock }: Application, { registry }: Metrics): void {
  showBacklog(registry, () => automation.runs.backlog(clock.now(), AbortSignal.timeout(BACKLOG_TIMEOUT_MS)));
}

/** Watches what the process depends on: a line in the log when something goes away, once a minute until it is back. */
function watchHealth({ dependencies }: Application, metrics: Metrics, logger: Logger): Health {
  return createHealth({
    dependencies,
    onState: metrics.dependency,
    onAway: (dependency, since, error) =>
      logger.error({ dependency, since, err: error }, 'a dependency is away'),
    onBack: (dependency, since) => logger.info({ dependency, since }, 'a dependency is back'),
  });
}

async function openEndpoint(
  application: Application,
  config: Config,
  metrics: Metrics,
  logger: Logger,
  graphiql: GraphiqlAssets | undefined,
): Promise<ReturnType<typeof createEndpoint>> {
  const endpoint = createEndpoint({
    graph: await buildGraph(config.federation, config.http),
    config,
    metrics,
    graphiql,
    createContext: application.createContext,
    onUnexpectedError: (error, requestId) => logger.error({ err: error, requestId }, 'unexpected error'),
  });
  await endpoint.server.start();
  return endpoint;
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
