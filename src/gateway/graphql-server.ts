import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { type DocumentNode, GraphQLError, type GraphQLSchema, MaxIntrospectionDepthRule } from 'graphql';
import type { Config } from '../config.ts';
import { DomainError } from '../domain/errors.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { type Answer, answerOf } from './answer.ts';
import { readJson } from './body.ts';
import { createDeadline } from './deadline.ts';
import type { RouteRequest } from './direct.ts';
import { domainErrorOf, formatError, refuse } from './errors.ts';
import type { Execute } from './executor.ts';
import { createKnownDocuments, operationOf, type PlainBody } from './known-documents.ts';

export type GraphqlServerOptions = {
  readonly schema: GraphQLSchema;
  /** The supergraph SDL where there is one; else the schema's own. */
  readonly sdl: string;
  /** Already behind limits and budget. */
  readonly execute: (
    args: Parameters<Execute>[0] & { readonly contextValue: RequestContext },
  ) => ReturnType<Execute>;
  readonly http: Config['http'];
  readonly maxTokens: number;
  /** The page for a browser; undefined: no page. */
  readonly page: (() => string) | undefined;
  readonly createContext: (request: RouteRequest, signal: AbortSignal) => Promise<RequestContext>;
  readonly onOperation: (operation: string, code: string | undefined) => void;
  readonly onUnexpectedError: (error: unknown) => void;
};

export interface GraphqlServer {
  start(): Promise<void>;
  /** @throws DomainError for a body that can't be read, or when the time is up */
  handle(request: RouteRequest, response: ServerResponse): Promise<Answer>;
  stop(): Promise<void>;
}

/**
 * GraphQL over HTTP by Apollo Server. Its `gateway` option is the documented way to bring one's own
 * executor: here the compiled schema, or the federation router.
 */
export function createGraphqlServer(options: GraphqlServerOptions): GraphqlServer {
  const { http } = options;
  const known = createKnownDocuments();
  const apollo = new ApolloServer<RequestContext>({
    gateway: {
      async load() {
        return {
          executor: async (request) => {
            // It has passed validation: from now on this text needs no second look.
            known.set(request.source, request.document);
            const result = await options.execute({
              document: request.document,
              operationName: request.operationName,
              variables: request.request.variables ?? {},
              contextValue: request.context as RequestContext,
            });
            options.onOperation(request.operation?.operation ?? 'none', codeOf(result.errors?.[0]));
            return result as Awaited<ReturnType<Awaited<ReturnType<GatewayLoad>>['executor']>>;
          },
        };
      },
      onSchemaLoadOrUpdate(callback) {
        callback({ apiSchema: options.schema, coreSupergraphSdl: options.sdl });
        return () => {};
      },
      async stop() {},
    },
    introspection: http.introspection,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: options.maxTokens },
    validationRules: [MaxIntrospectionDepthRule],
    formatError: (formatted, error) => formatError(formatted, error, options.onUnexpectedError),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      {
        async serverWillStart() {
          const { page } = options;
          return page
            ? {
                async renderLandingPage() {
                  return { html: async () => page() };
                },
              }
            : {};
        },
      },
    ],
    logger: { debug() {}, info() {}, warn: options.onUnexpectedError, error: options.onUnexpectedError },
  });

  const openContext = (request: RouteRequest, signal: AbortSignal): Promise<RequestContext> =>
    options.createContext(request, signal).catch((error: unknown) => {
      throw error instanceof DomainError ? refuse(error) : error;
    });

  const run = async (document: DocumentNode, body: PlainBody, request: RouteRequest, signal: AbortSignal) => {
    let contextValue: RequestContext;
    try {
      contextValue = await openContext(request, signal);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return answerOf({ errors: [error] }, options.onUnexpectedError);
    }
    const result = await options.execute({
      document,
      operationName: body.operationName ?? null,
      variables: body.variables ?? {},
      contextValue,
    });
    options.onOperation(operationOf(document, body.operationName) ?? 'none', codeOf(result.errors?.[0]));
    return answerOf(result, options.onUnexpectedError);
  };

  return {
    start: () => apollo.start(),
    stop: () => apollo.stop(),
    async handle(request, response) {
      const deadline = createDeadline(response, http.requestTimeoutMs);
      try {
        const raw = request.body;
        const body =
          raw && raw.length > 0
            ? await readJson(raw, request.headers['content-encoding'], http.maxBodyBytes)
            : undefined;
        const plain = known.find(request.method, request.headers, body);
        if (plain) return await deadline.race(run(plain.document, plain.body, request, deadline.signal));
        return wholeOf(
          await deadline.race(
            apollo.executeHTTPGraphQLRequest({
              httpGraphQLRequest: {
                method: request.method,
                headers: headerMap(request.headers),
                body,
                search: searchOf(request.url),
              },
              context: () => openContext(request, deadline.signal),
            }),
          ),
        );
      } finally {
        deadline.clear();
      }
    },
  };
}

type GatewayLoad = () => Promise<{
  executor: (request: never) => Promise<import('@apollo/server').GraphQLResponse>;
}>;

const codeOf = (error: unknown): string | undefined =>
  error === undefined ? undefined : (domainErrorOf(error)?.code ?? 'INTERNAL');

const searchOf = (url: string): string => {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark);
};

function headerMap(given: IncomingHttpHeaders): HeaderMap {
  const headers = new HeaderMap();
  for (const name in given) {
    const value = given[name];
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

function wholeOf({ status, headers, body }: HTTPGraphQLResponse): Answer {
  // Incremental delivery is not part of this schema: an answer is always complete.
  if (body.kind !== 'complete') throw new DomainError('INTERNAL', 'Incremental delivery is not supported.');
  return { status: status ?? 200, headers, body: body.string };
}
