import type { ServerResponse } from 'node:http';
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Config } from '../config/config.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { type Answer, answerOf } from './answer.ts';
import { type Apollo, type Asked, createApollo, type Submission } from './apollo.ts';
import type { RouteRequest } from './direct.ts';
import { domainErrorOf, formatError, refuse, refused, withRequestId } from './graphql/errors.ts';
import type { LimitedExecutor } from './graphql/executor.ts';
import { anonymousExcess, createValidation } from './graphql/validation.ts';
import { apolloRequest, checkMediaType, readBody, textOf } from './graphql-request.ts';
import { createDeadline } from './http/deadline.ts';
import { ownMemory } from './http/own-memory.ts';
import { createKnownDocuments, type KnownDocuments, operationOf } from './known-documents.ts';

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

export interface GraphqlServer {
  start(): Promise<void>;
  /** @throws DomainError for a body that can't be read, or when the time is up */
  handle(request: RouteRequest, response: ServerResponse): Promise<Answer>;
  stop(): Promise<void>;
}

/** GraphQL over HTTP: known documents go straight to the executor, everything else through Apollo Server. */
export function createGraphqlServer(options: GraphqlServerOptions): GraphqlServer {
  const known = createKnownDocuments(options.limits.documentCacheBytes);
  const show: Show = (formatted, error, asked) => {
    const shown = formatError(formatted, error, (reason) => options.onUnexpectedError(reason, asked?.id));
    if (!asked) return shown;
    asked.code ??= String(shown.extensions?.['code']);
    return withRequestId(shown, asked.id);
  };
  const run = createRun(options, known);
  const apollo = createApollo({ ...options, known, run, show, onError: options.onUnexpectedError });
  const answer = createAnswer(options, { known, show, run, apollo });
  return {
    start: apollo.start,
    stop: apollo.stop,
    async handle(request, response) {
      const deadline = createDeadline(response, options.http.requestTimeoutMs);
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

type Show = (
  formatted: GraphQLFormattedError,
  error: unknown,
  asked: Asked | undefined,
) => GraphQLFormattedError;
type Run = (submission: Submission) => Promise<ExecutionResult>;
type Opened = RouteRequest & { readonly asked: Asked; readonly signal: AbortSignal };

/** Runs an operation that was parsed. Its text is remembered once it may run for a tenant. */
function createRun({ schema, http, executor }: GraphqlServerOptions, known: KnownDocuments): Run {
  const refusalsOf = createValidation({ schema, introspection: http.introspection, executor });
  return async ({ document, source, operationName, variables, contextValue, asked }) => {
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
}

type Parts = {
  readonly known: KnownDocuments;
  readonly show: Show;
  readonly run: Run;
  readonly apollo: Apollo;
};

/** Answers a request: credential, body, and then the short or the long way. */
function createAnswer(
  { http, executor, limits, createContext }: GraphqlServerOptions,
  { known, show, run, apollo }: Parts,
): (request: Opened) => Promise<Answer> {
  const answered = (result: ExecutionResult, asked: Asked): Promise<Answer> =>
    answerOf(result, { show: (error) => show(error.toJSON(), error, asked), limit: limits.answerBytes });

  return async (request) => {
    const { method, headers, asked } = request;
    checkMediaType(request);
    const opening = createContext(request, request.signal).catch(refused);
    const opened = await opening.catch((error: unknown) => {
      if (!(error instanceof GraphQLError)) throw error;
      return error;
    });
    // Whoever is refused is told so, whatever the body is.
    if (opened instanceof GraphQLError && request.body?.length) return answered({ errors: [opened] }, asked);
    const viewer = opened instanceof GraphQLError ? undefined : opened.viewer;
    const body = await readBody(request, viewer, http.maxBodyBytes);
    const plain = known.find(method, headers, body);
    if (plain && !(opened instanceof GraphQLError)) {
      const { document, body: given } = plain;
      const { query: source, operationName = null, variables } = given;
      const submission = {
        document,
        source,
        operationName,
        variables: variables ?? {},
        contextValue: opened,
      };
      return answered(await run({ ...submission, asked }), asked);
    }
    if (viewer === null) {
      // A caller without a credential pays for a text before it is parsed.
      const text = textOf(body, request);
      const refusal = anonymousExcess(text) ?? executor.chargeAnonymous(text.length);
      if (refusal) return answered({ errors: [refuse(refusal)] }, asked);
    }
    return apollo.answer(asked, apolloRequest(request, body), () => opening);
  };
}
