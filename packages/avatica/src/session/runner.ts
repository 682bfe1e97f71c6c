import { AvaticaError, refused, timedOut, unavailable } from '../protocol/errors.ts';
import * as requests from '../protocol/requests.ts';
import { assertUtc, UTC_PROBE } from '../protocol/utc.ts';
import { type Endpoint, openChannel } from '../transport/channel.ts';
import { rpc } from '../transport/rpc.ts';
import { type Limit, limitOf } from './limit.ts';
import { readAll } from './operations.ts';
import { createPool } from './pool.ts';
import { type Attempt, createSession, type Session, type Use } from './session.ts';

export type RunnerOptions = Endpoint & {
  readonly connections?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly connectionProperties?: Readonly<Record<string, string>> | undefined;
};

export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Of the whole call, in milliseconds, the wait for a connection included. */
  readonly timeoutMs?: number | undefined;
};

/** Statements on a bounded number of Avatica connections. */
export type Runner = {
  /** Lends a connection to `work` within the time of a call. */
  withSession<T>(
    call: CallOptions | undefined,
    work: (session: Session, signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
  /** The parts of `withSession`, for work that takes several calls; `giveBack` takes the error it ended with. */
  borrow(signal: AbortSignal): Promise<Session>;
  giveBack(session: Session, error?: unknown): void;
  limit(call: CallOptions | undefined): Limit;
  /**
   * Runs a statement; a read whose answer was lost once more.
   * @throws AvaticaError; the signal's reason
   */
  run<T>(
    session: Session,
    text: string,
    operate: (use: Use) => Promise<Attempt<T>>,
    signal: AbortSignal,
  ): Promise<T>;
  close(): Promise<void>;
};

const CONNECTIONS = 8;
const TIMEOUT_MS = 30_000;
/** For closing a connection at the server, which is done aside. */
const CLOSE_MS = 5_000;
/** Connections that wait to be closed at most; the server closes the others when they have been idle. */
const MAX_CLOSING = 100;

const isInvalidValue = (error: unknown): boolean =>
  error instanceof AvaticaError && error.code === 'INVALID_VALUE';

/** @throws TypeError for a wrong URL */
export function createRunner(options: RunnerOptions): Runner {
  const properties = options.connectionProperties ?? {};
  const sessions = new Set<Session>();
  const pool = createPool<Session>(options.connections ?? CONNECTIONS, () => {
    const session = createSession(openChannel(options), properties, closer.close);
    sessions.add(session);
    return session;
  });
  const closer = createCloser(options);

  const giveBack = (session: Session, error?: unknown): void => {
    // What the connection still runs, or has to commit, must meet no later call. A wrong value was never sent.
    if (error !== undefined && !isInvalidValue(error)) session.abandon();
    session.tidy().then(() => pool.release(session));
  };

  const limit = (call: CallOptions | undefined): Limit =>
    limitOf(call?.signal, { ms: call?.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS, timedOut });

  return {
    async withSession(call, work) {
      const { signal, end } = limit(call);
      try {
        const session = await pool.acquire(signal);
        let failure: unknown;
        try {
          return await work(session, signal);
        } catch (error) {
          failure = error ?? new Error('no reason');
          throw error;
        } finally {
          giveBack(session, failure);
        }
      } finally {
        end();
      }
    },
    borrow: (signal) => pool.acquire(signal),
    giveBack,
    limit,
    run: runStatement,

    async close() {
      for (const session of await pool.close(unavailable(new Error('the client is closed'))))
        session.abandon();
      await closer.end();
      for (const session of sessions) session.destroy();
    },
  };
}

/** Runs a statement, and a read whose answer was lost once more. Proves that the server is in UTC where it must. */
async function runStatement<T>(
  session: Session,
  text: string,
  operate: (use: Use) => Promise<Attempt<T>>,
  signal: AbortSignal,
): Promise<T> {
  let isLost = false;
  for (;;) {
    const result = await session.run(text, operate, signal);
    switch (result.is) {
      case 'done':
        return result.value;
      case 'refused':
        throw refused(result.error);
      case 'unreachable':
        throw unavailable(result.cause);
      case 'lost':
        if (!result.read || isLost) throw unavailable(result.cause);
        isLost = true;
        session.abandon();
        break;
      case 'needs-utc': {
        const probe = (use: Use) => readAll({ ...use, utc: true }, UTC_PROBE.values);
        assertUtc((await runStatement(session, UTC_PROBE.text, probe, signal)).rows);
        session.provedUtc();
      }
    }
  }
}

/** Closes connections at the server, over a channel of its own. */
function createCloser(endpoint: Endpoint) {
  const channel = openChannel(endpoint);
  const closing = new Set<Promise<unknown>>();
  return {
    /** Begins to close a connection. Nobody waits for it: the server does it by itself in the end. */
    close(connectionId: string): void {
      if (closing.size >= MAX_CLOSING) return;
      const signal = AbortSignal.timeout(CLOSE_MS);
      const request = requests.closeConnection(connectionId);
      const closed = rpc(channel, request, 'CloseConnectionResponse', { dial: true, signal })
        .catch(() => {})
        .finally(() => closing.delete(closed));
      closing.add(closed);
    },
    /** Waits until all are closed. */
    async end(): Promise<void> {
      await Promise.all(closing);
      channel.destroy();
    },
  };
}
