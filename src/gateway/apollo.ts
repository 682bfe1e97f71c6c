import { AsyncLocalStorage } from 'node:async_hooks';
import { ApolloServer, type HTTPGraphQLRequest, type HTTPGraphQLResponse } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { DocumentNode, ExecutionResult, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { Config } from '../config/config.ts';
import { DomainError } from '../lib/errors.ts';
import type { RequestContext } from '../resolvers/context.ts';
import type { Answer } from './answer.ts';
import { refused } from './graphql/errors.ts';
import type { OwnMemory } from './http/own-memory.ts';
import { writeJson } from './http/write-json.ts';
import type { KnownDocuments } from './known-documents.ts';

/** A request, and the facts that the server learns of it. */
export type Asked = {
  readonly id: string;
  readonly memory: OwnMemory;
  /** The kind of its operation; undefined until the server has found one. */
  operation: string | undefined;
  /** Of its first error. */
  code: string | undefined;
};

/** An operation that was parsed. */
export type Submission = {
  readonly document: DocumentNode;
  readonly source: string | undefined;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
  readonly contextValue: RequestContext;
  readonly asked: Asked | undefined;
};

export type ApolloOptions = {
  readonly schema: GraphQLSchema;
  /** The supergraph SDL where there is one; else the schema's own. */
  readonly sdl: string;
  readonly limits: Config['limits'];
  /** The page for a browser; undefined: no page. */
  readonly page: (() => string) | undefined;
  readonly known: KnownDocuments;
  readonly run: (submission: Submission) => Promise<ExecutionResult>;
  /** An error as the caller sees it. */
  readonly show: (
    formatted: GraphQLFormattedError,
    error: unknown,
    asked: Asked | undefined,
  ) => GraphQLFormattedError;
  readonly onError: (error: unknown, requestId: string | undefined) => void;
};

/** Apollo Server for requests that are not plain: GET, persisted queries, pages, unknown documents, malformed bodies. */
export interface Apollo {
  start(): Promise<void>;
  stop(): Promise<void>;
  answer(
    asked: Asked,
    httpGraphQLRequest: HTTPGraphQLRequest,
    context: () => Promise<RequestContext>,
  ): Promise<Answer>;
}

type GatewayLoad = () => Promise<{
  executor: (request: never) => Promise<import('@apollo/server').GraphQLResponse>;
}>;

/** Hexadecimal digits of a SHA-256. */
const SHA256_LENGTH = 64;

/** Apollo Server with our executor, by its option `gateway`, the documented way to bring one's own. */
export function createApollo(options: ApolloOptions): Apollo {
  const { schema, sdl, limits, known, run, show } = options;
  // Apollo Server's hooks for errors and logging don't say of which request.
  const requests = new AsyncLocalStorage<Asked>();
  const log = (error: unknown) => options.onError(error, requests.getStore()?.id);
  const apollo = new ApolloServer<RequestContext>({
    gateway: {
      async load() {
        return {
          executor: async (request) => {
            const result = await run({
              document: request.document,
              source: request.source,
              // As it was sent: Apollo Server's own is null where there is no such operation.
              operationName: request.request.operationName ?? null,
              variables: request.request.variables ?? {},
              contextValue: request.context as RequestContext,
              asked: requests.getStore(),
            });
            return result as Awaited<ReturnType<Awaited<ReturnType<GatewayLoad>>['executor']>>;
          },
        };
      },
      onSchemaLoadOrUpdate(callback) {
        callback({ apiSchema: schema, coreSupergraphSdl: sdl });
        return () => {};
      },
      async stop() {},
    },
    // Introspection and validation are ours: `createValidation`.
    introspection: true,
    dangerouslyDisableValidation: true,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: limits.tokens },
    // Apollo Server's own store would keep documents before the limits have let them pass.
    documentStore: {
      get: async (key) => known.findByHash(key.slice(-SHA256_LENGTH)),
      async set() {},
      delete: async () => false,
    },
    stringifyResult: async (result) => `${await writeJson(result, limits.answerBytes).catch(refused)}\n`,
    formatError: (formatted, error) => show(formatted, error, requests.getStore()),
    plugins: [ApolloServerPluginCacheControlDisabled(), { serverWillStart: async () => landing(options) }],
    logger: { debug() {}, info() {}, warn: log, error: log },
  });
  return {
    start: () => apollo.start(),
    stop: () => apollo.stop(),
    answer: async (asked, httpGraphQLRequest, context) =>
      wholeOf(
        await requests.run(asked, () => apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context })),
      ),
  };
}

const landing = ({ page }: ApolloOptions) =>
  page ? { renderLandingPage: async () => ({ html: async () => page() }) } : {};

function wholeOf({ status, headers, body }: HTTPGraphQLResponse): Answer {
  // Incremental delivery is not part of this schema: an answer is always complete.
  if (body.kind !== 'complete') throw new DomainError('INTERNAL', 'Incremental delivery is not supported.');
  return { status: status ?? 200, headers, body: body.string };
}
