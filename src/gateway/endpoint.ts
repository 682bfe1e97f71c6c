import { getHeapStatistics } from 'node:v8';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.ts';
import { createBudget } from '../lib/token-bucket.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { RequestContext } from '../resolvers/context.ts';
import type { DirectRoute, RouteRequest } from './direct.ts';
import { fieldCosts, type Graph } from './graph.ts';
import { contentSecurityPolicy, type GraphiqlAssets } from './graphiql/page.ts';
import { withLimits } from './graphql/executor.ts';
import { withPlainNames } from './graphql/plain-names.ts';
import { createGraphqlServer, type GraphqlServer } from './graphql-server.ts';
import { sendAnswer } from './http-server.ts';
import { isPlainJson } from './known-documents.ts';
import { createAnswerMemory } from './limits/answer-memory.ts';

export type EndpointOptions = {
  readonly graph: Graph;
  readonly config: Pick<Config, 'http' | 'limits'>;
  readonly metrics: Metrics;
  readonly graphiql: GraphiqlAssets | undefined;
  readonly createContext: (request: RouteRequest, signal: AbortSignal) => Promise<RequestContext>;
  readonly onUnexpectedError: (error: unknown, requestId: string | undefined) => void;
};

/** The path of the API, and of GraphiQL for a browser. */
const GRAPHQL_PATH = '/graphql';
/** Of the heap, what all answers under way may take. */
const ANSWERS_SHARE = 0.25;

/** The GraphQL endpoint: the graph behind limits and budget, on its route. */
export function createEndpoint(options: EndpointOptions): {
  readonly server: GraphqlServer;
  readonly direct: DirectRoute;
  routes(server: FastifyInstance): void;
} {
  const { graph, config, graphiql } = options;
  const { limits } = config;
  const executor = withLimits({
    schema: graph.schema,
    execute: withPlainNames(graph.execute),
    costs: fieldCosts,
    limits,
    budget: createBudget(limits.budget, limits.restorePerSecond),
    anonymousBudget: createBudget(limits.anonymousBudget, limits.anonymousRestorePerSecond),
    memory: createAnswerMemory(getHeapStatistics().heap_size_limit * ANSWERS_SHARE),
  });
  const server = createGraphqlServer({
    schema: graph.schema,
    sdl: graph.sdl,
    executor,
    http: config.http,
    limits,
    page: graphiql && (() => graphiql.html({ endpoint: GRAPHQL_PATH, title: 'Journeygraph' })),
    createContext: options.createContext,
    onOperation: options.metrics.operation,
    onUnexpectedError: options.onUnexpectedError,
  });
  return {
    server,
    direct: { path: GRAPHQL_PATH, accepts: isPlainJson, handle: server.handle },
    routes(http) {
      http.route({
        method: ['GET', 'POST'],
        exposeHeadRoute: false,
        url: GRAPHQL_PATH,
        handler: async ({ id, method, url, headers, ip, body }, reply) => {
          // Scripts of this origin only: the page holds a token.
          if (method === 'GET') reply.header('content-security-policy', contentSecurityPolicy);
          const raw = Buffer.isBuffer(body) ? body : undefined;
          return sendAnswer(
            reply,
            await server.handle({ id, method, url, headers, address: ip, body: raw }, reply.raw),
          );
        },
      });
    },
  };
}
