import { currentTraits, type TimedValues } from '../../../domain/trait-merge.ts';
import { wait } from '../../../lib/retry.ts';
import { WORDS_VERSION } from '../../activity-search/activity-texts.ts';
import { activityVector, leadVector } from '../../activity-search/postgres/vector.ts';
import type { Db, Queryable, SqlValue } from '../../db/db.ts';
import { type ActivityRow, activityColumns, activityFrom } from './rows.ts';
import { readTypes } from './types.ts';

/** Rows at a time: in memory, and locked in one transaction. */
const BATCH = 200;
/** How long to wait for rows that a writer has locked, in milliseconds. */
const LOCKED_MS = 50;

export type Reindexing = {
  /** Called after each batch; `total` is the number of rows at the beginning. */
  onProgress(progress: { readonly done: number; readonly total: number }): void;
};

/** Whether the search vectors of all rows have the words of this program. */
export async function hasCurrentWords(db: Db): Promise<boolean> {
  const [row] = await db.query<{ version: number }>('SELECT version FROM search_version');
  return row?.version === WORDS_VERSION;
}

/**
 * Rebuilds the search vectors of all activities and leads from their rows, in batches, while others read and write. A
 * second run changes only wrong vectors.
 * @throws DomainError `BACKEND_UNAVAILABLE`, or the signal's reason; finished batches stay
 */
export async function reindexRows(db: Db, { onProgress }: Reindexing, signal: AbortSignal): Promise<void> {
  const [count] = await db.query<{ total: number }>(
    'SELECT (SELECT count(*) FROM activities) + (SELECT count(*) FROM leads) AS total',
    [],
    { signal },
  );
  const total = count?.total ?? 0;
  let done = 0;
  const advance = (rows: number): void => {
    done += rows;
    onProgress({ done, total: Math.max(done, total) });
  };
  await inBatches(db, ACTIVITIES, advance, signal);
  await inBatches(db, LEADS, advance, signal);
  await db.query('UPDATE search_version SET version = $1', [WORDS_VERSION], { signal });
  // PGlite has no autovacuum: the old versions of the rows, and their words in the index, would stay for good.
  if (db.driver === 'pglite')
    for (const { table } of [ACTIVITIES, LEADS]) await db.exec(`VACUUM ANALYZE ${table}`);
}

type Key = readonly (string | number)[];
type IndexedTable<R> = {
  readonly table: 'activities' | 'leads';
  /** Columns of the primary key, with their types. */
  readonly key: Readonly<Record<string, 'text' | 'int8'>>;
  /** Columns of the table `t` that `vectors` needs. */
  readonly columns: string;
  keyOf(row: R): Key;
  /** The vectors of rows of one tenant, in their order. */
  vectors(q: Queryable, tenantId: string, rows: readonly R[]): Promise<string[]>;
};

const ACTIVITIES: IndexedTable<ActivityRow & { readonly tenant_id: string }> = {
  table: 'activities',
  key: { tenant_id: 'text', lead_key: 'text', occurred_at: 'int8', hash: 'text' },
  columns: `t.tenant_id, ${activityColumns(true, 't.')}`,
  keyOf: (row) => [row.tenant_id, row.lead_key, row.occurred_at, row.hash],
  async vectors(q, tenantId, rows) {
    const activities = rows.map(activityFrom);
    const typeOf = await readTypes(q, tenantId, activities);
    return activities.map((activity) => activityVector(activity, typeOf(activity.type)));
  },
};

type LeadRow = {
  readonly tenant_id: string;
  readonly lead_key: string;
  readonly identity: string;
  readonly email: string | null;
  readonly traits: TimedValues;
};
const LEADS: IndexedTable<LeadRow> = {
  table: 'leads',
  key: { tenant_id: 'text', lead_key: 'text' },
  columns: 't.tenant_id, t.lead_key, t.identity, t.email, t.traits',
  keyOf: (row) => [row.tenant_id, row.lead_key],
  vectors: async (_q, _tenantId, rows) =>
    rows.map(({ identity, email, traits }) => leadVector({ identity, email, traits: currentTraits(traits) })),
};

