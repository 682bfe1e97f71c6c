import * as requests from '../protocol/requests.ts';
import { decodePrepare, type Prepared } from '../protocol/responses.ts';
import type { Reply } from '../transport/rpc.ts';
import type { Connection } from './connection.ts';
import { createStatementCache, isReusable } from './statements.ts';

/** The prepared statements of one connection at the server. */
export type PreparedStatements = {
  /** Gives the prepared statement of a text, and prepares it first where needed. */
  prepare(text: string, signal: AbortSignal): Promise<Prepared | Exclude<Reply, { is: 'ok' }>>;
  /** Drops a statement that the server doesn't know. */
  drop(text: string): void;
  /** Closes the statement of a text at the server. */
  close(text: string, signal: AbortSignal): Promise<void>;
  /** Closes statements that are no longer used. Never rejects. */
  tidy(): Promise<void>;
  /** Drops all: the server has closed their connection. */
  clear(): void;
};

/** Prepared statements that a session keeps; the server keeps 10,000 for all. */
const STATEMENTS = 100;
const TIDY_MS = 5_000;

/** @param connectionOf gives the connection */
export function createPreparedStatements(connectionOf: () => Connection): PreparedStatements {
  const cache = createStatementCache(STATEMENTS);
  const leftOver: number[] = [];
  const post = (
    requestOf: (connectionId: string) => Uint8Array,
    expected: string,
    signal: AbortSignal,
  ): Promise<Reply> => connectionOf().post(requestOf(connectionOf().id), expected, signal);
  const close = (statementId: number, signal: AbortSignal): Promise<Reply> =>
    post((id) => requests.closeStatement(id, statementId), 'CloseStatementResponse', signal);

  return {
    async prepare(text, signal) {
      const known = cache.get(text);
      if (known) return known;
      const reply = await post((id) => requests.prepare(id, text), 'PrepareResponse', signal);
      if (reply.is !== 'ok') return reply;
      connectionOf().touch();
      const prepared = preparedOf(reply.message);
      if (!prepared) return { is: 'lost', cause: new Error('the answer to Prepare is unreadable') };
      if (isReusable(text)) {
        const evicted = cache.set(text, prepared);
        if (evicted) leftOver.push(evicted.statementId);
      } else leftOver.push(prepared.statementId);
      return prepared;
    },
    drop: (text) => cache.delete(text),
    async close(text, signal) {
      const prepared = cache.get(text);
      if (!prepared) return;
      cache.delete(text);
      await close(prepared.statementId, signal);
    },
    async tidy() {
      while (connectionOf().isVerified) {
        const statementId = leftOver.pop();
        if (statementId === undefined) return;
        await close(statementId, AbortSignal.timeout(TIDY_MS)).catch(connectionOf().forget);
      }
    },
    clear() {
      cache.clear();
      leftOver.length = 0;
    },
  };
}

function preparedOf(message: Uint8Array): Prepared | undefined {
  try {
    return decodePrepare(message);
  } catch {
    return undefined;
  }
}
