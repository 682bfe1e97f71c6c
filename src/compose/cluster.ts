import { readFile } from 'node:fs/promises';
import { createPhoenixDirectory } from '../auth/directory-phoenix.ts';
import type { Config } from '../config.ts';
import { openHorizon } from '../consumers/horizon.ts';
import { openKafkaLog } from '../datasources/activity-log/kafka.ts';
import type { KafkaConfig } from '../datasources/activity-log/kafka-config.ts';
import { createTopics } from '../datasources/activity-log/kafka-topics.ts';
import { createDruidMetrics } from '../datasources/activity-metrics/druid.ts';
import { ensureDruid } from '../datasources/activity-metrics/druid-setup.ts';
import { createSolrSearch } from '../datasources/activity-search/solr.ts';
import { ensureCollections } from '../datasources/activity-search/solr-collections.ts';
import { openSolr } from '../datasources/activity-search/solr-connection.ts';
import { createPhoenixStore } from '../datasources/activity-store/phoenix.ts';
import { createPhoenixClaims } from '../datasources/activity-store/phoenix-claims.ts';
import { migratePhoenix, tableName } from '../datasources/activity-store/phoenix-schema.ts';
import { createPhoenixFailedActivities } from '../datasources/failed-activities/phoenix.ts';
import { createActivityTypes } from '../ingest/activity-types.ts';
import { createParallelWriter } from '../ingest/parallel-writer.ts';
import { openAvatica } from '../wire/avatica/client.ts';
import { guard } from '../wire/avatica/guard.ts';
import type { Backend } from './backend.ts';
import { keepTrying } from './keep-trying.ts';
import { startWorkers } from './workers.ts';

type ClusterStorage = Extract<Config['storage'], { readonly profile: 'cluster' }>;

export type ClusterOptions = {
  readonly storage: ClusterStorage;
  readonly requestTimeoutMs: number;
  /** How long failed activities are kept, in milliseconds. */
  readonly failedRetentionMs: number;
  /** Told of what goes wrong in the background, where it is tried again. */
  onError(engine: string, error: unknown): void;
};

/** How long the start waits for Kafka and HBase, without which nothing can be answered or recorded. */
const START_TIMEOUT_MS = 90_000;
/** Making what is missing in an engine takes up to this, then it is tried again. */
const SETUP_TIMEOUT_MS = 240_000;

/**
 * The engines behind the four ports. Starts when Kafka and HBase are there; Solr and Druid may come later: until
 * then what needs them is unavailable, and the rest answers.
 */
export async function openClusterBackend({
  storage,
  requestTimeoutMs,
  failedRetentionMs,
  onError,
}: ClusterOptions): Promise<Backend> {
  const { name, roles } = storage;
  const tls = await readTls(storage);
  const kafka: KafkaConfig = {
    brokers: storage.kafka.brokers,
    prefix: `${name}.`,
    clientId: 'journeygraph',
    ssl: storage.kafka.tls && (tls ?? true),
    sasl: storage.kafka.sasl,
  };
  const schema = name.toUpperCase();
  const avatica = openAvatica({ ...storage.phoenix, tls, timeoutMs: requestTimeoutMs });
  const prober = openAvatica({ ...storage.phoenix, tls, connections: 1 });
  const phoenix = guard(avatica, {
    prober,
    probe: `SELECT TENANT FROM ${tableName(schema, 'TENANTS')} LIMIT 1`,
  });
  const solr = openSolr({ ...storage.solr, tls, prefix: `${name}-`, timeoutMs: requestTimeoutMs });
  const druid = { ...storage.druid, tls, prefix: `${name}_`, timeoutMs: requestTimeoutMs };

  const closed = new AbortController();
  const starting = AbortSignal.timeout(START_TIMEOUT_MS);
  const { retentionSeconds } = storage;
  await Promise.all([
    keepTrying(
      () => setUpKafka(kafka, storage, starting),
      starting,
      () => {},
    ),
    keepTrying(
      () => migratePhoenix(avatica, { schema, ...(retentionSeconds !== undefined && { retentionSeconds }) }),
      starting,
      () => {},
    ),
  ]);
  const store = createPhoenixStore(phoenix, { schema, retentionSeconds });
  const claims = createPhoenixClaims(phoenix, { schema, retentionSeconds });
  const failures = createPhoenixFailedActivities(phoenix, { schema, retentionMs: failedRetentionMs });
  const log = openKafkaLog(kafka);
  const writer = createParallelWriter({
    log,
    store,
    settled: claims.find,
    onError: (error) => onError('writer', error),
  });
  const types = createActivityTypes(store, writer.defineType);
  /** Of one engine: made by whoever follows the log, so that one kind of process does it. */
  const setUp = (engine: string, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> =>
    keepTrying(
      () => work(AbortSignal.any([closed.signal, AbortSignal.timeout(SETUP_TIMEOUT_MS)])),
      closed.signal,
      (error) => onError(engine, error),
    );
  const openWorkers = () => {
    const { brokersForDruid } = storage.kafka;
    const solrReady = setUp('solr', (signal) => ensureCollections(solr, signal));
    const druidReady = setUp('druid', (signal) =>
      ensureDruid(druid, { kafka, ...(brokersForDruid && { brokersForDruid }) }, signal),
    );
    const workers = startWorkers({ kafka, log, store, claims, failures, types, solr, solrReady, onError });
    return {
      followers: workers.followers,
      close: async () => void (await Promise.allSettled([workers.close(), solrReady, druidReady])),
    };
  };
  const workers = roles.includes('workers') ? openWorkers() : undefined;
  const horizon = openHorizon(kafka);
  const metrics = createDruidMetrics({ ...druid, kafka });

  return {
    directory: createPhoenixDirectory(phoenix, { schema }),
    store,
    search: createSolrSearch(solr),
    metrics,
    types,
    writer,
    failures,
    indexedUntil: horizon.until,
    followers: () => workers?.followers() ?? [],
    notices: [],
    afterBulkLoad: async () => {},
    // What needs an engine that is away says so itself; the rest is to be asked.
    fault: async () => undefined,
    async close() {
      closed.abort();
      await writer.close();
      await workers?.close();
      await Promise.allSettled([
        log.close(),
        horizon.close(),
        metrics.close(),
        solr.close(),
        avatica.close(),
        prober.close(),
      ]);
    },
  };
}

async function setUpKafka(kafka: KafkaConfig, storage: ClusterStorage, signal: AbortSignal): Promise<void> {
  const { partitions, replication, minInSyncReplicas } = storage.kafka;
  const settings = { partitions, replication, minInSyncReplicas, compression: 'producer' } as const;
  await createTopics(
    kafka,
    {
      activities: { ...settings, retentionMs: millis(storage.retentionSeconds) },
      settled: { ...settings, retentionMs: millis(storage.retentionSeconds) },
    },
    signal,
  );
}

const millis = (seconds: number | undefined): number => (seconds === undefined ? -1 : seconds * 1_000);

async function readTls({ tlsFiles }: ClusterStorage) {
  const { ca, cert, key } = tlsFiles;
  if (ca === undefined && cert === undefined) return undefined;
  const read = async (file: string | undefined) => (file === undefined ? undefined : readFile(file, 'utf8'));
  const [caPem, certPem, keyPem] = await Promise.all([read(ca), read(cert), read(key)]);
  return {
    ...(caPem !== undefined && { ca: caPem }),
    ...(certPem !== undefined && { cert: certPem }),
    ...(keyPem !== undefined && { key: keyPem }),
  };
}
