import { never } from '../../../../lib/abort.ts';
import { DomainError } from '../../../../lib/errors.ts';
import { wait } from '../../../../lib/retry.ts';
import { createNextGeneration, deleteAlias, deleteCollection, setAlias } from '../cluster/collections.ts';
import { type CollectionKind, KINDS, type Solr } from '../cluster/connection.ts';
import { clusterOf } from '../cluster/readiness.ts';
import { indexInto, type SearchIndex, TARGETS_FOR_MS } from './index.ts';

export type RebuildOptions = {
  /**
   * For so long the old collections stay after the switch, in milliseconds: for searches under way, and for
   * processes that still know the old shards.
   */
  readonly graceMs?: number;
  /** Discards the remains of a dead rebuild; without it, a rebuild that seems to run is an error. */
  readonly takeOver?: boolean;
};

const GRACE_MS = 30_000;

/**
 * Rebuilds both collections while searches and writes continue. Searches see the old collections until the new
 * collections have everything. Writers of every process write to both, from before `fill` until after the switch. So
 * `fill` must give all activities from before its call, and no later activities.
 * @param fill writes everything into the index it is given, such as `replay` of the log
 * @throws DomainError `BAD_USER_INPUT` when another rebuild is under way; what `fill` throws, with the old collections
 * in use as before
 */
export async function rebuildSearch(
  solr: Solr,
  fill: (index: SearchIndex, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  { graceMs = GRACE_MS, takeOver = false }: RebuildOptions = {},
): Promise<void> {
  await refuseSecond(solr, takeOver, signal);
  const old: string[] = [];
  const next = new Map<CollectionKind, string>();
  try {
    for (const kind of KINDS) {
      const generation = await createNextGeneration(solr, kind, signal);
      old.push(generation.current);
      next.set(kind, generation.next);
      await setAlias(solr, solr.nextAliasOf(kind), generation.next, signal);
    }
    // After this every writer has asked for the aliases again and writes to the new collections too.
    await wait(2 * TARGETS_FOR_MS, signal);
    const index = indexInto(solr, async (kind) => [next.get(kind) ?? solr.nextAliasOf(kind)]);
    await fill(index, signal);
    await index.settle(signal);
    for (const [kind, name] of next) await setAlias(solr, solr.aliasOf(kind), name, signal);
  } catch (error) {
    await abandon(solr, [...next.values()]);
    throw error;
  }
  for (const kind of KINDS) await deleteAlias(solr, solr.nextAliasOf(kind), signal);
  await wait(graceMs, signal);
  for (const name of old) await deleteCollection(solr, name, signal);
}

async function refuseSecond(solr: Solr, takeOver: boolean, signal: AbortSignal): Promise<void> {
  const { aliases } = await clusterOf(solr.client, signal);
  const left = KINDS.map(solr.nextAliasOf).filter((alias) => aliases?.[alias]);
  if (left.length > 0 && !takeOver)
    throw new DomainError(
      'BAD_USER_INPUT',
      'A rebuild of the search is under way, or one that died was left.',
    );
  for (const alias of left) await deleteAlias(solr, alias, signal);
}

/** Writers first forget the new collections, then those are deleted. Collections in use are never among them. */
async function abandon(solr: Solr, collections: readonly string[]): Promise<void> {
  const own = never();
  const { aliases } = await clusterOf(solr.client, own);
  for (const kind of KINDS)
    if (aliases?.[solr.nextAliasOf(kind)]) await deleteAlias(solr, solr.nextAliasOf(kind), own);
  const inUse = KINDS.map((kind) => aliases?.[solr.aliasOf(kind)]);
  for (const name of collections) if (!inUse.includes(name)) await deleteCollection(solr, name, own);
}
