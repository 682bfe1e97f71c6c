import { join } from 'node:path';
import { createAnalytics } from './analytics/service.ts';
import { type Authenticator, createAuthenticator } from './auth/authenticate.ts';
import { createDirectory, type Directory } from './auth/directory.ts';
import { type KeySet, openKeySet } from './auth/key-set.ts';
import { requireViewer } from './auth/viewer.ts';
import type { Config } from './config.ts';
import {
  createPostgresCheckpoints,
  createPostgresDeadLetters,
} from './datasources/activity-log/checkpoints.ts';
import { openFileLog } from './datasources/activity-log/file.ts';
import type { ActivityLog } from './datasources/activity-log/port.ts';
import { createPostgresLog } from './datasources/activity-log/postgres.ts';
import { openPowerGuard } from './datasources/activity-log/power-guard.ts';
import { createPostgresMetrics } from './datasources/activity-metrics/postgres.ts';
import { metricsProjection } from './datasources/activity-metrics/projection.ts';
import { createPostgresSearch } from './datasources/activity-search/postgres.ts';
import { createPostgresStore } from './datasources/activity-store/postgres.ts';
import type { Db } from './datasources/db/db.ts';
import { migrate } from './datasources/db/migrate.ts';
import { openPg } from './datasources/db/pg.ts';
import { openPglite } from './datasources/db/pglite.ts';
import { updateStatistics } from './datasources/db/statistics.ts';
import { createLoaders } from './datasources/loaders.ts';
import { migrations } from './datasources/migrations.ts';
import type { RouteRequest } from './gateway/direct.ts';
import { createActivityTypes } from './ingest/activity-types.ts';
import { createCollector } from './ingest/collector.ts';
import { type Recovery, recover } from './ingest/recover.ts';
import { createWriter } from './ingest/writer.ts';
import type { Writer } from './ingest/writer-port.ts';
import type { RequestContext, Services } from './resolvers/context.ts';

/** Everything of one installation that lives as long as the process. */
export type Application = {
  readonly db: Db;
  readonly directory: Directory;
  readonly keySet: KeySet;
  /** Where private keys are kept. */
  readonly keyDirectory: string;
  readonly authenticator: Authenticator;
  readonly writer: Writer;
  readonly services: Services;
  /** What the store had missed of the log at the start. */
  readonly recovery: Recovery;
  /** The machine stopped while the embedded database was open; see the runbook, "After power loss". */
  readonly isSuspect: boolean;
  /** The context of a request, after authentication. @throws DomainError `UNAUTHENTICATED` for a bad credential */
  createContext(request: RouteRequest, signal: AbortSignal): Promise<RequestContext>;
  /** Settles what is being written, then closes the stores. */
  close(): Promise<void>;
};

type Storage = {
  readonly db: Db;
  readonly log: ActivityLog;
  /** The machine stopped under a database that never syncs: what it holds can't be trusted (see `openPowerGuard`). */
  readonly isSuspect: boolean;
  close(): Promise<void>;
};

/** Profile → log and database. */
async function openStorage(config: Config): Promise<Storage> {
  const { storage } = config;
  switch (storage.profile) {
    case 'embedded': {
      // The log first: it holds the lock of the data directory.
      const log = await openFileLog({ dir: join(storage.dataDir, 'log') });
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
      return { log, db, isSuspect: guard.isSuspect, close };
    }
    case 'postgres': {
      const db = openPg({
        url: storage.url,
        connections: storage.pool,
        statementTimeoutMs: config.http.requestTimeoutMs,
      });
      return { db, log: createPostgresLog(db), isSuspect: false, close: () => db.close() };
    }
    default:
      return storage satisfies never;
  }
}

const STATISTICS_EVERY_MS = 10 * 60_000;

/** Opens the stores, migrates them, brings them up to the end of the log, and puts the services on top. */
export async function openApplication(config: Config): Promise<Application> {
  const storage = await openStorage(config);
  const { db, log } = storage;
  await migrate(db, migrations);
  const store = createPostgresStore(db, [metricsProjection]);
  const checkpoints = createPostgresCheckpoints(db);
  const deadLetters = createPostgresDeadLetters(db);
  const recovery = await recover({
    log,
    store,
    checkpoints,
    deadLetters,
    storeTimeoutMs: 60_000,
    signal: new AbortController().signal,
  });
  const writer = createWriter({
    log,
    store,
    deadLetters,
    // One process owns the file log; many may share the log in a database.
    ...(config.storage.profile === 'embedded' && { progress: { checkpoints, start: recovery.positions } }),
  });

  const types = createActivityTypes(store, writer.defineType);
  const services: Services = {
    store,
    types,
    search: createPostgresSearch(db),
    analytics: createAnalytics(createPostgresMetrics(db)),
    collector: createCollector(writer, types),
  };
  // PGlite has no autovacuum. Only plans depend on it: a failure is tried again next time.
  const statistics =
    db.driver === 'pglite'
      ? setInterval(() => void updateStatistics(db).catch(() => {}), STATISTICS_EVERY_MS).unref()
      : undefined;
  const directory = createDirectory(db);
  const keyDirectory = join(config.storage.dataDir, 'keys');
  const keySet = await openKeySet(keyDirectory);
  const authenticator = createAuthenticator({ ...config.auth, keySet, directory });

  return {
    db,
    directory,
    keyDirectory,
    keySet,
    authenticator,
    writer,
    services,
    recovery,
    isSuspect: storage.isSuspect,
    async createContext(request, signal) {
      const { authorization } = request.headers;
      const viewer = await authenticator.authenticate(authorization);
      return {
        requestId: request.id,
        viewer,
        signal,
        authorization,
        loaders: createLoaders(store, () => requireViewer({ viewer }).tenant, signal),
        services,
      };
    },
    async close() {
      clearInterval(statistics);
      await writer.close();
      await storage.close();
    },
  };
}
