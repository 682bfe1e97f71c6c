import { abortable } from '../../../../lib/abort.ts';
import { type SolrClient, solrUnavailable } from './client.ts';

type Cluster = {
  readonly aliases?: Readonly<Record<string, string>>;
  readonly live_nodes: readonly string[];
  readonly collections: Readonly<Record<string, CollectionState>>;
};
type CollectionState = {
  readonly configName?: string;
  readonly shards: Readonly<Record<string, ShardState>>;
};
type ShardState = {
  readonly state: string;
  readonly replicas: Readonly<
    Record<
      string,
      { readonly core: string; readonly node_name: string; readonly state: string; leader?: string }
    >
  >;
};

/** ZooKeeper's view of collections, aliases and nodes. */
export async function clusterOf(
  client: SolrClient,
  signal: AbortSignal,
  of: { readonly collection?: string; readonly _route_?: string } = {},
): Promise<Cluster> {
  const answer = await client.call(
    { path: '/admin/collections', params: { action: 'CLUSTERSTATUS', ...of } },
    signal,
  );
  return answer['cluster'] as Cluster;
}

/**
 * Whether every core of our collections has a live leader and has replayed its log. During a replay Solr answers
 * queries from its old state, and a second kill loses new writes.
 * @param needed aliases that must be there
 * @param checked aliases whose collections must be ready, as far as they are there
 * @throws DomainError `BACKEND_UNAVAILABLE` with the reason as cause
 */
export async function checkReady(
  client: SolrClient,
  needed: readonly string[],
  checked: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const cluster = await clusterOf(client, signal);
  for (const alias of needed)
    if (!cluster.aliases?.[alias]) throw solrUnavailable(new Error(`no alias ${alias}`));
  const names = checked.flatMap((alias) => cluster.aliases?.[alias] ?? []);
  const cores: Core[] = [];
  const nodes = new Set<string>();
  for (const name of new Set(names))
    for (const [shard, { replicas }] of Object.entries(cluster.collections[name]?.shards ?? {})) {
      const alive = Object.values(replicas).filter(
        ({ state, node_name }) => state === 'active' && cluster.live_nodes.includes(node_name),
      );
      if (!alive.some(({ leader }) => leader === 'true'))
        throw solrUnavailable(new Error(`${name} ${shard} has no live leader`));
      for (const { core, node_name, leader } of alive) {
        nodes.add(node_name);
        // A core `c_shard1_replica_n1` is `solr.core.c.shard1.replica_n1` among the metrics.
        const registry = `solr.core.${name}.${shard}.${core.slice(`${name}_${shard}_`.length)}`;
        cores.push({ name: core, node: node_name, registry, isLeader: leader === 'true' });
      }
    }
  const metrics = await client.call(
    {
      path: '/admin/metrics',
      params: {
        group: 'core,node',
        prefix: [STATE, LEADS, STARTED].join(),
        compact: true,
        nodes: [...nodes].join(','),
      },
    },
    signal,
  );
  const metric = (node: string, registry: string, name: string): number | boolean | undefined =>
    (metrics[node] as NodeMetrics | undefined)?.metrics?.[registry]?.[name];
  for (const { name, node, registry, isLeader } of cores) {
    const state = metric(node, registry, STATE);
    if (state !== ACTIVE) throw solrUnavailable(new Error(`${name} has log state ${state ?? 'unknown'}`));
    if (isLeader && metric(node, registry, LEADS) !== true)
      throw solrUnavailable(new Error(`${name} does not lead yet`));
  }
  const hasBeenUp = (node: string): boolean =>
    Math.abs(Date.now() - Number(metric(node, 'solr.node', STARTED))) >= DOUBTED_FOR_MS;
  if (![...nodes].some(hasBeenUp)) await checkReplayed(client, cores, cluster.live_nodes, signal);
  for (const alias of needed)
    await client.call({ path: `/${alias}/select`, json: { query: '*:*', limit: 0 } }, signal);
}
type Core = {
  readonly name: string;
  readonly node: string;
  /** Its metrics' name. */
  readonly registry: string;
  /** As ZooKeeper has it, maybe from before a restart. */
  readonly isLeader: boolean;
};
type NodeMetrics = {
  readonly metrics?: Readonly<Record<string, Readonly<Record<string, number | boolean>>>>;
};
const STATE = 'TLOG.state';
/** `UpdateLog.State`: replaying, buffering, applying buffered, active. */
const ACTIVE = 3;
/** Whether a core itself says that it leads: not before it was elected, which can wait for other nodes for minutes. */
const LEADS = 'CORE.isLeader';
/** When a node took its first calls, in ms since 1970. */
const STARTED = 'ADMIN./admin/metrics.handlerStart';

