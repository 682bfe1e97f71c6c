import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import type { Config } from '../config/config.ts';
import { DomainError } from '../lib/errors.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { type Answer, answerOf } from './answer.ts';
import type { RouteRequest } from './direct.ts';
import { domainErrorOf, formatError, refuse, withRequestId } from './graphql/errors.ts';
import { searchWithExactVariables } from './graphql/exact-variables.ts';
import type { LimitedExecutor } from './graphql/executor.ts';
import { anonymousExcess, createValidation } from './graphql/validation.ts';
import { BodyError, readJson } from './http/body.ts';
import { createDeadline } from './http/deadline.ts';
import { type OwnMemory, ownMemory } from './http/own-memory.ts';
import { writeJson } from './http/write-json.ts';
import { createKnownDocuments, operationOf } from './known-documents.ts';

export type GraphqlServerOptions = {
  readonly schema: GraphQLSchema;
  /** The supergraph SDL where there is one; else the schema's own. */
  readonly sdl: string;
  /** The graph behind limits and budgets. */
  readonly executor: LimitedExecutor;
  readonly http: Config['http'];
  readonly limits: Config['limits'];
  /** The page for a browser; undefined: no page. */
  readonly page: (() => string) | undefined;
  readonly createContext: (request: RouteRequest, signal: AbortSignal) => Promise<RequestContext>;
  readonly onOperation: (operation: string, code: string | undefined) => void;
  readonly onUnexpectedError: (error: unknown, requestId: string | undefined) => void;
};

/** What is known of a request so far. */
type Asked = {
  readonly id: string;
  readonly memory: OwnMemory;
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
  const { http, executor, limits } = options;
  const known = createKnownDocuments(limits.documentCacheBytes);
  const refusalsOf = createValidation({
    schema: options.schema,
    introspection: http.introspection,
    executor,
  });
  // Apollo Server's hooks for errors and logging don't say of which request.
  const requests = new AsyncLocalStorage<Asked>();
  const show = (formatted: GraphQLFormattedError, error: unknown, asked: Asked | undefined) => {
    const shown = formatError(formatted, error, (reason) => options.onUnexpectedError(reason, asked?.id));
    if (!asked) return shown;
    asked.code ??= String(shown.extensions?.['code']);
    return withRequestId(shown, asked.id);
  };
  const answered = (result: ExecutionResult, asked: Asked): Promise<Answer> =>
    answerOf(result, {
      show: (error) => show(error.toJSON(), error, asked),
      limit: limits.answerBytes,
    });
  const log = (error: unknown) => options.onUnexpectedError(error, requests.getStore()?.id);
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
        callback({ apiSchema: options.schema, coreSupergraphSdl: options.sdl });
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
    // What Apollo Server would keep by itself, it keeps before anybody is known to be allowed anything.
    documentStore: {
      get: async (key) => known.findByHash(key.slice(-SHA256_LENGTH)),
      async set() {},
      delete: async () => false,
    },
    stringifyResult: async (result) => `${await writeJson(result, limits.answerBytes).catch(refused)}\n`,
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

  /** Runs an operation that was parsed. Its text is remembered once it may run for a tenant. */
  const run = async ({ document, source, operationName, variables, contextValue, asked }: Submission) => {
    if (asked) asked.operation = operationOf(document, operationName);
    const isAnonymous = contextValue.viewer === null;
    const errors = refusalsOf({ document, source, operationName, isAnonymous });
    if (errors.length > 0) return { errors };
    return executor.execute({
      document,
      operationName,
      variables,
      contextValue,
      ...(asked && { hold: asked.memory.hold }),
      onAdmitted({ tenant }) {
        if (source !== undefined) known.set(source, document, tenant.id);
      },
    });
  };

  const openContext = (request: RouteRequest, signal: AbortSignal): Promise<RequestContext> =>
    options.createContext(request, signal).catch(refused);

  /** A caller without a credential pays for a text before it is parsed. @returns why it is refused */
  const refusalOf = (body: unknown, request: RouteRequest): DomainError | undefined => {
    const text = textOf(body, request);
    return anonymousExcess(text) ?? executor.chargeAnonymous(text.length);
  };

  const readBody = async ({ body: raw, headers }: Opened, viewer: unknown): Promise<unknown> => {
    if (!raw?.length) return undefined;
    const most = viewer === null ? Math.min(http.maxBodyBytes, ANONYMOUS_BODY_BYTES) : http.maxBodyBytes;
    const body = await readJson(raw, headers['content-encoding'], most);
    // To read it may have taken long: others get their turn before it is looked at.
    if (raw.length > LARGE_BODY_BYTES) await nextTurn();
    return body;
  };

  const answer = async (request: Opened): Promise<Answer> => {
    const { method, headers, asked } = request;
    checkMediaType(request);
    const opening = openContext(request, request.signal);
    const opened = await opening.catch((error: unknown) => {
      if (!(error instanceof GraphQLError)) throw error;
      return error;
    });
    // Whoever is refused is told so, whatever the body is.
    if (opened instanceof GraphQLError && request.body?.length) return answered({ errors: [opened] }, asked);
    const viewer = opened instanceof GraphQLError ? undefined : opened.viewer;
    const body = await readBody(request, viewer);
    const plain = known.find(method, headers, body);
    if (plain && !(opened instanceof GraphQLError)) {
      const { document, body: given } = plain;
      const operationName = given.operationName ?? null;
      const variables = given.variables ?? {};
      const submission = {
        document,
        source: given.query,
        operationName,
        variables,
        contextValue: opened,
        asked,
      };
      return answered(await run(submission), asked);
    }
    const refusal = viewer === null ? refusalOf(body, request) : undefined;
    if (refusal) return answered({ errors: [refuse(refusal)] }, asked);
    const httpGraphQLRequest = {
      method,
      headers: headerMap(headers),
      body,
      search: searchWithExactVariables(searchOf(request.url)),
    };
    return wholeOf(
      await requests.run(asked, () =>
        apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: () => opening }),
      ),
    );
  };

  return {
    start: () => apollo.start(),
    stop: () => apollo.stop(),
    async handle(request, response) {
      const deadline = createDeadline(response, http.requestTimeoutMs);
      const memory = ownMemory(response);
      const asked: Asked = { id: request.id, memory, operation: undefined, code: undefined };
      try {
        const made = await deadline.race(answer({ ...request, asked, signal: deadline.signal }));
        memory.shrinkTo(made.body.length);
        return made;
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

/** Hexadecimal digits of a SHA-256. */
const SHA256_LENGTH = 64;
/** Bytes of a body without a credential. */
const ANONYMOUS_BODY_BYTES = 64 * 1024;
const LARGE_BODY_BYTES = 1024 * 1024;

type Submission = {
  readonly document: DocumentNode;
  readonly source: string | undefined;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
  readonly contextValue: RequestContext;
  readonly asked: Asked | undefined;
};

/** An error as GraphQL's, where it is one of ours. @throws always */
function refused(error: unknown): never {
  throw error instanceof DomainError ? refuse(error) : error;
}

/** The document that has to be parsed, or the address that names or holds it. */
const textOf = (body: unknown, { url }: RouteRequest): string => {
  const query = (body as { readonly query?: unknown } | null | undefined)?.query;
  return typeof query === 'string' ? query : url;
};

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
