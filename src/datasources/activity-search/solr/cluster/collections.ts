import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { WORDS_VERSION } from '../../activity-texts.ts';
import { solrUnavailable } from './client.ts';
import { type CollectionKind, KINDS, type Solr } from './connection.ts';
import { clusterOf } from './readiness.ts';

const FILES = ['schema.xml', 'solrconfig.xml'] as const;
/** Creating a collection takes seconds a shard. */
const ADMIN_TIMEOUT_MS = 180_000;

const admin = (solr: Solr, params: Record<string, string | number>, signal: AbortSignal) =>
  solr.client.call({ path: '/admin/collections', params, timeoutMs: ADMIN_TIMEOUT_MS }, signal);

/** Uploads our configset under a name made of its content and of the version of words, so that a changed one never changes a collection. */
async function ensureConfigset(solr: Solr, signal: AbortSignal): Promise<string> {
  const files = await Promise.all(
    FILES.map(async (name) => ({
      name,
      bytes: await readFile(new URL(`../configset/${name}`, import.meta.url)),
    })),
  );
  const digest = createHash('sha256').update(`words ${WORDS_VERSION}\0`);
  for (const { name, bytes } of files) digest.update(`${name}\0${bytes.length}\0`).update(bytes);
  const configset = `${solr.config.prefix}journeygraph-${digest.digest('hex').slice(0, 12)}`;
  // Two files, one call each, and the same bytes whoever uploads them: repeating it is harmless.
  for (const { name, bytes } of files)
    await solr.client.call(
      {
        path: '/admin/configs',
        params: { action: 'UPLOAD', name: configset, filePath: name, overwrite: true },
        bytes,
      },
      signal,
    );
  return configset;
}

const generationOf = (name: string): number => Number(name.slice(name.lastIndexOf('-') + 1));

/** Creates the collection of a generation unless it exists. */
async function createCollection(
  solr: Solr,
  name: string,
  configset: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await admin(
      solr,
      {
        action: 'CREATE',
        name,
        'collection.configName': configset,
        'router.name': 'compositeId',
        numShards: solr.config.shards ?? 1,
        replicationFactor: solr.config.replicas ?? 1,
        waitForFinalState: 'true',
      },
      signal,
    );
  } catch (error) {
    // Another process may have been faster: what counts is that it is there.
    if (!(name in (await clusterOf(solr.client, signal)).collections)) throw error;
  }
}

export type EnsuredCollection = {
  readonly collection: string;
  /** Its schema, configuration or words are of another version of this program: rebuild it (`rebuildSearch`). */
  readonly outdated: boolean;
};

/**
 * Makes sure that the configset, both collections and their aliases are there. Idempotent, also by several processes at
 * once. Existing collections are never changed. With another configset they are reported as outdated.
 */
export async function ensureCollections(
  solr: Solr,
  signal: AbortSignal,
): Promise<Readonly<Record<CollectionKind, EnsuredCollection>>> {
  const configset = await ensureConfigset(solr, signal);
  const ensured = {} as Record<CollectionKind, EnsuredCollection>;
  for (const kind of KINDS) {
    const alias = solr.aliasOf(kind);
    let cluster = await clusterOf(solr.client, signal);
    if (!cluster.aliases?.[alias]) {
      const first = `${alias}-1`;
      if (!cluster.collections[first]) await createCollection(solr, first, configset, signal);
      cluster = await clusterOf(solr.client, signal);
      if (!cluster.aliases?.[alias]) await setAlias(solr, alias, first, signal);
    }
    const collection = cluster.aliases?.[alias] ?? `${alias}-1`;
    const { configName } = cluster.collections[collection] ?? {};
    ensured[kind] = { collection, outdated: configName !== undefined && configName !== configset };
  }
  return ensured;
}

/** Points an alias at a collection; every node sees it at once or within moments. */
export async function setAlias(
  solr: Solr,
  alias: string,
  collection: string,
  signal: AbortSignal,
): Promise<void> {
  await admin(solr, { action: 'CREATEALIAS', name: alias, collections: collection }, signal);
}

export async function deleteAlias(solr: Solr, alias: string, signal: AbortSignal): Promise<void> {
  await admin(solr, { action: 'DELETEALIAS', name: alias }, signal);
}

/** Deletes a collection; a missing collection is no error. */
export async function deleteCollection(solr: Solr, name: string, signal: AbortSignal): Promise<void> {
  if (name in (await clusterOf(solr.client, signal)).collections)
    await admin(solr, { action: 'DELETE', name }, signal);
}

/** The collection after the current collection, created empty. It discards the remains of a dead rebuild first. */
export async function createNextGeneration(
  solr: Solr,
  kind: CollectionKind,
  signal: AbortSignal,
): Promise<{ readonly current: string; readonly next: string }> {
  const configset = await ensureConfigset(solr, signal);
  const alias = solr.aliasOf(kind);
  const current = (await clusterOf(solr.client, signal)).aliases?.[alias];
  if (!current) throw solrUnavailable(new Error(`no alias ${alias}: ensureCollections first`));
  const next = `${alias}-${generationOf(current) + 1}`;
  await deleteCollection(solr, next, signal);
  await createCollection(solr, next, configset, signal);
  return { current, next };
}

/** Deletes aliases, collections and configsets of this prefix: for tests and a reset. */
export async function dropCollections(solr: Solr, signal: AbortSignal): Promise<void> {
  const own = (name: string): boolean => KINDS.some((kind) => name.startsWith(solr.aliasOf(kind)));
  const cluster = await clusterOf(solr.client, signal);
  for (const alias of Object.keys(cluster.aliases ?? {}))
    if (own(alias)) await deleteAlias(solr, alias, signal);
  const configsets = new Set<string>();
  for (const [name, { configName }] of Object.entries(cluster.collections)) {
    if (!own(name)) continue;
    await admin(solr, { action: 'DELETE', name }, signal);
    if (configName?.startsWith(`${solr.config.prefix}journeygraph-`)) configsets.add(configName);
  }
  for (const name of configsets)
    await solr.client.call({ path: '/admin/configs', params: { action: 'DELETE', name } }, signal);
}
