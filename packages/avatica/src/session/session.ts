import { randomUUID } from 'node:crypto';
import {
  AvaticaError,
  isClosedConnection,
  isMissingConnection,
  type ServerError,
} from '../protocol/errors.ts';
import * as requests from '../protocol/requests.ts';
import { decodePrepare, type Prepared } from '../protocol/responses.ts';
import type { Channel } from '../transport/channel.ts';
import { type Reply, rpc } from '../transport/rpc.ts';
import { createStatementCache, isReusable } from './statements.ts';

/**
 * One Avatica connection over one channel, for one call at a time. It is opened at its first use and opened anew
 * when the server no longer knows it.
 *
 * The server finds a prepared statement by its number alone, and counts from 0 again when it starts: a number
 * from before a restart may stand for another statement. So statements are run only over the TCP connection on
 * which the server said that it knows this Avatica connection, whose id is random; a new TCP connection is asked
 * first. That also holds behind a balancer of TCP connections with several servers.
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
  /** Closes what was left over by earlier calls. Never rejects. */
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

/** How one run of a statement ended. */
export type Attempt<T> =
  | { readonly is: 'done'; readonly value: T }
  /** The server doesn't know the statement, or what was left of its rows. It is to be prepared and run again. */
  | { readonly is: 'again' }
  /** Not sent: it has times, and `provedUtc` was not said. */
  | { readonly is: 'needs-utc' }
  | Exclude<Reply, { is: 'ok' }>;

type Result<T> =
  | { readonly is: 'done'; readonly value: T }
  | { readonly is: 'refused'; readonly error: ServerError }
  | { readonly is: 'unreachable'; readonly cause: Error }
  | { readonly is: 'lost'; readonly cause: Error; readonly read: boolean }
  | { readonly is: 'needs-utc' };

/** Prepared statements that a session keeps; the server keeps 10,000 for all. */
const STATEMENTS = 100;
/**
 * After 10 minutes without another use than running statements the server closes a connection, in the middle of
 * one if need be. So it is used before.
 */
const TOUCH_MS = 120_000;
/** A restart of the server between two steps costs one more; more than a few say something else is wrong. */
const MAX_TRIES = 4;
const TIDY_MS = 5_000;

