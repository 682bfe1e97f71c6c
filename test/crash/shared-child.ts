import { sqlStore, transactIn } from '../../src/compose/sql-writer.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { createTransactionWriter } from '../../src/ingest/write/transaction-writer.ts';
import { serveWriter } from './serve-writer.ts';

// The durable write of one of several processes on a migrated PostgreSQL: `shared-child.ts DIRECTORY DATABASE_URL`.
const db = openPg({ url: process.argv[3] ?? '', connections: 4, statementTimeoutMs: 60_000 });
const writer = createTransactionWriter({
  transact: transactIn(db, { failedRetentionMs: 3_600_000, tenantOf: verifyTenant }),
  store: sqlStore(db),
});
serveWriter(writer, { replayed: 0, tornBytes: 0 }, { close: () => db.close() });
