import { join } from 'node:path';
import { directoryOn } from '../auth/directory.ts';
import type { Config } from '../config/config.ts';
import { openFileLog } from '../datasources/activity-log/file/adapter.ts';
import { openPowerGuard } from '../datasources/activity-log/file/power-guard.ts';
import type { ActivityLog, PersonalLog } from '../datasources/activity-log/port.ts';
import { createPostgresLog } from '../datasources/activity-log/postgres/adapter.ts';
import { createPostgresMetrics } from '../datasources/activity-metrics/postgres/adapter.ts';
import { createPostgresSearch } from '../datasources/activity-search/postgres/adapter.ts';
import { hasCurrentWords } from '../datasources/activity-store/postgres/reindex.ts';
import { createPostgresRuns } from '../datasources/campaign-runs/postgres/adapter.ts';
import { createDeciding } from '../datasources/campaign-runs/postgres/deciding.ts';
import type { Db } from '../datasources/db/db.ts';
import { keepIdSecret } from '../datasources/db/installation.ts';
import { migrate } from '../datasources/db/migrate.ts';
import { openPg } from '../datasources/db/pg.ts';
import { openPglite } from '../datasources/db/pglite.ts';
import { keepStatistics, updateStatistics } from '../datasources/db/statistics.ts';
import { createPostgresDirectory } from '../datasources/directory/postgres.ts';
import { createPostgresFailedActivities } from '../datasources/failed-activities/postgres/adapter.ts';
import { createPostgresLists } from '../datasources/lists/postgres/adapter.ts';
import { createPostgresSmartCampaigns } from '../datasources/smart-campaigns/postgres/adapter.ts';
import { createTenants, type TenantOf } from '../domain/tenant.ts';
import { type Clock, createClock } from '../domain/time/clock.ts';
import { createActivityTypes } from '../ingest/door/activity-types.ts';
import { never } from '../lib/abort.ts';
import type { Dependency } from '../observability/health.ts';
import type { Backend } from './backend.ts';
import { fileIdSecret, sharedIdSecret } from './installation/id-secret.ts';
import { continueFromLog, followSharedClock } from './installation/shared-clock.ts';
import { migrations } from './migrations.ts';
import { sqlPersonalPorts } from './sql-personal.ts';
import { openDatabaseWriter, openFileLogWriter, sqlStore } from './sql-writer.ts';

export type SqlStorage = Exclude<Config['storage'], { readonly profile: 'cluster' }>;

export type SqlOptions = {
  readonly storage: SqlStorage;
  readonly requestTimeoutMs: number;
  /** How long failed activities are kept, in milliseconds. */
  readonly failedRetentionMs: number;
  /** How long credentials hold while the database can't be read, in milliseconds. */
  readonly credentialGraceMs: number;
  /** Receives notices for the operator, one line each. */
  onNotice(line: string): void;
};

/** The notice after the machine stopped under an embedded database. */
export const SUSPECT =
  'the machine stopped while the embedded database was open, and that database never syncs: it may be damaged without a sign. The log has everything acknowledged; docs/runbook.md, "After power loss", tells how to rebuild';

type Storage = {
  readonly db: Db;
  readonly log: ActivityLog & PersonalLog;
  /** The machine stopped under a database that never syncs: what it holds can't be trusted (see `openPowerGuard`). */
  readonly isSuspect: boolean;
  /** Bytes of an interrupted, unacknowledged write that were put aside. */
  readonly tornBytes: number;
  /** Dependencies besides the database. */
  readonly dependencies: readonly Dependency[];
  close(): Promise<void>;
};

/**
 * Profile → log and database.
 * @param statementTimeoutMs of the profile `postgres`; 0 for none
 * @throws Error when another process has the data directory
 */
export async function openStorage(
  storage: SqlStorage,
  statementTimeoutMs: number,
  tenantOf: TenantOf,
): Promise<Storage> {
  switch (storage.profile) {
    case 'embedded': {
      // The log first: it holds the lock of the data directory.
      const log = await openFileLog({ dir: logDirectory(storage), tenantOf });
      const directory = join(storage.dataDir, 'db');
      const guard = await openPowerGuard(directory);
      await guard.markOpen();
      const db = await openPglite(directory);
      const close = async () => {
        await db.close();
        await guard.markClosed();
        // Last, as it was first: another process may have the directory only when all of it is closed.
        await log.close();
      };
      const disk: Dependency = { name: 'disk', neededBy: ['writers'], check: () => log.check() };
      const { tornBytes } = log;
      return { log, db, isSuspect: guard.isSuspect, tornBytes, dependencies: [disk], close };
    }
    case 'postgres': {
      const db = openPg({ url: storage.url, connections: storage.pool, statementTimeoutMs });
      const log = createPostgresLog(db, tenantOf);
      return { db, log, isSuspect: false, tornBytes: 0, dependencies: [], close: () => db.close() };
    }
    default:
      return storage satisfies never;
  }
}

