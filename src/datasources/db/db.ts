import { abortReason, DomainError } from '../../lib/errors.ts';

/** Values for placeholders. Objects are bound as JSON text by the caller, arrays as PostgreSQL arrays. */
export type SqlValue = string | number | boolean | null | readonly (string | number | boolean | null)[];
export type Row = Readonly<Record<string, unknown>>;
export type QueryOptions = { readonly signal?: AbortSignal | undefined };

export interface Queryable {
  /**
   * Runs one statement. Both drivers give the same JavaScript values: int8 and counts as numbers, numeric as string,
   * jsonb parsed, arrays as arrays. An unsafe int8 is an error, never rounded.
   */
  query<R extends Row = Row>(
    text: string,
    values?: readonly SqlValue[],
    options?: QueryOptions,
  ): Promise<R[]>;
}

/** PostgreSQL, in process or over the network: one SQL, two drivers. */
export interface Db extends Queryable {
  readonly driver: 'pglite' | 'pg';
  /**
   * Runs `work` in a transaction: committed when it resolves, rolled back when it rejects. Its statements run in the
   * order they are asked for; those that don't need one another's rows are better asked for at once.
   */
  tx<T>(work: (q: Queryable) => Promise<T>, options?: QueryOptions): Promise<T>;
  /** Runs a script of several statements without values (migrations). */
  exec(script: string): Promise<void>;
  /** Runs statements one after the other on one session, outside of any transaction and without a limit of time. */
  maintain(statements: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** The part of a database that an adapter uses. A shared transaction is a session, too: see `sessionIn`. */
export type Session = Pick<Db, 'query' | 'tx'>;

/** A transaction as the session of an adapter, whose own transactions become parts of it. */
export const sessionIn = (q: Queryable): Session => ({
  query: (text, values) => q.query(text, values),
  tx: (work) => work(q),
});

/** A statement the database refused; `sqlState` is PostgreSQL's code. For logs and code, never for callers. */
export class DbError extends Error {
  readonly sqlState: string | undefined;
  constructor(message: string, sqlState: string | undefined) {
    super(message);
    this.name = 'DbError';
    this.sqlState = sqlState;
  }
}

/**
 * The queries of a transaction's work. Once it has ended, other transactions have the session. A later statement, by
 * work that continues after a failure, is refused.
 */
export function untilEnd(query: Queryable['query']): { readonly queries: Queryable; end(): void } {
  let hasEnded = false;
  return {
    queries: {
      query: (text, values) =>
        hasEnded ? Promise.reject(new DbError('the transaction has ended', undefined)) : query(text, values),
    },
    end() {
      hasEnded = true;
    },
  };
}

export const unavailable = (cause: unknown): DomainError =>
  new DomainError('BACKEND_UNAVAILABLE', 'The database does not answer. Try again shortly.', { cause });

/** Connection exception, insufficient resources, operator intervention (PostgreSQL, Appendix A). */
const UNAVAILABLE_STATES = /^(?:08|53|57P|58)/;
const QUERY_CANCELED = '57014';

/** Converts an error of a driver: cancelled, unavailable, or a refused statement. */
export function toDbError(error: unknown, signal: AbortSignal | undefined): Error {
  if (error instanceof DomainError || error instanceof DbError) return error;
  const fields = error as { code?: unknown; message?: unknown };
  const code = typeof fields.code === 'string' ? fields.code : undefined;
  if (code === QUERY_CANCELED) return abortReason(signal);
  // Node's socket errors have names such as ECONNREFUSED; SQLSTATEs have five characters.
  if (code === undefined || code.length !== 5 || UNAVAILABLE_STATES.test(code)) return unavailable(error);
  return new DbError(String(fields.message), code);
}

/** Data exception, integrity violation, program limit exceeded (PostgreSQL, Appendix A). */
const CONTENT_STATES = /^(?:22|23|54)/;

/**
 * Ends a write with `BAD_USER_INPUT` where the error is about the rows themselves, so that trying again can't help.
 * Everything else (no answer, deadlock, a missing table, a full disk) may pass, and stays the error it is.
 * @throws DomainError `BAD_USER_INPUT` with the kind of the fault, never the database's message; or `error`
 */
export function refusing(error: unknown): never {
  if (!(error instanceof DbError)) throw error;
  const { sqlState } = error;
  if (sqlState !== undefined && !CONTENT_STATES.test(sqlState)) throw error;
  const state = sqlState ? ` (SQLSTATE ${sqlState})` : '';
  throw new DomainError('BAD_USER_INPUT', `The store can not keep this as it is${state}.`, { cause: error });
}

/** A number from int8 text. @throws DbError for a value that a number can't hold exactly. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new DbError(`int8 ${text} does not fit a number exactly; cast it to text in the query`, undefined);
}
