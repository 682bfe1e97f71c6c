import { DomainError } from '../../lib/errors.ts';

/** What the server answered instead of a result. For logs and code, never for callers. */
export type ServerError = {
  /** Phoenix's `SQLExceptionCode`, or Avatica's: 1 = unknown connection, 2 = not authorised, 2³² − 1 = none. */
  readonly errorCode: number;
  /** SQLSTATE; `00000` when there is none. */
  readonly sqlState: string;
  /** The server's message, with the causes behind it. */
  readonly message: string;
};

/** The server's error behind a rejected call, if it is one. */
export function serverErrorOf(error: unknown): ServerError | undefined {
  const cause = error instanceof DomainError ? error.cause : undefined;
  return cause instanceof Error && 'errorCode' in cause ? (cause as Error & ServerError) : undefined;
}

/** Avatica's own codes (`Service.ErrorResponse`). */
const MISSING_CONNECTION = 1;
export const NOT_AUTHORISED = 2;

/** Whether the server does not know the connection: nothing was executed. */
export const isMissingConnection = (error: ServerError): boolean => error.errorCode === MISSING_CONNECTION;

/** A connection that the server closed under a statement. */
const CLOSED_CODE = 1111;
export const isClosedConnection = (error: ServerError): boolean =>
  phoenixError(error).errorCode === CLOSED_CODE;

/** Avatica passes Phoenix's code and state on in the message alone: `ERROR 504 (42703): …`. */
function phoenixError(error: ServerError): ServerError {
  const [, code, sqlState] = /\bERROR (\d{3,4}) \((\w{5})\)/.exec(error.message) ?? [];
  return code && sqlState ? { ...error, errorCode: Number(code), sqlState } : error;
}

/**
 * Conditions of the cluster, not of the statement, as `SQLExceptionCode` of Phoenix 5.2 numbers them: IO, no
 * connection to HBase (class 08), a connection closed or throttled, regions that moved.
 */
const UNAVAILABLE_CODES = new Set([101, 102, 103, 104, 720, 721, 722, 1108, 1111, 2005, 2009]);
/** Phoenix's own time-out of an operation. */
const TIMED_OUT_CODE = 6000;
const TIMED_OUT = /OperationTimedOut|SocketTimeout|CallTimeout|ScannerTimeout|ERROR 6000/;
/** HBase's exceptions come without a code; their classes are named in the message. */
const UNAVAILABLE =
  /\b(?:RetriesExhausted|Connect|NotServingRegion|ServerNotRunningYet|RegionServerStopped|RegionServerAborted|RegionTooBusy|CallQueueTooBig|PleaseHold|MasterNotRunning|ConnectionLoss|ConnectionClosed|ConnectionClosing|RejectedExecution|PhoenixIO|IO|StaleRegionBoundaryCache|FailedServer|NoServerForRegion)\w*Exception|OutOfMemoryError/;

export const unavailable = (cause: unknown): DomainError =>
  new DomainError('BACKEND_UNAVAILABLE', 'The store does not answer. Try again shortly.', { cause });

export const timedOut = (cause?: unknown): DomainError =>
  new DomainError('TIMEOUT', 'The store did not answer in time.', { cause });

/**
 * The server's refusal as ours: `TIMEOUT` or `BACKEND_UNAVAILABLE` where the cluster's state is the reason, else
 * `INTERNAL`, because a statement the server can't run is our mistake. The server's words are its cause only.
 */
export function refused(answer: ServerError): DomainError {
  const { errorCode, sqlState, message } = phoenixError(answer);
  const cause = Object.assign(new Error(message), { errorCode, sqlState });
  if (errorCode === TIMED_OUT_CODE || TIMED_OUT.test(message)) return timedOut(cause);
  if (errorCode === NOT_AUTHORISED)
    return new DomainError('BACKEND_UNAVAILABLE', 'The store does not let us in.', {
      cause,
      retryable: false,
    });
  if (UNAVAILABLE_CODES.has(errorCode) || sqlState.startsWith('08') || UNAVAILABLE.test(message))
    return unavailable(cause);
  return new DomainError('INTERNAL', 'The store refused a statement.', { cause });
}
