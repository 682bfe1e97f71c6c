import { Worker } from 'node:worker_threads';
import { arrayText } from './array-text.ts';
import { DbError, type Row, type SqlValue, unavailable } from './db.ts';

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

type Call =
  | { readonly kind: 'query'; readonly text: string; readonly values: readonly PgliteValue[] }
  | { readonly kind: 'exec'; readonly text: string }
  | { readonly kind: 'close' };

/** Calls of the database in the worker, which runs them in the order they are sent. */
export type WorkerCalls = {
  query<R extends Row>(text: string, values: readonly SqlValue[]): Promise<R[]>;
  exec(text: string): Promise<void>;
  /** Whether the worker has ended, or was closed: every call is rejected then. */
  readonly isDead: boolean;
  /** Closes the database. The worker goes on until `end`. */
  close(): Promise<void>;
  /** Ends the worker; later calls are rejected with `reason`. */
  end(reason: Error): Promise<void>;
};

/** Starts the worker. @param directory where the data is; undefined: in memory */
export async function openWorker(directory?: string): Promise<WorkerCalls> {
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: directory });
  const pending = new Map<number, Pending>();
  let nextId = 0;
  let dead: Error | undefined;

  const die = (cause: unknown): void => {
    dead ??= unavailable(cause);
    for (const { reject } of pending.values()) reject(dead);
    pending.clear();
  };
  await whenReady(worker, pending, die);

  const call = (request: Call): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (dead) return reject(dead);
      const id = nextId++;
      pending.set(id, { resolve, reject });
      worker.postMessage({ ...request, id });
    });
  return {
    async query<R extends Row>(text: string, values: readonly SqlValue[]) {
      return rowsOf<R>(await call({ kind: 'query', text, values: values.map(textOfArray) }));
    },
    async exec(text) {
      await call({ kind: 'exec', text });
    },
    get isDead() {
      return dead !== undefined;
    },
    async close() {
      await call({ kind: 'close' });
    },
    async end(reason) {
      dead = reason;
      await worker.terminate();
    },
  };
}

/** Passes the worker's answers on. Resolves when the database is open, and rejects when it can't be opened. */
function whenReady(
  worker: Worker,
  pending: Map<number, Pending>,
  die: (cause: unknown) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
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
}

function rowsOf<R extends Row>({ fields, rows }: Result): R[] {
  return rows.map((row) => {
    const record: Record<string, unknown> = {};
    for (let index = 0; index < fields.length; index += 1) record[fields[index] as string] = row[index];
    return record as R;
  });
}
