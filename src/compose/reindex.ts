import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureCollections } from '../datasources/activity-search/solr/cluster/collections.ts';
import { rebuildSearch } from '../datasources/activity-search/solr/index/rebuild.ts';
import { createPhoenixStore } from '../datasources/activity-store/phoenix/adapter.ts';
import { createPhoenixErasedLeads } from '../datasources/activity-store/phoenix/erased.ts';
import { keepPhoenixIdSecret } from '../datasources/activity-store/phoenix/installation.ts';
import { reindexRows } from '../datasources/activity-store/postgres/reindex.ts';
import { migrate } from '../datasources/db/migrate.ts';
import { createPhoenixDirectory } from '../datasources/directory/phoenix.ts';
import { createTenants } from '../domain/tenant.ts';
import { fillFromStore } from '../followers/search-indexer.ts';
import { createActivityTypes } from '../ingest/door/activity-types.ts';
import { type ClusterStorage, openConnections } from './cluster/connections.ts';
import { sharedIdSecret } from './installation/id-secret.ts';
import { migrations } from './migrations.ts';
import { openStorage, type SqlStorage, SUSPECT } from './sql.ts';

/** How much is indexed, and of how much, where that is known. */
export type ReindexProgress = { readonly done: number; readonly total?: number };

export type SqlReindexOptions = {
  readonly storage: SqlStorage;
  /** Receives notices for the operator, one line each. */
  onNotice(line: string): void;
  onProgress(progress: ReindexProgress): void;
};

/**
 * Rebuilds the search vectors of an installation on `embedded` or `postgres` from its rows; see `reindexRows`. On
 * `postgres` servers continue meanwhile; on `embedded` no server may have the data directory.
 * @throws Error when a process has the data directory, and as `reindexRows`
 */
export async function reindexSql(
  { storage, onNotice, onProgress }: SqlReindexOptions,
  signal: AbortSignal,
): Promise<void> {
  if (storage.profile === 'embedded' && !existsSync(join(storage.dataDir, 'db')))
    throw new Error(`There is no database in ${storage.dataDir}. Set DATA_DIR to the server's.`);
  // The log is opened for its lock only; no record of it is read.
  const { db, isSuspect, close } = await openStorage(storage, 0, createTenants(null));
  if (isSuspect) onNotice(SUSPECT);
  try {
    await migrate(db, migrations);
    await reindexRows(db, { onProgress }, signal);
  } finally {
    await close();
  }
}

export type ReindexOptions = {
  readonly storage: ClusterStorage;
  readonly requestTimeoutMs: number;
  /** Throws away what a rebuild that died has left. */
  readonly takeOver: boolean;
  onProgress(progress: ReindexProgress): void;
};

/**
 * Rebuilds the search index of an installation from its store, while searches and writes continue; see `rebuildSearch`.
 * The log may be shorter: it has a retention. The tables must exist.
 * @throws DomainError `BAD_USER_INPUT` when another rebuild is under way, `BACKEND_UNAVAILABLE` or `TIMEOUT` of an
 * engine, or the signal's reason: the old index is in use as before
 */
export async function reindexSearch(options: ReindexOptions, signal: AbortSignal): Promise<void> {
  const { storage, requestTimeoutMs, takeOver, onProgress } = options;
  const connections = await openConnections(storage, requestTimeoutMs);
  const { schema, phoenix, solr } = connections;
  const store = createPhoenixStore(phoenix, { schema, retentionSeconds: storage.retentionSeconds });
  const tenantOf = createTenants(
    await sharedIdSecret((secret) => keepPhoenixIdSecret(phoenix, schema, secret), storage.idSecret),
  );
  const types = createActivityTypes(store, () => Promise.reject(new Error('a rebuild declares no types')));
  const directory = createPhoenixDirectory(phoenix, { schema });
  const tenants = async () => (await directory.tenants()).map(({ id }) => tenantOf(id));
  // A document that was read before an erasure must not come after it.
  const erased = createPhoenixErasedLeads(phoenix, { schema });
  const indexing = { store, types, tenantOf, erased };
  const fill = fillFromStore(store, tenants, indexing, (done) => onProgress({ done }));
  try {
    await ensureCollections(solr, signal);
    await rebuildSearch(solr, fill, signal, { takeOver });
  } finally {
    await connections.close();
  }
}