const logDirectory = ({ dataDir }: { readonly dataDir: string }): string => join(dataDir, 'log');

/** See `compose/id-secret.ts`. */
async function idSecretOf(storage: SqlStorage, db: Db, log: ActivityLog): Promise<string | null> {
  if (storage.profile === 'postgres')
    return sharedIdSecret((secret) => keepIdSecret(db, secret), storage.idSecret);
  const partitions = await log.partitions(never());
  const isLogEmpty = partitions.every(({ next }) => next === 0);
  return fileIdSecret({ db, dir: logDirectory(storage), isLogEmpty }, storage.idSecret);
}

/** Opens log and database, migrates them, and brings them up to the end of the log. */
export async function openSqlBackend({
  storage,
  requestTimeoutMs,
  failedRetentionMs,
  credentialGraceMs,
  onNotice,
}: SqlOptions): Promise<Backend> {
  // Nothing is read from the log before its installation's secret is known.
  let tenantsOf: TenantOf = createTenants(null);
  const tenantOf: TenantOf = (id) => tenantsOf(id);
  const { db, log, isSuspect, tornBytes, dependencies, close } = await openStorage(
    storage,
    requestTimeoutMs,
    tenantOf,
  );
  await migrate(db, migrations).catch(closing(close));
  tenantsOf = createTenants(await idSecretOf(storage, db, log).catch(closing(close)));
  const endStatistics = db.driver === 'pglite' ? keepStatistics(db) : () => {};
  let onDecided = (): void => {};
  const deciding = createDeciding(() => onDecided());
  const store = sqlStore(db, deciding);
  const failures = createPostgresFailedActivities(db, { retentionMs: failedRetentionMs });
  const openWriter = storage.profile === 'embedded' ? openFileLogWriter : openDatabaseWriter;
  const { writer, replayed } = await openWriter({
    db,
    log,
    store,
    failedRetentionMs,
    tenantOf,
    deciding,
  }).catch(closing(close));
  const metrics = createPostgresMetrics(db);
  const lists = createPostgresLists(db);
  const runs = createPostgresRuns(db);
  const clock = createClock();
  await continueFromLog(clock, log, never());
  const shared = storage.profile === 'postgres' ? followDatabaseClock(clock, db) : undefined;
  if (tornBytes > 0)
    onNotice(
      `the activity log ended in an interrupted write: ${tornBytes} bytes, whose sender was never told that they are recorded, are put aside as a file '….torn'`,
    );
  if (isSuspect) onNotice(SUSPECT);
  if (!(await hasCurrentWords(db).catch(closing(close))))
    onNotice(
      'the search index was made by another version of this program: what was recorded before is found by the words of that version, and what has become personal since is found without leads:pii; npm run reindex builds it anew (docs/runbook.md)',
    );
  if (replayed > 0) onNotice(`the store was behind its log by ${replayed} records and is up to date again`);
  return {
    tenantOf,
    directory: directoryOn(createPostgresDirectory(db), credentialGraceMs),
    store,
    search: createPostgresSearch(db),
    metrics,
    types: createActivityTypes(store, writer.defineType),
    writer,
    failures,
    // What is acknowledged is in the index already, but for what is being repaired.
    indexedUntil: async (tenantId) => (writer.status().repairing.includes(tenantId) ? undefined : Date.now()),
    followers: () => [],
    afterBulkLoad: () => updateStatistics(db),
    dependencies: [
      ...dependencies,
      {
        name: 'database',
        neededBy: ['writers', 'readers', 'search', 'figures'],
        check: async (signal) => void (await db.query('SELECT 1', [], { signal })),
      },
    ],
    personal: {
      failures,
      writer,
      ports: sqlPersonalPorts({ db, store, metrics, lists, runs, failures, log }),
    },
    automation: {
      campaigns: createPostgresSmartCampaigns(db),
      lists,
      runs,
      onDecided(listener) {
        onDecided = listener;
      },
    },
    clock,
    async close() {
      endStatistics();
      await shared?.close();
      await writer.close();
      await close();
    },
  };
}

/** Closes open resources before a failed start ends, so that the directory is free for a repair. */
const closing =
  (close: () => Promise<void>) =>
  async (error: unknown): Promise<never> => {
    await close().catch(() => {});
    throw error;
  };

/** Processes that share a database share its clock. */
const followDatabaseClock = (clock: Clock, db: Db): { close(): Promise<void> } =>
  followSharedClock(
    clock,
    async (signal) => {
      const [row] = await db.query<{ now: number }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
        [],
        { signal },
      );
      return row?.now ?? Date.now();
    },
    () => {},
  );