/** In the order of the primary key. Rows that are written meanwhile have their vectors already. */
async function inBatches<R extends { readonly tenant_id: string }>(
  db: Db,
  table: IndexedTable<R>,
  advance: (rows: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const names = Object.keys(table.key).join(', ');
  const types = Object.values(table.key);
  let after: Key | undefined;
  for (;;) {
    const beyond = after
      ? `WHERE (${names}) > (${types.map((type, index) => `$${index + 1}::${type}`).join(', ')})`
      : '';
    const keys = await db.query<R>(
      `SELECT ${names} FROM ${table.table} ${beyond} ORDER BY ${names} LIMIT ${BATCH}`,
      after ?? [],
      { signal },
    );
    const last = keys.at(-1);
    if (!last) return;
    await reindexKeys(db, table, keys.map(table.keyOf), signal);
    advance(keys.length);
    after = table.keyOf(last);
  }
}

/** Waits for no writer while it holds locks, so that no deadlock can occur. Locked rows are left for the next round. */
async function reindexKeys<R extends { readonly tenant_id: string }>(
  db: Db,
  table: IndexedTable<R>,
  keys: readonly Key[],
  signal: AbortSignal,
): Promise<void> {
  for (let rest = keys; rest.length > 0; ) {
    const done = await db.tx((q) => reindexUnlocked(q, table, rest), { signal });
    rest = rest.filter((key) => !done.has(JSON.stringify(key)));
    if (rest.length === 0) return;
    const there = await db.query<R>(
      `SELECT ${Object.keys(table.key)
        .map((name) => `t.${name}`)
        .join(', ')} ${ofKeys(table)}`,
      columnsOf(rest),
      {
        signal,
      },
    );
    rest = there.map(table.keyOf);
    if (rest.length > 0) await wait(LOCKED_MS, signal);
  }
}

/** @returns the keys of rows that are as they should be now */
async function reindexUnlocked<R extends { readonly tenant_id: string }>(
  q: Queryable,
  table: IndexedTable<R>,
  keys: readonly Key[],
): Promise<ReadonlySet<string>> {
  const rows = await q.query<R>(
    `SELECT ${table.columns} ${ofKeys(table)} FOR UPDATE OF t SKIP LOCKED`,
    columnsOf(keys),
  );
  const sorted: R[] = [];
  const vectors: string[] = [];
  for (const [tenantId, own] of Map.groupBy(rows, (row) => row.tenant_id)) {
    sorted.push(...own);
    vectors.push(...(await table.vectors(q, tenantId, own)));
  }
  const names = Object.keys(table.key);
  await q.query(
    `UPDATE ${table.table} AS t SET search = k.search::tsvector FROM ${unnested(table, ['search', 'text'])}
     WHERE ${same(names)} AND t.search <> k.search::tsvector`,
    [...columnsOf(sorted.map(table.keyOf), names.length), vectors],
  );
  return new Set(sorted.map((row) => JSON.stringify(table.keyOf(row))));
}

const same = (names: readonly string[]): string => names.map((name) => `t.${name} = k.${name}`).join(' AND ');

const unnested = <R>({ key }: IndexedTable<R>, ...more: (readonly [string, string])[]): string => {
  const columns = [...Object.entries(key), ...more];
  return `unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) AS k(${columns.map(([name]) => name).join(', ')})`;
};

const ofKeys = <R>(table: IndexedTable<R>): string =>
  `FROM ${table.table} AS t JOIN ${unnested(table)} ON ${same(Object.keys(table.key))}`;

/** Keys as arrays, one a column, as `unnest` takes them. */
const columnsOf = (keys: readonly Key[], width = keys[0]?.length ?? 0): SqlValue[] =>
  Array.from({ length: width }, (_, column) => keys.map((key) => key[column] as string | number));
