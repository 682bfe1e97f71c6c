import { createHash } from 'node:crypto';
import pg from 'pg';
import { abortReason } from '../../lib/errors.ts';
import {
  type Db,
  parseInt8,
  type Queryable,
  type QueryOptions,
  type Row,
  type SqlValue,
  toDbError,
  untilEnd,
} from './db.ts';

export type PgOptions = {
  /** `postgres://user:password@host:port/database`, with `?sslmode=…` for TLS. */
  readonly url: string;
  readonly connections: number;
  /** The database itself stops a statement after this time. */
  readonly statementTimeoutMs: number;
};

const INT8 = 20;
const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === INT8 ? parseInt8 : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

type Client = pg.PoolClient & { processID?: number };

/** PostgreSQL over the network. An aborted statement is cancelled in the server (`pg_cancel_backend`). */
export function openPg(options: PgOptions): Db {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections,
    statement_timeout: options.statementTimeoutMs,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // A plan that fits every value fits none: ranked searches are ten times slower with a generic one.
    options: '-c plan_cache_mode=force_custom_plan',
    types: typeParsers,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  return {
    driver: 'pg',
    query: <R extends Row>(text: string, values: readonly SqlValue[] = [], query?: QueryOptions) =>
      withClient(pool, (client) => run<R>(pool, client, text, values, query?.signal)),
    tx: (work, query) => withClient(pool, (client) => transact(pool, client, work, query?.signal)),
    exec: (script) =>
      withClient(pool, async (client) => {
        await client.query(script).catch((error: unknown) => {
          throw toDbError(error, undefined);
        });
      }),
    maintain: (statements) =>
      withClient(pool, async (client) => {
        try {
          for (const statement of ['SET statement_timeout = 0', ...statements]) await client.query(statement);
        } catch (error) {
          throw toDbError(error, undefined);
        } finally {
          await client.query('RESET ALL').catch(() => {});
        }
      }),
    close: () => pool.end(),
  };
}

async function connect(pool: pg.Pool): Promise<Client> {
  try {
    return await pool.connect();
  } catch (error) {
    throw toDbError(error, undefined);
  }
}

/** Lends a connection for some work. A connection that breaks meanwhile does not go back to the pool. */
async function withClient<T>(pool: pg.Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    return await work(client);
  } finally {
    client.off('error', onError);
    client.release(broken ?? false);
  }
}

async function run<R extends Row>(
  pool: pg.Pool,
  client: Client,
  text: string,
  values: readonly SqlValue[],
  signal: AbortSignal | undefined,
): Promise<R[]> {
  if (signal?.aborted) throw abortReason(signal);
  const cancel = () => {
    void pool.query('SELECT pg_cancel_backend($1)', [client.processID]).catch(() => {});
  };
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    // A name makes the server keep the plan; the same text always has the same name.
    const name = createHash('sha1').update(text).digest('base64url');
    const result = await client.query<R>({ name, text, values: values as unknown[] });
    return result.rows;
  } catch (error) {
    throw toDbError(error, signal);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

async function transact<T>(
  pool: pg.Pool,
  client: Client,
  work: (q: Queryable) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  // A client takes one statement at a time.
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <R extends Row>(
    text: string,
    values: readonly SqlValue[] = [],
    ownSignal?: AbortSignal,
  ): Promise<R[]> => {
    const result = last.then(() => run<R>(pool, client, text, values, ownSignal));
    last = result.catch(() => {});
    return result;
  };
  const { queries, end } = untilEnd((text, values) => inOrder(text, values, signal));
  await inOrder('BEGIN', [], signal);
  try {
    const result = await work(queries);
    end();
    await inOrder('COMMIT');
    return result;
  } catch (error) {
    end();
    await inOrder('ROLLBACK').catch(() => {});
    throw error;
  }
}
