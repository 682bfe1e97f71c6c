import { createHash } from 'node:crypto';
import { L, SqlQuery, SqlStar, T } from 'druid-query-toolkit';
import { pollUntil } from '../../../lib/retry.ts';
import { type KafkaConfig, uniqueTopic } from '../../activity-log/kafka/config.ts';
import { type DruidClient, type DruidConfig, openDruid } from './client.ts';
import {
  columnsOf,
  compactionConfig,
  DATA_SOURCES,
  type DataSource,
  FORMER_SOURCES,
  type Ingestion,
  seedSpec,
  supervisorSpec,
} from './specs.ts';
import { supervisorReport } from './status.ts';
import { runTask } from './task.ts';

export type DruidIngestion = Partial<
  Pick<Ingestion, 'taskCount' | 'taskDuration' | 'maxBytesInMemory' | 'segmentGranularity'>
> & {
  readonly kafka: KafkaConfig;
  /** `host:port` of brokers as Druid reaches them, where that is not how this process does. */
  readonly brokersForDruid?: readonly string[];
  /** Whether Druid is to put small segments together by itself; true unless given. */
  readonly isCompacting?: boolean;
};

const POLL_MS = 250;
const pathOf = (name: string) => encodeURIComponent(name);
type Supervisor = { readonly context?: { readonly mark?: string } | null };

/**
 * Makes data sources and supervisors that aren't there, and replaces supervisors that are to be different; does
 * nothing where all is as it should be. Removes those of earlier versions. Returns when queries work.
 * @throws DomainError `BACKEND_UNAVAILABLE`, or the reason of `signal`, which bounds the whole
 */
export async function ensureDruid(
  config: DruidConfig,
  ingestion: DruidIngestion,
  signal: AbortSignal,
): Promise<void> {
  const druid = openDruid(config);
  try {
    await Promise.all(FORMER_SOURCES.map((source) => remove(druid, config.prefix + source, signal)));
    await Promise.all(DATA_SOURCES.map((source) => seed(druid, config.prefix, source, signal)));
    for (const source of DATA_SOURCES)
      await supervise(druid, config.prefix, source, readingFor(ingestion), signal);
    if (ingestion.isCompacting ?? true)
      for (const source of DATA_SOURCES) await compact(druid, config.prefix, source, signal);
    await Promise.all(DATA_SOURCES.map((source) => untilQueryable(druid, config.prefix, source, signal)));
  } finally {
    await druid.close();
  }
}

const readingFor = (ingestion: DruidIngestion): Ingestion => ({
  topic: uniqueTopic(ingestion.kafka),
  consumerProperties: consumerProperties(ingestion.kafka, ingestion.brokersForDruid),
  taskCount: ingestion.taskCount ?? 1,
  taskDuration: ingestion.taskDuration ?? 'PT10M',
  maxBytesInMemory: ingestion.maxBytesInMemory ?? 40_000_000,
  segmentGranularity: ingestion.segmentGranularity ?? 'DAY',
});

