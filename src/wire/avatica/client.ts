import { abortReason, refused, timedOut, unavailable } from './errors.ts';
import { batchesOf, readAll, runBatch } from './operations.ts';
import { createPool } from './pool.ts';
import * as requests from './requests.ts';
import { rpc } from './rpc.ts';
import { type Attempt, createSession, type Session, type Use } from './session.ts';
import { openChannel, type TlsOptions } from './transport.ts';
import type { AvaticaValue } from './values.ts';

export type { AvaticaValue } from './values.ts';

export type AvaticaOptions = {
  /** Of the Phoenix Query Server, e.g. `http://127.0.0.1:8765`. */
  readonly url: string;
  /** Avatica connections at most, each with a TCP connection of its own; 8 unless told. */
  readonly connections?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Of a call that names no time of its own, in milliseconds, the wait for a connection included; 30,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** Properties of each Phoenix connection. */
  readonly connectionProperties?: Readonly<Record<string, string>> | undefined;
};

export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
};

export type AvaticaClient = {
  /**
   * Runs one statement, committed when the promise resolves.
   *
   * Rows are objects by column label, as the server spells it: upper case unless quoted. Values are as
   * `AvaticaValue` says. `updateCount` is 0 for a statement with rows.
   *
   * A read whose answer is lost is run again once. A write never is: when nobody knows whether it was done, the
   * call rejects, and the caller decides.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`, `INTERNAL` for a statement that the server refuses
   *   (`serverErrorOf` tells why), `BAD_USER_INPUT` for a value that its type can't hold; the signal's reason
   */
  query<Row>(
    text: string,
    values?: readonly AvaticaValue[],
    options?: CallOptions,
  ): Promise<{ rows: Row[]; updateCount: number }>;
  /**
   * Runs one statement for each row of values, in as few round trips as 2,000 rows or 8 MiB in each allow; each of
   * these is one commit. Update counts are in the order of the rows. When it rejects, the rows before some point
   * may be written.
   * @throws as `query`
   */
  batch(
    text: string,
    rows: readonly (readonly AvaticaValue[])[],
    options?: CallOptions,
  ): Promise<readonly number[]>;
  /** Waits for what is under way, then closes all connections, also at the server. */
  close(): Promise<void>;
};

const CONNECTIONS = 8;
const TIMEOUT_MS = 30_000;
/** For closing a connection at the server, which is done aside. */
const CLOSE_MS = 5_000;
/** Connections that wait to be closed at most; the server closes the others when they have been idle. */
const MAX_CLOSING = 100;

/** A client of one Phoenix Query Server; it connects when it is first used. @throws TypeError for a wrong URL */
export function openAvatica(options: AvaticaOptions): AvaticaClient {
  const properties = options.connectionProperties ?? {};
  const sessions = new Set<Session>();
  const pool = createPool<Session>(options.connections ?? CONNECTIONS, () => {
    const session = createSession(openChannel(options), properties);
    sessions.add(session);
    return session;
  });
  const closer = openChannel(options);
  const closing = new Set<Promise<unknown>>();

  const closeAside = (id: string | undefined): void => {
    if (id === undefined || closing.size >= MAX_CLOSING) return;
    const signal = AbortSignal.timeout(CLOSE_MS);
    const closed = rpc(closer, requests.closeConnection(id), 'CloseConnectionResponse', {
      dial: true,
      signal,
    })
      // Nobody waits for it, and the server does it by itself in the end.
      .catch(() => {})
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };

  /** Lends a connection to `work` until its time is over. */
  const withSession = async <T>(
    call: CallOptions | undefined,
    work: (session: Session, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const limit = limitOf(call, options.timeoutMs ?? TIMEOUT_MS);
    try {
      const session = await pool.acquire(limit.signal);
      try {
        return await work(session, limit.signal);
      } catch (error) {
        // Whatever it was: what the connection still has to commit, or still runs, must meet no later call.
        closeAside(session.abandon());
        throw error;
      } finally {
        session.tidy().then(() => pool.release(session));
      }
    } finally {
      limit.end();
    }
  };

  const run = async <T>(
    session: Session,
    text: string,
    operate: (use: Use) => Promise<Attempt<T>>,
    signal: AbortSignal,
  ): Promise<T> => {
    for (let tries = 0; ; tries++) {
      const result = await session.run(text, operate, signal);
      switch (result.is) {
        case 'done':
          return result.value;
        case 'refused':
          throw refused(result.error);
        case 'unreachable':
          throw unavailable(result.cause);
        case 'lost':
          if (!result.read || tries > 0) throw unavailable(result.cause);
          closeAside(session.abandon());
      }
    }
  };

  return {
    query<Row>(text: string, values: readonly AvaticaValue[] = [], call?: CallOptions) {
      return withSession(call, async (session, signal) => {
        const { rows, updateCount } = await run(session, text, (use) => readAll(use, values), signal);
        return { rows: rows as Row[], updateCount };
      });
    },

    batch(text, rows, call) {
      return withSession(call, async (session, signal) => {
        const counts: number[] = [];
        for (const part of batchesOf(rows))
          for (const count of await run(session, text, (use) => runBatch(use, part), signal))
            counts.push(count);
        return counts;
      });
    },

    async close() {
      for (const session of await pool.close(unavailable(new Error('the client is closed'))))
        closeAside(session.abandon());
      await Promise.all(closing);
      for (const session of sessions) session.destroy();
      closer.destroy();
    },
  };
}

/** A call's signal: the caller's, or the end of its time. `end` lets go of both. */
function limitOf(
  call: CallOptions | undefined,
  defaultMs: number,
): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(timedOut()), call?.timeoutMs ?? defaultMs);
  const { signal } = call ?? {};
  const onAbort = (): void => {
    if (signal) controller.abort(abortReason(signal));
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
