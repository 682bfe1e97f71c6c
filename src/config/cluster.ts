import { z } from 'zod';
import { COMPRESSIONS, DEFAULT_COMPRESSION } from '../datasources/activity-store/phoenix/schema.ts';
import { address, flag, integer } from './fields.ts';

/** The part of the environment that says where the engines of the `cluster` profile are, and how to get in. */

const brokers = z
  .string()
  .transform((text) => text.split(',').filter(Boolean))
  .refine(
    (list) => list.length > 0 && list.every((broker) => /^[^\s:/]+:\d{1,5}$/.test(broker)),
    'must be HOST:PORT, several with commas between',
  )
  .optional()
  .meta({ allowed: '`HOST:PORT`, several separated by commas' });

const ROLES = ['api', 'workers'] as const;
export type Role = (typeof ROLES)[number];

const text = z.string().optional();
const days = (fallback: number) =>
  z.coerce
    .number({ error: 'must be a number of days' })
    .positive()
    .default(fallback)
    .meta({ allowed: 'a number greater than 0' });
const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * 1_000;
const file = z.string().optional().meta({ allowed: 'a file in PEM' });

export const clusterVariables = z.object({
  CLUSTER_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,30}$/, 'must be 1 to 31 lower-case letters and digits')
    .default('journeygraph')
    .meta({ allowed: '1 to 31 lower-case letters and digits' })
    .describe('Beginning of the names of topics, groups, tables, collections and data sources.'),
  ROLES: z
    .string()
    .default('api,workers')
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(z.enum(ROLES, { error: `must be some of ${ROLES.join(', ')}` })).min(1))
    .meta({ allowed: '`api`, `workers` or both, separated by a comma' })
    .describe('Work of this process: `api` answers and records, `workers` follow the log.'),
  KAFKA_BROKERS: brokers.describe('Brokers of Kafka. Required.'),
  KAFKA_BROKERS_FOR_DRUID: brokers
    .meta({ fallback: 'as `KAFKA_BROKERS`' })
    .describe('The same brokers, by addresses that Druid can reach.'),
  KAFKA_TLS: flag(false).describe('Whether brokers are reached over TLS.'),
  KAFKA_SASL_MECHANISM: z
    .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], {
      error: 'must be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512',
    })
    .optional()
    .describe('How to sign in to Kafka. Requires the two below.'),
  KAFKA_USERNAME: text.describe('User of Kafka.'),
  KAFKA_PASSWORD: text.describe('Password of that user.'),
  KAFKA_PARTITIONS: integer(12, 1, 10_000).describe(
    'Partitions of each topic. They can not be changed later.',
  ),
  KAFKA_REPLICATION: integer(3, 1, 15).describe('Copies of each partition.'),
  KAFKA_MIN_IN_SYNC: integer(2, 1, 15).describe('Copies that must have a record before it is acknowledged.'),
  PQS_URL: address.describe('The Phoenix Query Server. Required.'),
  PQS_USER: text.describe('User of the query server.'),
  PQS_PASSWORD: text.describe('Password of that user.'),
  PQS_CONNECTIONS: integer(16, 1, 1_000).describe('Connections of one process to the query server.'),
  HBASE_COMPRESSION: z
    .enum(COMPRESSIONS, { error: `must be one of ${COMPRESSIONS.join(', ')}` })
    .default(DEFAULT_COMPRESSION)
    .describe('Compression of tables that are not yet created. The region servers must support it.'),
  SOLR_URL: address.describe('Solr, ending in `/solr`. Required.'),
  SOLR_USER: text.describe('User of Solr.'),
  SOLR_PASSWORD: text.describe('Password of that user.'),
  SOLR_SHARDS: integer(2, 1, 1_000).describe('Shards of collections that are not yet created.'),
  SOLR_REPLICAS: integer(2, 1, 15).describe('Copies of each shard.'),
  DRUID_URL: address.describe('A broker or router of Druid. Required.'),
  DRUID_COORDINATOR_URL: address.describe('The coordinator, which must be the overlord too. Required.'),
  DRUID_USER: text.describe('User of Druid.'),
  DRUID_PASSWORD: text.describe('Password of that user.'),
  ENGINE_CA_FILE: file.describe('Authorities of the certificates of all engines.'),
  ENGINE_CERT_FILE: file.describe('Client certificate for all engines.'),
  ENGINE_KEY_FILE: file.describe('Key of that certificate.'),
  RETENTION_DAYS: z.coerce
    .number({ error: 'must be a number of days' })
    .positive()
    .optional()
    .meta({ allowed: 'a number greater than 0', fallback: 'for ever' })
    .describe('Days for which log, rows and search index keep activities, see the [runbook](runbook.md).'),
  LOG_RETENTION_DAYS: days(7).describe(
    'Days for which the topics keep records. Erased people are in them for so long; HBase has everything.',
  ),
  HBASE_FORGET_DAYS: days(11).describe(
    'Days after which no file of HBase has a deleted row, as receipts of erasures promise. See the [runbook](runbook.md).',
  ),
});
type ClusterEnvironment = z.infer<typeof clusterVariables>;

