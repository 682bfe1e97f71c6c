/** The stable error codes of the API. Clients may branch on them; they never change meaning. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'NOT_FOUND'
  | 'RATE_LIMITED'
  | 'BACKEND_UNAVAILABLE'
  | 'TIMEOUT'
  | 'INTERNAL';

export type ErrorDetails = {
  /** Whether the same request may succeed later without a change. Defaults by code. */
  readonly retryable?: boolean;
  /** How long to wait before the retry, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Where in the input the fault is, e.g. `input.activities[3].occurredAt`. */
  readonly path?: string;
  /** For logs only; never shown to a caller. */
  readonly cause?: unknown;
};

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['RATE_LIMITED', 'BACKEND_UNAVAILABLE', 'TIMEOUT']);

/**
 * An error that is safe to show: a stable code and a message written for the caller, which says what
 * is wrong and what would be right. Never put a stack, an SQL text, a host or a secret into the message.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly path: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DomainError';
    this.code = code;
    this.retryable = details.retryable ?? RETRYABLE.has(code);
    this.retryAfterMs = details.retryAfterMs;
    this.path = details.path;
  }
}

/** A `BAD_USER_INPUT` at `path` (an argument path such as `filter.and[0].occurredAt`). */
export const badInput = (message: string, path?: string): DomainError =>
  new DomainError('BAD_USER_INPUT', message, path === undefined ? {} : { path });

/** Why a call was aborted, as a `DomainError`. */
export function abortReason(signal: AbortSignal | undefined): DomainError {
  const reason: unknown = signal?.reason;
  return reason instanceof DomainError
    ? reason
    : new DomainError('TIMEOUT', 'The request was stopped before its answer.');
}
