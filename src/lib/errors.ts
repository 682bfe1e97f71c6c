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
  /** Where the fault is in the arguments of the function that throws: `filter[3]`. Empty: in all of them together. */
  readonly field?: string;
  /** For logs only; never shown to a caller. */
  readonly cause?: unknown;
};

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['RATE_LIMITED', 'BACKEND_UNAVAILABLE', 'TIMEOUT']);

/**
 * An error that is safe to show: a stable code, and a message for the caller with the fault and its correction. Never
 * put a stack, an SQL text, a host or a secret into the message.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DomainError';
    this.code = code;
    this.retryable = details.retryable ?? RETRYABLE.has(code);
    this.retryAfterMs = details.retryAfterMs;
    this.field = details.field;
  }

  /** The same error, whose field is below `outer`: what the argument of a service is to its caller. */
  below(outer: string): DomainError {
    const { code, message, field, ...details } = this;
    if (field === undefined) return this;
    const separator = field === '' || field.startsWith('[') ? '' : '.';
    return new DomainError(code, message, {
      ...details,
      field: `${outer}${separator}${field}`,
      cause: this.cause,
    });
  }
}

/** A `BAD_USER_INPUT` at `field` (such as `filter.and[0].occurredAt`). */
export const badInput = (message: string, field?: string): DomainError =>
  new DomainError('BAD_USER_INPUT', message, field === undefined ? {} : { field });

/**
 * Does work whose arguments are a part of its caller's: fields of its errors are below `outer` then, as in `query.limit`.
 * @throws DomainError what `work` throws, at the caller's field
 */
export async function belowField<T>(outer: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DomainError ? error.below(outer) : error;
  }
}

/** Why a call was aborted, as a `DomainError`. */
export function abortReason(signal: AbortSignal | undefined): DomainError {
  const reason: unknown = signal?.reason;
  return reason instanceof DomainError
    ? reason
    : new DomainError('TIMEOUT', 'The request was stopped before its answer.');
}
