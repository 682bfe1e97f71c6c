import { directoryOn } from '../auth/directory.ts';
import { openKafkaLog } from '../datasources/activity-log/kafka/adapter.ts';
import type { KafkaConfig } from '../datasources/activity-log/kafka/config.ts';
import { createTopics } from '../datasources/activity-log/kafka/topics.ts';
import { createDruidMetrics } from '../datasources/activity-metrics/druid/adapter.ts';
import { type DruidConfig, openDruid } from '../datasources/activity-metrics/druid/client.ts';
import { createDruidPersonal } from '../datasources/activity-metrics/druid/personal/adapter.ts';
import { ensureDruid } from '../datasources/activity-metrics/druid/setup.ts';
import { openDruidSteward } from '../datasources/activity-metrics/druid/steward.ts';
import { createSolrSearch } from '../datasources/activity-search/solr/adapter.ts';
import { ensureCollections } from '../datasources/activity-search/solr/cluster/collections.ts';
import type { Solr } from '../datasources/activity-search/solr/cluster/connection.ts';
import { createSolrIndex } from '../datasources/activity-search/solr/index/index.ts';
import { createPhoenixStore } from '../datasources/activity-store/phoenix/adapter.ts';
import { createPhoenixClaims } from '../datasources/activity-store/phoenix/claims.ts';
import { createPhoenixErasedLeads } from '../datasources/activity-store/phoenix/erased.ts';
import { keepPhoenixIdSecret } from '../datasources/activity-store/phoenix/installation.ts';
import { migratePhoenix } from '../datasources/activity-store/phoenix/schema.ts';
import { createPhoenixDirectory } from '../datasources/directory/phoenix.ts';
import { createPhoenixErasures } from '../datasources/erasures/phoenix/adapter.ts';
import { createPhoenixFailedActivities } from '../datasources/failed-activities/phoenix/adapter.ts';
import { createTenants } from '../domain/tenant.ts';
import { createClock } from '../domain/time/clock.ts';
import { openHorizon } from '../followers/horizon.ts';
import { createActivityTypes } from '../ingest/door/activity-types.ts';
import { createParallelWriter } from '../ingest/write/parallel/parallel-writer.ts';
import { limitOf } from '../lib/abort.ts';
import { DomainError } from '../lib/errors.ts';
import type { Backend } from './backend.ts';
import { openClusterCampaigns } from './cluster/campaigns.ts';
import { type ClusterStorage, openConnections } from './cluster/connections.ts';
import { dependenciesOf, phoenixTime } from './cluster/health.ts';
import { openClusterPersonal } from './cluster-personal.ts';
import { sharedIdSecret } from './installation/id-secret.ts';
import { continueFromLog, followSharedClock } from './installation/shared-clock.ts';
import { keepTrying } from './keep-trying.ts';
import { startWorkers } from './workers.ts';

export type ClusterOptions = {
  readonly storage: ClusterStorage;
  readonly requestTimeoutMs: number;
  /** How long failed activities are kept, in milliseconds. */
  readonly failedRetentionMs: number;
  /** How long credentials hold while HBase can't be read, in milliseconds. */
  readonly credentialGraceMs: number;
  /** Receives errors of background work, which is then retried. */
  onError(engine: string, error: unknown): void;
  /** Receives one line for each event that an operator should know. */
  onNotice(line: string): void;
};

/** How long the start waits for Kafka and HBase, without which nothing can be answered or recorded. */
const START_TIMEOUT_MS = 90_000;
/** How long the setup of an engine may take before it is retried. */
const SETUP_TIMEOUT_MS = 240_000;

/**
 * The engines behind the four ports. The start waits for Kafka and HBase only. Until Solr and Druid answer, fields
 * that need them are unavailable, and all others answer.
 */