/** How the Java client gets into the same Kafka cluster. */
function consumerProperties(
  { brokers, tls, sasl }: KafkaConfig,
  brokersForDruid: readonly string[] = brokers,
): Readonly<Record<string, string>> {
  const { ca, cert, key } = tls ?? {};
  const isScram = sasl?.mechanism.startsWith('SCRAM');
  const module = isScram ? 'scram.ScramLoginModule' : 'plain.PlainLoginModule';
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  return {
    'bootstrap.servers': brokersForDruid.join(','),
    'security.protocol': `${sasl ? 'SASL_' : ''}${tls ? 'SSL' : 'PLAINTEXT'}`,
    ...(ca !== undefined && { 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': ca }),
    ...(cert !== undefined &&
      key !== undefined && {
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.certificate.chain': cert,
        'ssl.keystore.key': key,
      }),
    ...(sasl && {
      'sasl.mechanism': sasl.mechanism,
      'sasl.jaas.config': `org.apache.kafka.common.security.${module} required username=${quoted(sasl.username)} password=${quoted(sasl.password)};`,
    }),
  };
}

async function seed(
  druid: DruidClient,
  prefix: string,
  source: DataSource,
  signal: AbortSignal,
): Promise<void> {
  const segmentsPath = `/druid/coordinator/v1/metadata/datasources/${pathOf(prefix + source)}/segments`;
  const segments = await druid.call<unknown[] | null>(
    { at: 'coordinator', path: segmentsPath, none: [404] },
    signal,
  );
  if (segments && segments.length > 0 && (await hasColumns(druid, prefix, source, signal))) return;
  await runTask(druid, seedSpec(prefix, source), signal);
}

/** False of a data source that an older version made, which lacks columns that queries name. */
async function hasColumns(
  druid: DruidClient,
  prefix: string,
  source: DataSource,
  signal: AbortSignal,
): Promise<boolean> {
  const table = L(prefix + source);
  const text = `SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'druid' AND TABLE_NAME = ${table}`;
  const known = new Set((await druid.sql(text, 'light', signal)).map(([name]) => name));
  return columnsOf(source).every((name) => known.has(name));
}

async function supervise(
  druid: DruidClient,
  prefix: string,
  source: DataSource,
  ingestion: Ingestion,
  signal: AbortSignal,
): Promise<void> {
  const spec = supervisorSpec(prefix, source, ingestion);
  const mark = digest(spec);
  const path = '/druid/indexer/v1/supervisor';
  const found = await druid.call<Supervisor | null>(
    { at: 'coordinator', path: `${path}/${pathOf(prefix + source)}`, none: [404] },
    signal,
  );
  // The same spec again would restart its tasks.
  if (found?.context?.mark === mark) return;
  const json = { ...spec, context: { ...spec.context, mark } };
  await druid.call({ at: 'coordinator', path, json }, signal);
}

const COMPACTION = '/druid/coordinator/v1/config/compaction';
const digest = (value: object): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url');

async function compact(
  druid: DruidClient,
  prefix: string,
  source: DataSource,
  signal: AbortSignal,
): Promise<void> {
  const mark = digest(compactionConfig(prefix, source, ''));
  type Config = { readonly taskContext?: { readonly mark?: string } | null };
  const path = `${COMPACTION}/${pathOf(prefix + source)}`;
  const found = await druid.call<Config | null>({ at: 'coordinator', path, none: [404] }, signal);
  // The same configuration again would be another entry of its history.
  if (found?.taskContext?.mark === mark) return;
  const json = compactionConfig(prefix, source, mark);
  await druid.call({ at: 'coordinator', path: COMPACTION, json }, signal);
}

async function untilQueryable(
  druid: DruidClient,
  prefix: string,
  source: DataSource,
  signal: AbortSignal,
): Promise<void> {
  const isQueryable = async (): Promise<boolean> => {
    const { payload } = await supervisorReport(druid, prefix + source, signal);
    const isReading = payload.activeTasks.some(({ currentOffsets }) => currentOffsets !== undefined);
    const row = SqlQuery.from(T(prefix + source))
      .addSelect(SqlStar.PLAIN)
      .changeLimitValue(1);
    const isKnown = await druid.sql(String(row), 'light', signal).then(
      () => hasColumns(druid, prefix, source, signal),
      () => false,
    );
    return isReading && isKnown;
  };
  await pollUntil(isQueryable, POLL_MS, signal);
}

/**
 * Ends the supervisors and drops the data sources of a prefix.
 * @throws DomainError `BACKEND_UNAVAILABLE`, or the reason of `signal`
 */
export async function retireDruid(config: DruidConfig, signal: AbortSignal): Promise<void> {
  const druid = openDruid(config);
  try {
    await Promise.all(DATA_SOURCES.map((source) => remove(druid, config.prefix + source, signal)));
  } finally {
    await druid.close();
  }
}

/** Ends the supervisor of a data source, if there is one, and drops its data. */
async function remove(druid: DruidClient, source: string, signal: AbortSignal): Promise<void> {
  const name = pathOf(source);
  const compaction = `${COMPACTION}/${name}`;
  await druid.call({ at: 'coordinator', method: 'DELETE', path: compaction, none: [404] }, signal);
  const post = (path: string) =>
    druid.call<unknown>({ at: 'coordinator', method: 'POST', path, none: [404] }, signal);
  await post(`/druid/indexer/v1/supervisor/${name}/terminate`);
  // Without this they would go on to publish what they read.
  await post(`/druid/indexer/v1/datasources/${name}/shutdownAllTasks`);
  const running = `/druid/indexer/v1/tasks?datasource=${name}&state=`;
  for (const state of ['running', 'pending', 'waiting']) {
    const hasNone = async (): Promise<boolean> =>
      (await druid.call<unknown[]>({ at: 'coordinator', path: running + state }, signal)).length === 0;
    await pollUntil(hasNone, POLL_MS, signal);
  }
  const path = `/druid/coordinator/v1/datasources/${name}`;
  await druid.call({ at: 'coordinator', method: 'DELETE', path, none: [404, 204] }, signal);
}
