import { join } from 'node:path';
import { migrations } from '../../src/compose/migrations.ts';
import { sqlStore, transactIn } from '../../src/compose/sql-writer.ts';
import { createPostgresCheckpoints } from '../../src/datasources/activity-log/checkpoints.ts';
import { openFileLog } from '../../src/datasources/activity-log/file/adapter.ts';
import { migrate } from '../../src/datasources/db/migrate.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import { openPglite } from '../../src/datasources/db/pglite.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { createEmbeddedWriter } from '../../src/ingest/write/embedded-writer.ts';
import { recover } from '../../src/ingest/write/recover.ts';
import { faultyStore, unreachable } from '../unit/ingest/write/writer-support.ts';
import { send, serveWriter } from './serve-writer.ts';

// The durable write of one process, to be killed at any moment: `child.ts DIRECTORY (DATABASE_URL | memory | '') STORE_TIMEOUT_MS`.
const [directory = '', database = '', storeTimeoutMs = ''] = process.argv.slice(2);
const never = new AbortController().signal;

const openDatabase = () => {
  if (database === '') return openPglite(join(directory, 'pglite'));
  if (database === 'memory') return openPglite();
  return Promise.resolve(openPg({ url: database, connections: 4, statementTimeoutMs: 5_000 }));
};
const db = await openDatabase();
await migrate(db, migrations);
const log = await openFileLog({ dir: join(directory, 'log'), segmentBytes: 1024 * 1024 });
// With a switch: while the store is off, what is acknowledged is in the log alone.
const faulty = faultyStore(transactIn(db, { failedRetentionMs: 3_600_000, tenantOf: verifyTenant }));
const { transact } = faulty;
const { positions, replayed } = await recover({
  log,
  transact,
  checkpoints: createPostgresCheckpoints(db),
  storeTimeoutMs: 10_000,
  signal: never,
  onProgress: ({ done, total }) => send({ kind: 'progress', done, total }),
});
const writer = createEmbeddedWriter({
  log,
  transact,
  store: sqlStore(db),
  start: positions.get(0) ?? 0,
  storeTimeoutMs: Number(storeTimeoutMs),
});

serveWriter(
  writer,
  { replayed, tornBytes: log.tornBytes },
  {
    setStore(isDown) {
      faulty.fault = isDown ? () => Promise.reject(unreachable()) : async () => {};
    },
    async close() {
      await log.close();
      await db.close();
    },
  },
);