export async function openClusterBackend(options: ClusterOptions): Promise<Backend> {
  const { storage, requestTimeoutMs, credentialGraceMs, onError } = options;
  const connections = await openConnections(storage, requestTimeoutMs);
  const { kafka, schema, phoenix, solr, tls } = connections;
  const druid = { ...storage.druid, tls, prefix: `${storage.name}_`, timeoutMs: requestTimeoutMs };

  const closed = new AbortController();
  const starting = AbortSignal.timeout(START_TIMEOUT_MS);
  await setUpLogAndStore(options, connections, starting);
  const tenantOf = createTenants(await idSecretOf(options, connections, starting));
  const stores = openStores(options, connections);
  const { store, claims, erased, failures } = stores;
  const log = openKafkaLog(kafka);
  const druidClient = openDruid(druid);
  const clock = createClock();
  await continueFromLog(clock, log, starting);
  const shared = followSharedClock(
    clock,
    (signal) => phoenixTime(phoenix, signal),
    () => {},
  );
  const writer = createParallelWriter({
    log,
    store,
    settled: claims.find,
    erased,
    failures,
    onError: (error) => onError('writer', error),
  });
  const types = createActivityTypes(store, writer.defineType);
  const isWorker = storage.roles.includes('workers');
  const campaigns = openClusterCampaigns({
    ...{ kafka, phoenix, schema, tenantOf, publishesMissing: isWorker },
    onError: (error) => onError('campaigns', error),
  });
  const opened = {
    ...stores,
    log,
    types,
    tenantOf,
    campaigns: campaigns.ports.campaigns,
    runs: campaigns.started,
  };
  const workers = isWorker ? openWorkers(options, connections, druid, opened, closed.signal) : undefined;
  const horizon = openHorizon(kafka, clock.now);
  const metrics = createDruidMetrics({ ...druid, kafka });
  const figures = createDruidPersonal({ ...druid, kafka }, metrics);
  const { logRetentionMs, hbaseForgetMs } = storage;
  const personal = openClusterPersonal({
    ...stores,
    kafka,
    log,
    erasures: createPhoenixErasures(phoenix, { schema, tenantOf }),
    figures,
    index: createSolrIndex(solr),
    types,
    logRetentionMs,
    hbaseForgetMs,
    requestTimeoutMs,
    others: [
      { store: 'LISTS', port: campaigns.ports.lists },
      { store: 'CAMPAIGNS', port: campaigns.ports.runs },
    ],
  });

  return {
    tenantOf,
    directory: directoryOn(createPhoenixDirectory(phoenix, { schema }), credentialGraceMs),
    store,
    search: createSolrSearch(solr),
    metrics,
    types,
    writer,
    failures,
    indexedUntil: horizon.until,
    followers: () => workers?.followers() ?? [],
    afterBulkLoad: async () => {},
    dependencies: dependenciesOf({ connections, log, druid: druidClient }),
    personal,
    automation: campaigns.ports,
    clock,
    async close() {
      closed.abort();
      await writer.close();
      await workers?.close();
      await campaigns.close();
      await shared.close();
      const parts = [log, horizon, personal, figures, metrics, druidClient, connections];
      await Promise.allSettled(parts.map((one) => one.close()));
    },
  };
}

type Connections = Awaited<ReturnType<typeof openConnections>>;

/** Waits for Kafka and HBase, and makes their topics and tables. */
async function setUpLogAndStore(
  { storage, failedRetentionMs }: ClusterOptions,
  { kafka, avatica, schema }: Connections,
  starting: AbortSignal,
): Promise<void> {
  const { retentionSeconds } = storage;
  await Promise.all([
    keepTrying(
      () => setUpKafka(kafka, storage, starting),
      starting,
      () => {},
    ),
    keepTrying(
      () =>
        migratePhoenix(avatica, {
          schema,
          compression: storage.phoenix.compression,
          failedRetentionSeconds: failedRetentionMs / 1_000,
          ...(retentionSeconds !== undefined && { retentionSeconds }),
        }),
      starting,
      () => {},
    ),
  ]);
}

