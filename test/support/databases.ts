import { after } from 'node:test';
import { migrations } from '../../src/compose/migrations.ts';
import type { Db } from '../../src/datasources/db/db.ts';
import { migrate } from '../../src/datasources/db/migrate.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import { openPglite } from '../../src/datasources/db/pglite.ts';
import { freshDatabase, startPostgres, type TestServer } from './postgres.ts';

let own: Promise<TestServer> | undefined;

/** The server of the whole test run, or one for this file when it is run alone. */
export async function serverUrl(): Promise<string> {
  const shared = process.env['JOURNEYGRAPH_TEST_PG_URL'];
  if (shared) return shared;
  own ??= startPostgres();
  return (await own).url;
}
after(async () => {
  if (own) await (await own).stop();
});

/** The two drivers that every suite over SQL runs on, each with a new, migrated database. */
export const drivers: readonly { readonly name: 'pglite' | 'pg'; open(): Promise<Db> }[] = [
  {
    name: 'pglite',
    async open() {
      const db = await openPglite();
      await migrate(db, migrations);
      return db;
    },
  },
  {
    name: 'pg',
    async open() {
      const db = openPg({
        url: await freshDatabase(await serverUrl()),
        connections: 10,
        statementTimeoutMs: 60_000,
      });
      await migrate(db, migrations);
      return db;
    },
  },
];
