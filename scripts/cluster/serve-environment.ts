import type { Addresses } from './types.ts';

/** Settings of the product where each engine is a single node: nothing can be replicated. */
const SINGLE_NODE = {
  KAFKA_REPLICATION: '1',
  KAFKA_MIN_IN_SYNC: '1',
  KAFKA_PARTITIONS: '4',
  SOLR_REPLICAS: '1',
} as const;

/**
 * The environment of the product's processes on the engines of `npm run cluster`, less `ROLES` and `PORT`; compose.yaml
 * says the same for containers.
 */
export const serveEnvironment = (
  addresses: Addresses,
  dataDir: string,
): Readonly<Record<string, string>> => ({
  PROFILE: 'cluster',
  DATA_DIR: dataDir,
  KAFKA_BROKERS: addresses.kafka,
  PQS_URL: addresses.pqs,
  SOLR_URL: addresses.solr,
  DRUID_URL: addresses.druid,
  DRUID_COORDINATOR_URL: addresses.druidCoordinator,
  ...SINGLE_NODE,
});
