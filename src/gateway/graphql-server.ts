import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  MaxIntrospectionDepthRule,
} from 'graphql';
import type { Config } from '../config.ts';
import { DomainError } from '../domain/errors.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { type Answer, answerOf } from './answer.ts';
import { BodyError, readJson } from './body.ts';
import { createDeadline } from './deadline.ts';
import type { RouteRequest } from './direct.ts';
import { domainErrorOf, formatError, refuse, withRequestId } from './errors.ts';
import { searchWithExactVariables } from './exact-variables.ts';
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
  readonly onUnexpectedError: (error: unknown, requestId: string | undefined) => void;
};

/** What is known of a request so far. */
type Asked = {
  readonly id: string;
  /** The kind of its operation; undefined until one was found. */
  operation: string | undefined;
  /** Of its first error. */
  code: string | undefined;
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
  // Apollo Server's hooks for errors and logging don't say of which request.
  const requests = new AsyncLocalStorage<Asked>();
  const show = (formatted: GraphQLFormattedError, error: unknown, asked: Asked | undefined) => {
    const shown = formatError(formatted, error, (reason) => options.onUnexpectedError(reason, asked?.id));
    if (!asked) return shown;
    asked.code ??= String(shown.extensions?.['code']);
    return withRequestId(shown, asked.id);
  };
  const log = (error: unknown) => options.onUnexpectedError(error, requests.getStore()?.id);
  const apollo = new ApolloServer<RequestContext>({
    gateway: {
      async load() {
        return {
          executor: async (request) => {
            // It has passed validation: from now on this text needs no second look.
            known.set(request.source, request.document);
            const asked = requests.getStore();
            if (asked) asked.operation = request.operation?.operation;
            const result = await options.execute({
              document: request.document,
              // As it was sent: Apollo Server's own is null where there is no such operation.
              operationName: request.request.operationName ?? null,
              variables: request.request.variables ?? {},
              contextValue: request.context as RequestContext,
            });
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
    formatError: (formatted, error) => show(formatted, error, requests.getStore()),
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
    logger: { debug() {}, info() {}, warn: log, error: log },
  });

  const openContext = (request: RouteRequest, signal: AbortSignal): Promise<RequestContext> =>
    options.createContext(request, signal).catch((error: unknown) => {
      throw error instanceof DomainError ? refuse(error) : error;
    });

  const run = async (document: DocumentNode, body: PlainBody, request: Opened): Promise<Answer> => {
    const { asked, signal } = request;
    const showOne = (error: GraphQLError) => show(error.toJSON(), error, asked);
    let contextValue: RequestContext;
    try {
      contextValue = await openContext(request, signal);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return answerOf({ errors: [error] }, showOne);
    }
    asked.operation = operationOf(document, body.operationName);
    const result = await options.execute({
      document,
      operationName: body.operationName ?? null,
      variables: body.variables ?? {},
      contextValue,
    });
    return answerOf(result, showOne);
  };

  const answer = async (request: Opened): Promise<Answer> => {
    const { method, headers, body: raw } = request;
    checkMediaType(request);
    const body =
      raw && raw.length > 0 ? await readJson(raw, headers['content-encoding'], http.maxBodyBytes) : undefined;
    const plain = known.find(method, headers, body);
    if (plain) return run(plain.document, plain.body, request);
    const httpGraphQLRequest = {
      method,
      headers: headerMap(headers),
      body,
      search: searchWithExactVariables(searchOf(request.url)),
    };
    return wholeOf(
      await requests.run(request.asked, () =>
        apollo.executeHTTPGraphQLRequest({
          httpGraphQLRequest,
          context: () => openContext(request, request.signal),
        }),
      ),
    );
  };

  return {
    start: () => apollo.start(),
    stop: () => apollo.stop(),
    async handle(request, response) {
      const deadline = createDeadline(response, http.requestTimeoutMs);
      const asked: Asked = { id: request.id, operation: undefined, code: undefined };
      try {
        return await deadline.race(answer({ ...request, asked, signal: deadline.signal }));
      } catch (error) {
        asked.code = domainErrorOf(error)?.code ?? 'INTERNAL';
        throw error;
      } finally {
        deadline.clear();
        // A page for a browser is neither an operation nor a fault.
        if (asked.operation !== undefined || asked.code !== undefined)
          options.onOperation(asked.operation ?? 'none', asked.code);
      }
    },
  };
}

type Opened = RouteRequest & { readonly asked: Asked; readonly signal: AbortSignal };

type GatewayLoad = () => Promise<{
  executor: (request: never) => Promise<import('@apollo/server').GraphQLResponse>;
}>;

/** A body is JSON, or does not say what it is. @throws BodyError with 415 */
function checkMediaType({ method, headers }: RouteRequest): void {
  const type = headers['content-type'];
  if (method === 'POST' && type !== undefined && !/^application\/json\s*(?:;|$)/i.test(type))
    throw new BodyError(415, "The body of a POST is JSON; say so by 'Content-Type: application/json'.");
}

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
  // A page can't send a bearer token unless a preflight allows it, which is what Apollo Server wants to know against
  // cross-site requests. `Basic` says nothing: a browser may add it by itself.
  if (/^bearer /i.test(given.authorization ?? '')) headers.set('apollo-require-preflight', 'true');
  return headers;
}

function wholeOf({ status, headers, body }: HTTPGraphQLResponse): Answer {
  // Incremental delivery is not part of this schema: an answer is always complete.
  if (body.kind !== 'complete') throw new DomainError('INTERNAL', 'Incremental delivery is not supported.');
  return { status: status ?? 200, headers, body: body.string };
}
