import { Worker } from 'node:worker_threads';
import { abortReason, DomainError } from '../../lib/errors.ts';
import { arrayText } from './array-text.ts';
import { type Db, DbError, type QueryOptions, type Row, type SqlValue, unavailable, untilEnd } from './db.ts';

/**
 * Arrays go to the worker as PostgreSQL's text. Handing over a single string takes a fraction of the time of a
 * thousand, and the worker's thread is the bottleneck.
 */
type PgliteValue = Exclude<SqlValue, readonly unknown[]>;
const textOfArray = (value: SqlValue): PgliteValue =>
  typeof value === 'object' && value !== null ? arrayText(value) : value;

export type WorkerRequest = { readonly id: number } & (
  | { readonly kind: 'query'; readonly text: string; readonly values: readonly PgliteValue[] }
  | { readonly kind: 'exec'; readonly text: string }
  | { readonly kind: 'close' }
);
export type WorkerResponse =
  | { readonly id: -1; readonly ready: true }
  | { readonly id: number; readonly fields: readonly string[]; readonly rows: readonly unknown[][] }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } };

type Result = { readonly fields: readonly string[]; readonly rows: readonly unknown[][] };
type Pending = { resolve(result: Result): void; reject(error: Error): void };

/** A turn at the one session: statements share it, a transaction has it alone. First come, first served. */
type Turn = { readonly exclusive: boolean; start(): void };

/**
 * PGlite in a worker thread.
 *
 * A running statement can't be interrupted: on abort its caller is answered at once, and the statement ends
 * in its own time. Statements and transactions still waiting for their turn are dropped and never run.
 * @param directory where the data is; undefined: in memory
 */
export async function openPglite(directory?: string): Promise<Db> {
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: directory });
  const pending = new Map<number, Pending>();
  const queue: Turn[] = [];
  let running = 0;
  let exclusive = false;
  let nextId = 0;
  let dead: Error | undefined;

  const die = (cause: unknown) => {
    dead ??= unavailable(cause);
    for (const { reject } of pending.values()) reject(dead);
    pending.clear();
  };

  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: WorkerResponse) => {
      if ('ready' in message) return resolve();
      const call = pending.get(message.id);
      pending.delete(message.id);
      if ('error' in message) call?.reject(new DbError(message.error.message, message.error.code));
      else call?.resolve(message);
    });
    worker.on('error', (error) => {
      die(error);
      reject(error);
    });
    worker.on('exit', () => die(new Error('the database worker has ended')));
  });

  const call = (
    request:
      | { kind: 'query'; text: string; values: readonly PgliteValue[] }
      | { kind: 'exec'; text: string }
      | { kind: 'close' },
  ) =>
    new Promise<Result>((resolve, reject) => {
      if (dead) return reject(dead);
      const id = nextId++;
      pending.set(id, { resolve, reject });
      worker.postMessage({ ...request, id });
    });

  const pump = () => {
    for (let turn = queue[0]; turn; turn = queue[0]) {
      if (exclusive || (turn.exclusive && running > 0)) return;
      queue.shift();
      if (turn.exclusive) exclusive = true;
      running += 1;
      turn.start();
    }
  };

  /**
   * Runs `work` when its turn has come. The caller is let go at once on abort; the turn ends with the work, or before it
   * when the work says so.
   */
  const inTurn = <T>(
    isExclusive: boolean,
    signal: AbortSignal | undefined,
    work: (endTurn: () => void) => Promise<T>,
  ): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(abortReason(signal));
      let hasEnded = false;
      const end = (): void => {
        if (hasEnded) return;
        hasEnded = true;
        running -= 1;
        if (isExclusive) exclusive = false;
        pump();
      };
      const turn: Turn = {
        exclusive: isExclusive,
        start() {
          work(end)
            .then(resolve, reject)
            .finally(() => {
              signal?.removeEventListener('abort', onAbort);
              end();
            });
        },
      };
      const onAbort = () => {
        const waiting = queue.indexOf(turn);
        if (waiting !== -1) {
          queue.splice(waiting, 1);
          pump();
        }
        reject(abortReason(signal));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      queue.push(turn);
      pump();
    });

  const run = async <R extends Row>(text: string, values: readonly SqlValue[]): Promise<R[]> => {
    const { fields, rows } = await call({ kind: 'query', text, values: values.map(textOfArray) });
    return rows.map((row) => {
      const record: Record<string, unknown> = {};
      for (let index = 0; index < fields.length; index += 1) record[fields[index] as string] = row[index];
      return record as R;
    });
  };

  return {
    driver: 'pglite',
    query: <R extends Row>(text: string, values: readonly SqlValue[] = [], options?: QueryOptions) =>
      inTurn(false, options?.signal, () => run<R>(text, values)),
    tx: (work, options) =>
      inTurn(true, options?.signal, async (endTurn) => {
        const { queries, end } = untilEnd((text, values = []) =>
          options?.signal?.aborted ? Promise.reject(abortReason(options.signal)) : run(text, values),
        );
        let result: Awaited<ReturnType<typeof work>>;
        try {
          // The worker runs all in the order it is sent: nobody waits for the beginning.
          [, result] = await Promise.all([call({ kind: 'exec', text: 'BEGIN' }), work(queries)]);
        } catch (error) {
          end();
          if (!dead) await call({ kind: 'exec', text: 'ROLLBACK' });
          throw error;
        }
        end();
        const committed = call({ kind: 'exec', text: 'COMMIT' });
        endTurn();
        await committed;
        return result;
      }),
    exec: (script) =>
      inTurn(true, undefined, async () => {
        await call({ kind: 'exec', text: script });
      }),
    async maintain(statements) {
      for (const text of statements)
        await inTurn(true, undefined, async () => {
          await call({ kind: 'exec', text });
        });
    },
    async close() {
      if (!dead) await inTurn(true, undefined, () => call({ kind: 'close' }));
      dead = new DomainError('BACKEND_UNAVAILABLE', 'The database is closed.');
      await worker.terminate();
    },
  };
}
