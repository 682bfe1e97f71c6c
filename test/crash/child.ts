import { join } from 'node:path';
import { migrations } from '../../src/compose/migrations.ts';
import { createPostgresCheckpoints } from '../../src/datasources/activity-log/checkpoints.ts';
import { openFileLog } from '../../src/datasources/activity-log/file/adapter.ts';
import { metricsProjection } from '../../src/datasources/activity-metrics/postgres/projection.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import { migrate } from '../../src/datasources/db/migrate.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import { openPglite } from '../../src/datasources/db/pglite.ts';
import { createPostgresFailedActivities } from '../../src/datasources/failed-activities/postgres/adapter.ts';
import { recover } from '../../src/ingest/write/recover.ts';
import { createWriter } from '../../src/ingest/write/writer.ts';
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
const faulty = faultyStore(createPostgresStore(db, [metricsProjection]));
const { store } = faulty;
const checkpoints = createPostgresCheckpoints(db);
const failures = createPostgresFailedActivities(db, { retentionMs: 3_600_000 });
const { positions, replayed } = await recover({
  log,
  store,
  checkpoints,
  failures,
  storeTimeoutMs: 10_000,
  signal: never,
  onProgress: ({ done, total }) => send({ kind: 'progress', done, total }),
});
const writer = createWriter({
  log,
  store,
  failures,
  progress: { checkpoints, start: positions },
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
