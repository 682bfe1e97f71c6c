import type { Db } from './db.ts';
import type { Migration } from './migrate.ts';

/**
 * Facts of the installation as a whole: one row, which the first start writes. `id_secret` is null where ids are
 * derived without one. A database that has activities already when the table is made is such an installation.
 */
export const installationMigrations: readonly Migration[] = [
  {
    id: 'installation-001',
    sql: `
CREATE TABLE installation (
  is_only   boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  id_secret text
);
INSERT INTO installation (id_secret)
SELECT NULL WHERE EXISTS (SELECT FROM activities) OR EXISTS (SELECT FROM leads) OR EXISTS (SELECT FROM activity_log);`,
  },
];

/** The secret that ids are derived from; null for none, undefined where the database is new. */
export async function readIdSecret(db: Db): Promise<string | null | undefined> {
  const [row] = await db.query<{ id_secret: string | null }>('SELECT id_secret FROM installation', []);
  return row?.id_secret;
}

/** Keeps this secret unless a secret exists. @returns the kept secret: that of the first caller */
export async function keepIdSecret(db: Db, secret: string | null): Promise<string | null> {
  await db.query('INSERT INTO installation (id_secret) VALUES ($1) ON CONFLICT DO NOTHING', [secret]);
  return (await readIdSecret(db)) ?? null;
}
