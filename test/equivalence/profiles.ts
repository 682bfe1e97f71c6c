import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { allTopics, type KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import { retireDruid } from '../../src/datasources/activity-metrics/druid/setup.ts';
import { dropCollections } from '../../src/datasources/activity-search/solr/cluster/collections.ts';
import { openSolr } from '../../src/datasources/activity-search/solr/cluster/connection.ts';
import { openPhoenix } from '../../src/datasources/phoenix/client.ts';
import { dropPhoenix } from '../support/phoenix.ts';
import { startPostgres } from '../support/postgres.ts';
import { type Installation, startInstallation } from './installation.ts';

export const PROFILES = ['embedded', 'postgres', 'cluster'] as const;
export type ProfileName = (typeof PROFILES)[number];

/** Where the engines of a cluster are, and the name that everything of this run has in them. */
export type ClusterAddresses = {
  readonly name: string;
  readonly kafka: string;
  readonly pqs: string;
  readonly solr: string;
  readonly druid: string;
  readonly druidCoordinator: string;
};

export type ProfileOptions = {
  /** A profile keeps its data and keys below. */
  readonly dataDir: string;
  /** An existing database for the profile `postgres`; else a server is started for the run. */
  readonly databaseUrl?: string | undefined;
  readonly cluster?: ClusterAddresses | undefined;
};

/** A profile at work; `drop` removes what it has in engines, and only then. */
export type Profile = Installation & { drop(): Promise<void> };

export async function startProfile(name: ProfileName, options: ProfileOptions): Promise<Profile> {
  const environment = { PROFILE: name, DATA_DIR: join(options.dataDir, name) };
  switch (name) {
    case 'embedded':
      return { ...(await startInstallation(environment)), drop: async () => {} };
    case 'postgres': {
      const server = options.databaseUrl === undefined ? await startPostgres() : undefined;
      const url = options.databaseUrl ?? server?.url ?? '';
      const installation = await startInstallation({ ...environment, DATABASE_URL: url });
      const close = async () => {
        await installation.close();
        await server?.stop();
      };
      return { ...installation, close, drop: async () => {} };
    }
    case 'cluster': {
      const { cluster } = options;
      if (!cluster) throw new Error('The profile cluster needs the addresses of its engines.');
      const installation = await startInstallation({ ...environment, ...clusterEnvironment(cluster) });
      return { ...installation, drop: () => dropCluster(cluster) };
    }
    default:
      return name satisfies never;
  }
}

const clusterEnvironment = (cluster: ClusterAddresses) => ({
  CLUSTER_NAME: cluster.name,
  KAFKA_BROKERS: cluster.kafka,
  KAFKA_REPLICATION: '1',
  KAFKA_MIN_IN_SYNC: '1',
  KAFKA_PARTITIONS: '4',
  PQS_URL: cluster.pqs,
  SOLR_URL: cluster.solr,
  SOLR_REPLICAS: '1',
  DRUID_URL: cluster.druid,
  DRUID_COORDINATOR_URL: cluster.druidCoordinator,
});

const DROP_TIMEOUT_MS = 180_000;
const GROUPS = ['settle', 'repeats', 'search'];

/** Removes the topics, groups, tables, collections and data sources of a cluster's name. */
export async function dropCluster({
  name,
  kafka,
  pqs,
  solr,
  druid,
  druidCoordinator,
}: ClusterAddresses): Promise<void> {
  const signal = AbortSignal.timeout(DROP_TIMEOUT_MS);
  const ofPhoenix = async () => {
    const client = openPhoenix({ url: pqs, connections: 4, timeoutMs: DROP_TIMEOUT_MS });
    await dropPhoenix(client, name.toUpperCase());
    await client.close();
  };
  const ofSolr = async () => {
    const client = openSolr({ url: solr, prefix: `${name}-`, timeoutMs: DROP_TIMEOUT_MS });
    await dropCollections(client, signal);
    await client.close();
  };
  await Promise.all([
    retireDruid({ brokerUrl: druid, coordinatorUrl: druidCoordinator, prefix: `${name}_` }, signal),
    ofPhoenix(),
    ofSolr(),
  ]);
  // Last: Druid's tasks read the topic until they are gone.
  const config: KafkaConfig = { brokers: [kafka], prefix: `${name}.`, clientId: 'equivalence' };
  const admin = new Admin({ clientId: config.clientId, bootstrapBrokers: [kafka] });
  await admin.deleteTopics({ topics: [...allTopics(config)] });
  // One that never had anything to read is not there.
  await Promise.allSettled(GROUPS.map((group) => admin.deleteGroups({ groups: [config.prefix + group] })));
  await admin.close();
}
