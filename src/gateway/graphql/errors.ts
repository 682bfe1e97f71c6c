import { HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DomainError, type ErrorCode } from '../../lib/errors.ts';

/** The HTTP status of an answer that is nothing but this error. */
export function httpStatus(code: ErrorCode): number {
  switch (code) {
    case 'UNAUTHENTICATED':
      return 401;
    case 'FORBIDDEN':
      return 403;
    case 'BAD_USER_INPUT':
      return 400;
    case 'NOT_FOUND':
      return 404;
    case 'RATE_LIMITED':
      return 429;
    case 'BACKEND_UNAVAILABLE':
      return 503;
    case 'TIMEOUT':
      return 504;
    case 'INTERNAL':
      return 500;
    default:
      return code satisfies never;
  }
}

/** The part of a GraphQL error that clients branch on. `argument` says where in the input the fault is. */
export function errorExtensions(error: DomainError): Record<string, unknown> {
  return {
    code: error.code,
    retryable: error.retryable,
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(error.field && { argument: error.field }),
  };
}

/** A GraphQL error with the id of its request, which the log has too. */
export const withRequestId = (error: GraphQLFormattedError, requestId: string): GraphQLFormattedError => ({
  ...error,
  extensions: { ...error.extensions, requestId },
});

/** A response body in GraphQL's format for a request that was refused before anything ran. */
export const errorBody = (error: DomainError, requestId: string): { errors: GraphQLFormattedError[] } => ({
  errors: [{ message: error.message, extensions: { ...errorExtensions(error), requestId } }],
});

function retryAfter(error: DomainError): HeaderMap {
  const headers = new HeaderMap();
  if (error.retryAfterMs !== undefined)
    headers.set('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
  return headers;
}

/** As a GraphQL error that refuses the whole operation with its HTTP status. */
export const refuse = (error: DomainError): GraphQLError =>
  new GraphQLError(error.message, {
    originalError: error,
    extensions: {
      http: {
        status: httpStatus(error.code),
        // Another package of the tree declares a plain object here; Apollo Server reads a map.
        headers: retryAfter(error) as never,
      },
    },
  });

/** Passes an error on: one of ours as GraphQL's, any other as it is. @throws always */
export function refused(error: unknown): never {
  throw error instanceof DomainError ? refuse(error) : error;
}

/** Apollo's own codes for faults of the document or the request; all of them are the caller's to mend. */
const CLIENT_FAULTS = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
]);
/** Part of Apollo's persisted query protocol: clients wait for exactly these. */
const PERSISTED_QUERY = new Set(['PERSISTED_QUERY_NOT_FOUND', 'PERSISTED_QUERY_NOT_SUPPORTED']);

/** The `DomainError` under wrappers of GraphQL libraries, if it is one. */
export function domainErrorOf(error: unknown): DomainError | undefined {
  let inner = error;
  for (let depth = 0; depth < 10 && inner !== undefined && inner !== null; depth += 1) {
    if (inner instanceof DomainError) return inner;
    inner = inner instanceof GraphQLError ? inner.originalError : undefined;
  }
  return undefined;
}

/**
 * The only place that converts an error for the caller: a stable code, never a stack. Errors that are not known to be
 * safe become `INTERNAL`, and `report` logs them.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  report: (error: unknown) => void,
): GraphQLFormattedError {
  const where = {
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
  };
  const domain = domainErrorOf(error);
  if (domain) {
    if (domain.code === 'INTERNAL') report(domain);
    return { message: domain.message, ...where, extensions: errorExtensions(domain) };
  }
  const code = formatted.extensions?.['code'];
  if (typeof code === 'string' && PERSISTED_QUERY.has(code)) return { ...formatted, extensions: { code } };
  const original = error instanceof GraphQLError ? error.originalError : error;
  if ((typeof code === 'string' && CLIENT_FAULTS.has(code)) || isCoercionError(error, original))
    return {
      message: formatted.message,
      ...where,
      extensions: {
        code: 'BAD_USER_INPUT',
        retryable: false,
        ...(typeof code === 'string' && code !== 'BAD_USER_INPUT' && CLIENT_FAULTS.has(code)
          ? { reason: code }
          : {}),
      },
    };
  // A remote subgraph of ours has formatted its errors already.
  if (typeof code === 'string' && isOwnCode(code) && code !== 'INTERNAL')
    return { message: formatted.message, ...where, extensions: formatted.extensions ?? {} };
  report(original ?? error);
  return {
    message: 'Something went wrong here; it was logged. Try again, and quote the request id if it stays.',
    ...where,
    extensions: { code: 'INTERNAL', retryable: false },
  };
}

/** A variable that can't be coerced: the only GraphQL error without a code, a cause of ours or a path in the answer. */
const isCoercionError = (error: unknown, original: unknown): boolean =>
  error instanceof GraphQLError &&
  (original === undefined || original === null || original instanceof GraphQLError) &&
  error.path === undefined &&
  error.extensions['code'] === undefined;

const OWN_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'RATE_LIMITED',
  'BACKEND_UNAVAILABLE',
  'TIMEOUT',
  'INTERNAL',
]);
const isOwnCode = (code: string): boolean => OWN_CODES.has(code);
