import { ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type DocumentNode, GraphQLError, type GraphQLSchema, MaxIntrospectionDepthRule } from 'graphql';
import type { Config } from '../config.ts';
import { DomainError } from '../domain/errors.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { answerOf } from './answer.ts';
import { readJson } from './body.ts';
import { createDeadline } from './deadline.ts';
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
  readonly createContext: (request: FastifyRequest, signal: AbortSignal) => Promise<RequestContext>;
  readonly onOperation: (operation: string, code: string | undefined) => void;
  readonly onUnexpectedError: (error: unknown) => void;
};

export interface GraphqlServer {
  start(): Promise<void>;
  handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
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

  const openContext = (request: FastifyRequest, signal: AbortSignal): Promise<RequestContext> =>
    options.createContext(request, signal).catch((error: unknown) => {
      throw error instanceof DomainError ? refuse(error) : error;
    });

  const run = async (
    document: DocumentNode,
    body: PlainBody,
    request: FastifyRequest,
    signal: AbortSignal,
  ) => {
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
    async handle(request, reply) {
      const deadline = createDeadline(reply.raw, http.requestTimeoutMs);
      try {
        const raw = request.body;
        const body =
          Buffer.isBuffer(raw) && raw.length > 0
            ? await readJson(raw, request.headers['content-encoding'], http.maxBodyBytes)
            : undefined;
        const plain = known.find(request.method, request.headers, body);
        if (plain) {
          const answer = await deadline.race(run(plain.document, plain.body, request, deadline.signal));
          for (const [name, value] of answer.headers) reply.header(name, value);
          return reply.code(answer.status).header('content-type', JSON_TYPE).send(answer.body);
        }
        const answer = await deadline.race(
          apollo.executeHTTPGraphQLRequest({
            httpGraphQLRequest: {
              method: request.method,
              headers: headerMap(request),
              body,
              search: searchOf(request.url),
            },
            context: () => openContext(request, deadline.signal),
          }),
        );
        return send(reply, answer);
      } finally {
        deadline.clear();
      }
    },
  };
}

const JSON_TYPE = 'application/json; charset=utf-8';
type GatewayLoad = () => Promise<{
  executor: (request: never) => Promise<import('@apollo/server').GraphQLResponse>;
}>;

const codeOf = (error: unknown): string | undefined =>
  error === undefined ? undefined : (domainErrorOf(error)?.code ?? 'INTERNAL');

const searchOf = (url: string): string => {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark);
};

function headerMap(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

function send(reply: FastifyReply, answer: HTTPGraphQLResponse): FastifyReply {
  for (const [name, value] of answer.headers) reply.header(name, value);
  // Incremental delivery is not part of this schema: an answer is always complete.
  if (answer.body.kind !== 'complete')
    throw new DomainError('INTERNAL', 'Incremental delivery is not supported.');
  return reply.code(answer.status ?? 200).send(answer.body.string);
}
