import { abortReason, DomainError } from '../../lib/errors.ts';
import { type Db, type Queryable, type QueryOptions, type Row, type SqlValue, untilEnd } from './db.ts';
import { openWorker, type WorkerCalls } from './pglite-calls.ts';
import { createTurns, inSessionTurn } from './session-turns.ts';

/**
 * PGlite in a worker thread.
 *
 * A running statement can't be interrupted: on abort its caller is answered at once, and the statement ends
 * in its own time. Statements and transactions still waiting for their turn are dropped and never run.
 * @param directory where the data is; undefined: in memory
 */
export async function openPglite(directory?: string): Promise<Db> {
  const worker = await openWorker(directory);
  const turns = createTurns();
  return {
    driver: 'pglite',
    query: <R extends Row>(text: string, values: readonly SqlValue[] = [], options?: QueryOptions) =>
      inSessionTurn(turns, false, options?.signal, () => worker.query<R>(text, values)),
    tx: (work, options) =>
      inSessionTurn(turns, true, options?.signal, (endTurn) =>
        transact(worker, work, options?.signal, endTurn),
      ),
    exec: (script) => inSessionTurn(turns, true, undefined, () => worker.exec(script)),
    async maintain(statements) {
      for (const text of statements) await inSessionTurn(turns, true, undefined, () => worker.exec(text));
    },
    async close() {
      if (!worker.isDead) await inSessionTurn(turns, true, undefined, () => worker.close());
      await worker.end(new DomainError('BACKEND_UNAVAILABLE', 'The database is closed.'));
    },
  };
}

/** Runs a transaction, alone at the session. Its turn ends when the commit is on its way. */
async function transact<T>(
  worker: WorkerCalls,
  work: (q: Queryable) => Promise<T>,
  signal: AbortSignal | undefined,
  endTurn: () => void,
): Promise<T> {
  const { queries, end } = untilEnd((text, values = []) =>
    signal?.aborted ? Promise.reject(abortReason(signal)) : worker.query(text, values),
  );
  let result: T;
  try {
    // The worker runs all in the order it is sent: nobody waits for the beginning.
    [, result] = await Promise.all([worker.exec('BEGIN'), work(queries)]);
  } catch (error) {
    end();
    if (!worker.isDead) await worker.exec('ROLLBACK');
    throw error;
  }
  end();
  const committed = worker.exec('COMMIT');
  endTurn();
  await committed;
  return result;
}
