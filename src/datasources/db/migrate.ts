import { createHash } from 'node:crypto';
import type { Db, Queryable } from './db.ts';

export type Migration = {
  readonly id: string;
  readonly sql: string;
  /** Changes to existing rows that SQL alone can't make, in the same transaction. */
  readonly fill?: (q: Queryable) => Promise<void>;
};

/** Any number that nothing else locks; two processes that start at once migrate one after the other. */
const LOCK = 7_205_759_403;

/**
 * Applies each migration once, in order, each in a transaction of its own.
 * @throws Error when an applied migration has changed: add a new migration instead.
 */
export async function migrate(db: Db, migrations: readonly Migration[]): Promise<void> {
  await db.tx(async (q) => {
    // PGlite has one process and no need of the lock; its directory is locked as a whole.
    if (db.driver === 'pg') await q.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    await q.query(
      'CREATE TABLE IF NOT EXISTS migrations (id text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const applied = await q.query<{ id: string; checksum: string }>('SELECT id, checksum FROM migrations');
    const known = new Map(applied.map((row) => [row.id, row.checksum]));
    for (const migration of migrations) {
      const checksum = createHash('sha256').update(migration.sql).digest('hex');
      const before = known.get(migration.id);
      if (before !== undefined && before !== checksum)
        throw new Error(`Migration ${migration.id} has changed since it was applied; add a new one instead.`);
      if (before !== undefined) continue;
      for (const statement of statements(migration.sql)) await q.query(statement);
      await migration.fill?.(q);
      await q.query('INSERT INTO migrations (id, checksum) VALUES ($1, $2)', [migration.id, checksum]);
    }
  });
}

/** Our own scripts only: a statement ends with a semicolon at the end of a line. */
const statements = (sql: string): string[] =>
  sql
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
