import {
  AvaticaError,
  isClosedConnection,
  isMissingConnection,
  type ServerError,
} from '../protocol/errors.ts';
import type { Prepared } from '../protocol/responses.ts';
import type { Channel } from '../transport/channel.ts';
import type { Reply } from '../transport/rpc.ts';
import { type Connection, createConnection } from './connection.ts';
import { createPreparedStatements } from './prepared.ts';

/**
 * Runs statements on one Avatica connection, one call at a time.
 *
 * The server finds a prepared statement by its number alone, and counts from 0 when it starts. So a number from before
 * a restart may stand for another statement. Statements therefore run only over a TCP connection on which the server
 * has confirmed this Avatica connection, whose id is random. A new TCP connection is verified first. That also holds
 * behind a balancer of TCP connections with several servers.
 */
export type Session = {
  /**
   * Runs `operate` with the prepared statement; prepares, verifies or opens first where needed, and again as
   * often as the server has certainly run nothing.
   */
  run<T>(text: string, operate: (use: Use) => Promise<Attempt<T>>, signal: AbortSignal): Promise<Result<T>>;
  /** One more step of a statement that `run` began; `again` when the server no longer has the connection. */
  goOn<T>(use: Use, operate: (use: Use) => Promise<Attempt<T>>, signal: AbortSignal): Promise<Attempt<T>>;
  /** The server was seen to take times as they are. */
  provedUtc(): void;
  /** Closes a statement whose result set was not read to its end. */
  closeStatement(text: string, signal: AbortSignal): Promise<void>;
  /** Closes statements that earlier calls left open. Never rejects. */
  tidy(): Promise<void>;
  /** Forgets the Avatica connection, whatever it still does. */
  abandon(): void;
  destroy(): void;
};

/** A prepared statement, for one run of it. */
export type Use = {
  readonly connectionId: string;
  readonly prepared: Prepared;
  /** Whether the server may be sent times. */
  readonly utc: boolean;
  /** Posts over the verified TCP connection. */
  call(request: Uint8Array, expected: string): Promise<Reply>;
};

type Failure = Exclude<Reply, { is: 'ok' }>;

/** How one run of a statement ended. */
export type Attempt<T> =
  | { readonly is: 'done'; readonly value: T }
  /** The server doesn't know the statement, or the rest of its rows. It is to be prepared and run again. */
  | { readonly is: 'again' }
  /** Not sent: it has times, and the server has not proved to be in UTC. */
  | { readonly is: 'needs-utc' }
  | Failure;

type Result<T> =
  | { readonly is: 'done'; readonly value: T }
  | { readonly is: 'refused'; readonly error: ServerError }
  | { readonly is: 'unreachable'; readonly cause: Error }
  | { readonly is: 'lost'; readonly cause: Error; readonly read: boolean }
  | { readonly is: 'needs-utc' };

/** A restart of the server between two steps costs one more; more than a few say something else is wrong. */
const MAX_TRIES = 4;

/** An unreadable answer counts as a lost one. @throws AvaticaError; the signal's reason */
async function attemptOf<T>(
  operate: (use: Use) => Promise<Attempt<T>>,
  use: Use,
  signal: AbortSignal,
): Promise<Attempt<T>> {
  try {
    return await operate(use);
  } catch (error) {
    if (error instanceof AvaticaError) throw error;
    signal.throwIfAborted();
    return { is: 'lost', cause: error instanceof Error ? error : new Error(String(error)) };
  }
}

/**
 * @param properties of the Phoenix connection
 * @param onOrphan takes ids of connections that may be open at the server and aren't used any more
 * @param clock milliseconds that never run backwards
 */
export function createSession(
  channel: Channel,
  properties: Readonly<Record<string, string>>,
  onOrphan: (connectionId: string) => void,
  clock: () => number = () => performance.now(),
): Session {
  const statements = createPreparedStatements(() => connection);
  const connection = createConnection(channel, {
    properties,
    onOrphan,
    clock,
    onForgotten: statements.clear,
  });

  return {
    async run(text, operate, signal) {
      let cause = new Error('the server keeps forgetting a connection or statement');
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const before = (await connection.ready(signal)) ?? (await statements.prepare(text, signal));
        if ('is' in before) {
          // Nothing was run, so all that may pass is tried again; what the server says clearly is not.
          if (before.is === 'unreachable') return before;
          if (before.is === 'refused' && !isMissingConnection(before.error))
            return { is: 'refused', error: before.error };
          if (before.is === 'lost') cause = before.cause;
          continue;
        }
        const isRead = before.signature.columns.length > 0;
        const attempt = await attemptOf(operate, useOf(connection, before, signal), signal);
        if (attempt.is === 'again') statements.drop(text);
        const result = resultOf(attempt, isRead);
        if (result) return result;
        // A connection that the server closed under a read.
        if (attempt.is === 'refused' && isClosedConnection(attempt.error)) connection.forget();
      }
      return { is: 'lost', cause, read: false };
    },

    async goOn({ connectionId, prepared }, operate, signal) {
      // The TCP connection may have been closed since, while nobody asked for more.
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const failed = await connection.ready(signal);
        if (connection.id !== connectionId) break;
        if (failed) continue;
        const attempt = await attemptOf(operate, useOf(connection, prepared, signal), signal);
        if (attempt.is !== 'not-connected') return attempt;
      }
      return { is: 'again' };
    },

    provedUtc() {
      connection.isUtc = true;
    },

    closeStatement: statements.close,
    tidy: statements.tidy,
    abandon: connection.abandon,

    destroy() {
      channel.destroy();
    },
  };
}

const useOf = (connection: Connection, prepared: Prepared, signal: AbortSignal): Use => ({
  connectionId: connection.id,
  prepared,
  utc: connection.isUtc,
  call: (request, expected) => connection.post(request, expected, signal),
});

/** The result of an attempt; undefined when the server has certainly run nothing, so that it may be made again. */
function resultOf<T>(attempt: Attempt<T>, isRead: boolean): Result<T> | undefined {
  switch (attempt.is) {
    case 'done':
    case 'unreachable':
    case 'needs-utc':
      return attempt;
    case 'lost':
      return { is: 'lost', cause: attempt.cause, read: isRead };
    case 'refused': {
      // Of a write a closed connection says nothing about what was done before.
      const isAgain = isMissingConnection(attempt.error) || (isRead && isClosedConnection(attempt.error));
      return isAgain ? undefined : { is: 'refused', error: attempt.error };
    }
    case 'again':
    case 'not-connected':
      return undefined;
  }
}