const NEEDED = {
  KAFKA_BROKERS: 'HOST:PORT of Kafka brokers',
  PQS_URL: 'the address of the Phoenix Query Server',
  SOLR_URL: 'the address of Solr, ending in /solr',
  DRUID_URL: 'the address of a Druid broker or router',
  DRUID_COORDINATOR_URL: 'the address of the Druid coordinator and overlord',
} as const;

/** The required variables that are missing with PROFILE=cluster, a line for each. */
export const missingOfCluster = (given: Readonly<Record<string, string | undefined>>): string[] => [
  ...Object.entries(NEEDED).flatMap(([name, what]) =>
    given[name] === undefined
      ? [`${name}: needed with PROFILE=cluster, ${what} ('npm run cluster' starts all engines and sets it)`]
      : [],
  ),
  ...(given['KAFKA_SASL_MECHANISM'] !== undefined &&
  (given['KAFKA_USERNAME'] === undefined || given['KAFKA_PASSWORD'] === undefined)
    ? ['KAFKA_USERNAME, KAFKA_PASSWORD: needed with KAFKA_SASL_MECHANISM']
    : []),
];

export const clusterConfig = (env: ClusterEnvironment) => ({
  name: env.CLUSTER_NAME,
  roles: env.ROLES as readonly Role[],
  retentionSeconds:
    env.RETENTION_DAYS === undefined ? undefined : Math.ceil(env.RETENTION_DAYS * DAY_SECONDS),
  /** How long the topics keep records, in milliseconds. */
  logRetentionMs: Math.ceil(Math.min(env.LOG_RETENTION_DAYS, env.RETENTION_DAYS ?? Infinity) * DAY_MS),
  /** When files of HBase have no deleted row any more, in milliseconds since its deletion. */
  hbaseForgetMs: Math.ceil(env.HBASE_FORGET_DAYS * DAY_MS),
  kafka: {
    brokers: env.KAFKA_BROKERS ?? [],
    brokersForDruid: env.KAFKA_BROKERS_FOR_DRUID,
    tls: env.KAFKA_TLS,
    sasl:
      env.KAFKA_SASL_MECHANISM === undefined
        ? undefined
        : {
            mechanism: env.KAFKA_SASL_MECHANISM,
            username: env.KAFKA_USERNAME ?? '',
            password: env.KAFKA_PASSWORD ?? '',
          },
    partitions: env.KAFKA_PARTITIONS,
    replication: env.KAFKA_REPLICATION,
    minInSyncReplicas: env.KAFKA_MIN_IN_SYNC,
  },
  phoenix: {
    url: env.PQS_URL ?? '',
    user: env.PQS_USER,
    password: env.PQS_PASSWORD,
    connections: env.PQS_CONNECTIONS,
    compression: env.HBASE_COMPRESSION,
  },
  solr: {
    url: env.SOLR_URL ?? '',
    user: env.SOLR_USER,
    password: env.SOLR_PASSWORD,
    shards: env.SOLR_SHARDS,
    replicas: env.SOLR_REPLICAS,
  },
  druid: {
    brokerUrl: env.DRUID_URL ?? '',
    coordinatorUrl: env.DRUID_COORDINATOR_URL ?? '',
    user: env.DRUID_USER,
    password: env.DRUID_PASSWORD,
  },
  /** Files in PEM, for every engine that is reached over TLS. */
  tlsFiles: { ca: env.ENGINE_CA_FILE, cert: env.ENGINE_CERT_FILE, key: env.ENGINE_KEY_FILE },
});
