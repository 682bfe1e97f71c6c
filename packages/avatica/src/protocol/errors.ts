/**
 * - `UNAVAILABLE`: no server, no answer, or a cluster that can't do it now. Whether a write was done nobody knows.
 * - `UNAUTHORIZED`: the server refuses the credentials.
 * - `TIMEOUT`: the call, or the statement inside Phoenix, took longer than allowed.
 * - `STATEMENT_REFUSED`: the server can't run the statement.
 * - `INVALID_VALUE`: the type of a parameter can't hold the value exactly. Nothing was sent.
 * - `VALUE_COUNT`: a statement has more or fewer parameters than values. Nothing was run.
 * - `SERVER_NOT_UTC`: the server would store times wrong. Nothing was run.
 */
export type AvaticaErrorCode =
  | 'UNAVAILABLE'
  | 'UNAUTHORIZED'
  | 'TIMEOUT'
  | 'STATEMENT_REFUSED'
  | 'INVALID_VALUE'
  | 'VALUE_COUNT'
  | 'SERVER_NOT_UTC';

/**
 * The one error of this client. Its message names no statement, value, host or credential; details are in `cause`, and
 * in `serverErrorOf`.
 */
export class AvaticaError extends Error {
  readonly code: AvaticaErrorCode;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;

  constructor(code: AvaticaErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AvaticaError';
    this.code = code;
    this.retryable = code === 'UNAVAILABLE' || code === 'TIMEOUT';
  }
}

/** The server's answer instead of a result. For logs and code, never for callers. */
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
  const cause = error instanceof AvaticaError ? error.cause : undefined;
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
 * Conditions of the cluster, not of the statement, by the numbers of `SQLExceptionCode` of Phoenix 5.2. They are IO, no
 * connection to HBase (class 08), a closed or throttled connection, and moved regions.
 */
const UNAVAILABLE_CODES = new Set([101, 102, 103, 104, 720, 721, 722, 1108, 1111, 2005, 2009]);
/** Phoenix's own time-out of an operation. */
const TIMED_OUT_CODE = 6000;
const TIMED_OUT = /OperationTimedOut|SocketTimeout|CallTimeout|ScannerTimeout|ERROR 6000/;
/** HBase's exceptions come without a code; their classes are named in the message. */
const UNAVAILABLE =
  /\b(?:RetriesExhausted|Connect|NotServingRegion|ServerNotRunningYet|RegionServerStopped|RegionServerAborted|RegionTooBusy|CallQueueTooBig|PleaseHold|MasterNotRunning|ConnectionLoss|ConnectionClosed|ConnectionClosing|RejectedExecution|PhoenixIO|IO|StaleRegionBoundaryCache|FailedServer|NoServerForRegion)\w*Exception|OutOfMemoryError/;

export const unavailable = (cause: unknown): AvaticaError =>
  new AvaticaError('UNAVAILABLE', 'The query server does not answer.', cause);

export const timedOut = (cause?: unknown): AvaticaError =>
  new AvaticaError('TIMEOUT', 'The query server did not answer in time.', cause);

export const invalidValue = (message: string): AvaticaError => new AvaticaError('INVALID_VALUE', message);

/** The error of a call that the server refused; the server's own words are its cause only. */
export function refused(answer: ServerError): AvaticaError {
  const { errorCode, sqlState, message } = phoenixError(answer);
  const cause = Object.assign(new Error(message), { errorCode, sqlState });
  if (errorCode === TIMED_OUT_CODE || TIMED_OUT.test(message)) return timedOut(cause);
  if (errorCode === NOT_AUTHORISED)
    return new AvaticaError('UNAUTHORIZED', 'The query server refuses the credentials.', cause);
  if (UNAVAILABLE_CODES.has(errorCode) || sqlState.startsWith('08') || UNAVAILABLE.test(message))
    return unavailable(cause);
  return new AvaticaError('STATEMENT_REFUSED', 'The query server refused a statement.', cause);
}