/** The secret of ids, which all processes of the installation share. */
async function idSecretOf(
  { storage }: ClusterOptions,
  { avatica, schema }: Connections,
  starting: AbortSignal,
): Promise<string | null> {
  let idSecret: string | null = null;
  await keepTrying(
    async () => {
      idSecret = await sharedIdSecret(
        (secret) => keepPhoenixIdSecret(avatica, schema, secret),
        storage.idSecret,
      );
    },
    starting,
    () => {},
  );
  return idSecret;
}

function openStores({ storage, failedRetentionMs }: ClusterOptions, { phoenix, schema }: Connections) {
  const { retentionSeconds } = storage;
  return {
    store: createPhoenixStore(phoenix, { schema, retentionSeconds }),
    claims: createPhoenixClaims(phoenix, { schema, retentionSeconds }),
    erased: createPhoenixErasedLeads(phoenix, { schema }),
    failures: createPhoenixFailedActivities(phoenix, { schema, retentionMs: failedRetentionMs }),
  };
}

type Opened = ReturnType<typeof openStores> &
  Pick<Parameters<typeof startWorkers>[0], 'log' | 'types' | 'tenantOf' | 'campaigns' | 'runs'>;

/** Sets up Solr and Druid, and follows the log. Processes that only serve requests don't. */
function openWorkers(
  { storage, onError, onNotice }: ClusterOptions,
  { kafka, solr }: Connections,
  druid: DruidConfig,
  opened: Opened,
  closed: AbortSignal,
) {
  const setUp = (engine: string, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> =>
    keepTrying(
      () => {
        const limit = limitOf(closed, { ms: SETUP_TIMEOUT_MS, timedOut: () => notSetUp(engine) });
        return work(limit.signal).finally(limit.end);
      },
      closed,
      (error) => onError(engine, error),
    );
  const { brokersForDruid } = storage.kafka;
  const solrReady = setUp('solr', (signal) => setUpSolr(solr, onNotice, signal));
  const druidReady = setUp('druid', (signal) =>
    ensureDruid(druid, { kafka, ...(brokersForDruid && { brokersForDruid }) }, signal),
  );
  const steward = openDruidSteward(druid, (error) => onError('druid', error));
  const { retentionSeconds } = storage;
  const workers = startWorkers({ ...opened, kafka, solr, solrReady, retentionSeconds, onError });
  return {
    followers: workers.followers,
    close: async () =>
      void (await Promise.allSettled([workers.close(), steward.close(), solrReady, druidReady])),
  };
}

async function setUpKafka(kafka: KafkaConfig, storage: ClusterStorage, signal: AbortSignal): Promise<void> {
  const { partitions, replication, minInSyncReplicas } = storage.kafka;
  const settings = { partitions, replication, minInSyncReplicas, compression: 'producer' } as const;
  await createTopics(
    kafka,
    {
      activities: { ...settings, retentionMs: storage.logRetentionMs },
      settled: { ...settings, retentionMs: storage.logRetentionMs },
    },
    signal,
  );
}

/** Makes the collections that are missing. One of an older schema goes on as it is: an operator decides when to rebuild. */
async function setUpSolr(solr: Solr, onNotice: (line: string) => void, signal: AbortSignal): Promise<void> {
  const ensured = Object.values(await ensureCollections(solr, signal));
  const outdated = ensured.filter((one) => one.outdated).map(({ collection }) => collection);
  if (outdated.length > 0)
    onNotice(
      `the search index (${outdated.join(', ')}) has the schema or the words of another version of this program; npm run reindex builds it anew`,
    );
}

const notSetUp = (engine: string): DomainError =>
  new DomainError(
    'TIMEOUT',
    `What is missing in ${engine} was not made within ${SETUP_TIMEOUT_MS / 1_000} s.`,
  );