function preparedOf(message: Uint8Array): Prepared | undefined {
  try {
    return decodePrepare(message);
  } catch {
    return undefined;
  }
}

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
  const statements = createStatementCache(STATEMENTS);
  const leftOver: number[] = [];
  let id = randomUUID() as string;
  /** Whether the server has, or may have, heard of `id`: an id can be opened once only. */
  let isUsed = false;
  let opened = false;
  /** Whether the server knows the connection on the TCP connection that there is. */
  let verified = false;
  let touchedAt = 0;
  let utc = false;

  const forget = (): void => {
    id = randomUUID();
    isUsed = false;
    opened = false;
    verified = false;
    utc = false;
    statements.clear();
    leftOver.length = 0;
  };

  const abandon = (): void => {
    onOrphan(id);
    forget();
  };

  const post = async (
    request: Uint8Array,
    expected: string,
    dial: boolean,
    signal: AbortSignal,
  ): Promise<Reply> => {
    const reply = await rpc(channel, request, expected, { dial, signal });
    if (reply.is === 'not-connected' || reply.is === 'lost') verified = false;
    else if (reply.is === 'refused' && isMissingConnection(reply.error)) forget();
    return reply;
  };

  /** Opens or verifies, one step at a time; `ok` once statements can be run. */
  const ready = async (signal: AbortSignal): Promise<Reply | undefined> => {
    if (verified && clock() - touchedAt < TOUCH_MS) return undefined;
    if (!opened) {
      isUsed = true;
      const reply = await post(
        requests.openConnection(id, properties),
        'OpenConnectionResponse',
        true,
        signal,
      );
      if (reply.is === 'unreachable' || reply.is === 'not-connected') isUsed = false;
      // Else perhaps it is open all the same.
      else if (reply.is !== 'ok' && isUsed) abandon();
      if (reply.is !== 'ok') return reply;
      opened = true;
    }
    const reply = await post(requests.connectionSync(id), 'ConnectionSyncResponse', true, signal);
    if (reply.is !== 'ok') return reply;
    verified = true;
    touchedAt = clock();
    return undefined;
  };

  const prepare = async (
    text: string,
    signal: AbortSignal,
  ): Promise<Prepared | Exclude<Reply, { is: 'ok' }>> => {
    const known = statements.get(text);
    if (known) return known;
    const reply = await post(requests.prepare(id, text), 'PrepareResponse', false, signal);
    if (reply.is !== 'ok') return reply;
    touchedAt = clock();
    const prepared = preparedOf(reply.message);
    if (!prepared) return { is: 'lost', cause: new Error('the answer to Prepare is unreadable') };
    if (isReusable(text)) {
      const evicted = statements.set(text, prepared);
      if (evicted) leftOver.push(evicted.statementId);
    } else leftOver.push(prepared.statementId);
    return prepared;
  };

  const handleOf = (prepared: Prepared, signal: AbortSignal): Use => ({
    connectionId: id,
    prepared,
    utc,
    call: (request, expected) => post(request, expected, false, signal),
  });

  return {
    async run<T>(
      text: string,
      operate: (use: Use) => Promise<Attempt<T>>,
      signal: AbortSignal,
    ): Promise<Result<T>> {
      let cause = new Error('the server keeps forgetting a connection or statement');
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const before = (await ready(signal)) ?? (await prepare(text, signal));
        if ('is' in before) {
          // Nothing was run, so all that may pass is tried again; what the server says clearly is not.
          if (before.is === 'unreachable') return before;
          if (before.is === 'refused' && !isMissingConnection(before.error))
            return { is: 'refused', error: before.error };
          if (before.is === 'lost') cause = before.cause;
          continue;
        }
        const read = before.signature.columns.length > 0;
        const attempt = await attemptOf(operate, handleOf(before, signal), signal);
        switch (attempt.is) {
          case 'done':
          case 'unreachable':
          case 'needs-utc':
            return attempt;
          case 'lost':
            return { is: 'lost', cause: attempt.cause, read };
          case 'refused':
            if (isMissingConnection(attempt.error)) continue;
            // Of a write it says nothing about what was done before the connection was closed.
            if (read && isClosedConnection(attempt.error)) {
              forget();
              continue;
            }
            return { is: 'refused', error: attempt.error };
          case 'again':
            statements.delete(text);
            continue;
          case 'not-connected':
            continue;
        }
      }
      return { is: 'lost', cause, read: false };
    },

    async goOn({ connectionId, prepared }, operate, signal) {
      // The TCP connection may have been closed since, while nobody asked for more.
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const failed = await ready(signal);
        if (id !== connectionId) break;
        if (failed) continue;
        const attempt = await attemptOf(operate, handleOf(prepared, signal), signal);
        if (attempt.is !== 'not-connected') return attempt;
      }
      return { is: 'again' };
    },

    provedUtc() {
      utc = true;
    },

    async closeStatement(text, signal) {
      const prepared = statements.get(text);
      if (!prepared) return;
      statements.delete(text);
      await post(requests.closeStatement(id, prepared.statementId), 'CloseStatementResponse', false, signal);
    },

    async tidy() {
      while (verified) {
        const statementId = leftOver.pop();
        if (statementId === undefined) return;
        const request = requests.closeStatement(id, statementId);
        await post(request, 'CloseStatementResponse', false, AbortSignal.timeout(TIDY_MS)).catch(forget);
      }
    },

    abandon() {
      if (isUsed) abandon();
    },

    destroy() {
      channel.destroy();
    },
  };
}