/**
 * A node that starts while no other is live doesn't report its cores as down (`ZkController.init`). ZooKeeper has the
 * old state, and a log's state is active until its replay begins. Then only the node knows whether its loaded cores
 * have replayed. So it is asked first whether our cores are loaded.
 */
async function checkReplayed(
  client: SolrClient,
  cores: readonly Core[],
  liveNodes: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  // Any of them may answer, and it may have been another one that was alone.
  if (liveNodes.length > 1) throw solrUnavailable(new Error('all nodes have only just started'));
  const { status } = await client.call(
    { path: '/admin/cores', params: { action: 'STATUS', indexInfo: false } },
    signal,
  );
  const loaded = status as Readonly<Record<string, { readonly startTime?: string }>> | undefined;
  const late = cores.find(({ name }) => loaded?.[name]?.startTime === undefined);
  if (late) throw solrUnavailable(new Error(`${late.name} is not loaded yet`));
  await client.call({ path: '/admin/info/health', params: { requireHealthyCores: true } }, signal);
}
/** Once a node has been up for longer, it reports starting nodes as down, and its own replay has begun. */
const DOUBTED_FOR_MS = 30_000;

/** A check holds at most so long; a broken connection requires a new check earlier. */
const CHECKED_FOR_MS = 5_000;
/** A Solr that starts takes connections before it answers. */
const CHECK_TIMEOUT_MS = 3_000;
/** Time-out of a check after a good check without a broken connection since: Solr is up, however busy. */
const CHECK_AGAIN_TIMEOUT_MS = 10_000;

/**
 * Runs reads and writes only on a Solr that has all it ever acknowledged. A connection that broke may mean a
 * restart: then it is checked again before, and an answer that came meanwhile is asked for once more.
 */
export function createGate(
  client: SolrClient,
  check: (signal: AbortSignal) => Promise<void>,
): <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T> {
  let checked = { epoch: -1, at: 0 };
  let checking: Promise<void> | undefined;

  /** One check for all who wait; it isn't the signal of one of them that ends it. */
  const run = async (): Promise<void> => {
    const epoch = client.epoch();
    const limit = AbortSignal.timeout(epoch === checked.epoch ? CHECK_AGAIN_TIMEOUT_MS : CHECK_TIMEOUT_MS);
    await check(limit).catch((error: unknown) => {
      throw limit.aborted ? solrUnavailable(error) : error;
    });
    if (epoch !== client.epoch()) throw solrUnavailable(new Error('connections broke during the check'));
    checked = { epoch, at: performance.now() };
  };
  const ensure = async (signal: AbortSignal): Promise<void> => {
    if (checked.epoch === client.epoch() && performance.now() - checked.at < CHECKED_FOR_MS) return;
    checking ??= run().finally(() => {
      checking = undefined;
    });
    await abortable(checking, signal);
  };

  return async (work, signal) => {
    for (let attempt = 1; ; attempt += 1) {
      await ensure(signal);
      const epoch = client.epoch();
      const result = await work();
      if (epoch === client.epoch()) return result;
      // Answered by a process that no check has seen.
      if (attempt === 3) throw solrUnavailable(new Error('connections keep breaking'));
    }
  };
}
