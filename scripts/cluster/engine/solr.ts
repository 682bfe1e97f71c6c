import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { EngineDefinition } from '../definition.ts';
import { getJson } from '../get-json.ts';
import { commonOptions, configured, render } from '../render.ts';

type ClusterStatus = {
  cluster: {
    live_nodes: string[];
    collections: Record<
      string,
      { shards: Record<string, { replicas: Record<string, { core: string; state: string }> }> }
    >;
  };
};

export const solr: EngineDefinition = {
  name: 'solr',
  needs: [],
  sets: ['solr'],
  async prepare(context) {
    // Solr looks for its cores before it makes any.
    await mkdir(join(context.directory, 'cores'), { recursive: true });
    // Solr's home is its data; solr.xml must be in it.
    await render(context, 'solr/conf/solr.xml', 'home/solr.xml');
    await render(context, 'solr/conf/zoo.cfg', 'zoo.cfg');
    await render(context, 'log4j2.properties', 'log4j2.properties', {
      'log.level': 'warn',
      'log.name': 'solr',
    });
  },
  arguments: (context) => [
    ...['-Xms512m', '-Xmx1g', '-XX:+UseG1GC', '-XX:+ParallelRefProcEnabled'],
    ...commonOptions(context),
    `-Dlog4j2.configurationFile=${configured(context, 'log4j2.properties')}`,
    `-Dsolr.solr.home=${configured(context, 'home')}`,
    `-Dsolr.install.dir=${configured(context, 'home')}`,
    `-Dsolr.log.dir=${join(context.directory, 'tmp')}`,
    `-Dsolr.port.advertise=${context.ports.solr}`,
    `-Djetty.port=${context.ports.solr}`,
    '-Dhost=127.0.0.1',
    // SolrCloud, with ZooKeeper in the same process.
    ...['-DzkRun', `-DzkServerDataDir=${join(context.directory, 'zookeeper')}`],
    `-DzkServerConfDir=${configured(context)}`,
    ...['-cp', [context.classes, ...context.jars('solr')].join(delimiter)],
    ...['SolrServer', '127.0.0.1', String(context.ports.solr)],
  ],
  async probe({ ports, wasReady, signal }) {
    const url = `http://127.0.0.1:${ports.solr}/solr`;
    const status = await getJson<ClusterStatus>(`${url}/admin/collections?action=CLUSTERSTATUS`, signal);
    const replicas = Object.values(status.cluster.collections)
      .flatMap((collection) => Object.values(collection.shards))
      .flatMap((shard) => Object.values(shard.replicas));
    if (status.cluster.live_nodes.length === 0) throw new Error('the node is not live yet');
    // Later on collections come and go: only what was there at the start is waited for.
    if (wasReady) return;
    const late = replicas.find((replica) => replica.state !== 'active');
    if (late) throw new Error(`${late.core} is ${late.state}`);
    if (replicas.length === 0) return;
    // A core that answers is loaded, and only loaded ones count for the node's health.
    for (const { core } of replicas)
      await getJson(`${url}/${encodeURIComponent(core)}/select?q=*:*&rows=0&distrib=false`, signal);
    // While a log is replayed queries answer 200 with what was there before, and ZooKeeper can say so too.
    await getJson(`${url}/admin/info/health?requireHealthyCores=true`, signal);
  },
};
