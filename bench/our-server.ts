// Our gateway over the benchmark's data: everything a request passes in production is on (credentials,
// shield, limits, cost, budget, deadlines, metrics); only the store is in memory.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthenticator } from '../src/auth/authenticate.ts';
import type { Directory } from '../src/auth/directory.ts';
import { mintToken, openKeySet } from '../src/auth/key-set.ts';
import { requireViewer } from '../src/auth/viewer.ts';
import { createServices } from '../src/compose/services.ts';
import { readConfig } from '../src/config/config.ts';
import { verifyTenant } from '../src/domain/tenant.ts';
import { createEndpoint } from '../src/gateway/endpoint.ts';
import { buildGraph } from '../src/gateway/graph.ts';
import { createHttpServer } from '../src/gateway/http-server.ts';
import { createActivityTypes } from '../src/ingest/door/activity-types.ts';
import { createLogger } from '../src/observability/logger.ts';
import { createMetrics } from '../src/observability/metrics.ts';
import { createLoaders } from '../src/resolvers/loaders.ts';
import { benchData, memoryStore } from './memory-store.ts';

const tenant = verifyTenant('bench');
const data = benchData(tenant.id);
const store = memoryStore(data);
const config = readConfig({ COST_BUDGET: '1000000000', COST_RESTORE_PER_SECOND: '1000000000' });
const keySet = await openKeySet(await mkdtemp(join(tmpdir(), 'journeygraph-bench-')));
const directory = {
  tenant: async (id) => ({ id, name: 'Bench', isDemo: false, suspendedAt: null }),
  isTokenRevoked: async () => false,
  keyById: async () => undefined,
  findKey: async () => undefined,
} satisfies Partial<Directory>;
const authenticator = createAuthenticator({ ...config.auth, keySet, directory });
const services = createServices({
  store,
  types: createActivityTypes(store, store.defineType),
  metrics: { aggregate: async () => ({ rows: [], uniques: { exact: true } }) },
  collector: undefined as never,
  failures: undefined as never,
  personal: undefined as never,
  automation: undefined as never,
  clock: undefined as never,
  searchableUntil: undefined as never,
  replay: undefined as never,
  search: {
    searchActivities: async (_tenant, { first }) => ({
      hits: data.activities
        .slice(0, first)
        .map(({ id }, index) => ({ id, score: 1, highlights: [], position: [1, index, 'x'] })),
      hasNextPage: true,
      total: null,
      facets: [],
    }),
    searchLeads: async () => ({ hits: [], hasNextPage: false, total: null, facets: [] }),
  },
});
const metrics = createMetrics();
const logger = createLogger('error');
const endpoint = createEndpoint({
  graph: await buildGraph(config.federation, config.http),
  config,
  metrics,
  graphiql: undefined,
  createContext: async (request, signal) => {
    const viewer = await authenticator.authenticate(request.headers.authorization);
    const context = { viewer };
    return {
      requestId: request.id,
      viewer,
      signal,
      authorization: request.headers.authorization,
      loaders: createLoaders(services, () => requireViewer(context), signal),
      services,
    };
  },
  onUnexpectedError: (error) => logger.error({ err: error }),
});
await endpoint.server.start();
const http = createHttpServer({
  http: config.http,
  logger,
  routes: [endpoint.routes],
  direct: endpoint.direct,
  onRequest: metrics.request,
  authorise: async (authorization) => (await authenticator.authenticate(authorization)) !== null,
});
const address = await http.listen({ host: '127.0.0.1', port: 0 });
console.log(`${address}/graphql`);
console.log(
  await mintToken(keySet, {
    ...config.auth,
    tenantId: tenant.id,
    scopes: ['activities:read', 'analytics:read', 'leads:pii'],
    subject: 'bench',
    ttlSeconds: 3600,
  }),
);
