import { z } from 'zod';
import { COMPRESSIONS, DEFAULT_COMPRESSION } from '../datasources/activity-store/phoenix/schema.ts';
import { flag, integer } from './fields.ts';

/** The part of the environment that says where the engines of the `cluster` profile are, and how to get in. */

const url = z.url({ protocol: /^https?$/, error: 'must be an absolute http(s) address' }).optional();

const brokers = z
  .string()
  .transform((text) => text.split(',').filter(Boolean))
  .refine(
    (list) => list.length > 0 && list.every((broker) => /^[^\s:/]+:\d{1,5}$/.test(broker)),
    'must be HOST:PORT, several with commas between',
  );

const ROLES = ['api', 'workers'] as const;
export type Role = (typeof ROLES)[number];

export const clusterEnvironment = z.object({
  CLUSTER_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,30}$/, 'must be 1 to 31 lower-case letters and digits')
    .default('journeygraph'),
  ROLES: z
    .string()
    .default('api,workers')
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(z.enum(ROLES, { error: `must be some of ${ROLES.join(', ')}` })).min(1)),
  KAFKA_BROKERS: brokers.optional(),
  KAFKA_BROKERS_FOR_DRUID: brokers.optional(),
  KAFKA_TLS: flag(false),
  KAFKA_SASL_MECHANISM: z
    .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], {
      error: 'must be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512',
    })
    .optional(),
  KAFKA_USERNAME: z.string().optional(),
  KAFKA_PASSWORD: z.string().optional(),
  KAFKA_PARTITIONS: integer(12, 1, 10_000),
  KAFKA_REPLICATION: integer(3, 1, 15),
  KAFKA_MIN_IN_SYNC: integer(2, 1, 15),
  PQS_URL: url,
  PQS_USER: z.string().optional(),
  PQS_PASSWORD: z.string().optional(),
  PQS_CONNECTIONS: integer(16, 1, 1_000),
  HBASE_COMPRESSION: z
    .enum(COMPRESSIONS, { error: `must be one of ${COMPRESSIONS.join(', ')}` })
    .default(DEFAULT_COMPRESSION),
  SOLR_URL: url,
  SOLR_USER: z.string().optional(),
  SOLR_PASSWORD: z.string().optional(),
  SOLR_SHARDS: integer(2, 1, 1_000),
  SOLR_REPLICAS: integer(2, 1, 15),
  DRUID_URL: url,
  DRUID_COORDINATOR_URL: url,
  DRUID_USER: z.string().optional(),
  DRUID_PASSWORD: z.string().optional(),
  ENGINE_CA_FILE: z.string().optional(),
  ENGINE_CERT_FILE: z.string().optional(),
  ENGINE_KEY_FILE: z.string().optional(),
  RETENTION_DAYS: z.coerce.number({ error: 'must be a number of days' }).positive().optional(),
});
type ClusterEnvironment = z.infer<typeof clusterEnvironment>;

const NEEDED = {
  KAFKA_BROKERS: 'HOST:PORT of Kafka brokers',
  PQS_URL: 'the address of the Phoenix Query Server',
  SOLR_URL: 'the address of Solr, ending in /solr',
  DRUID_URL: 'the address of a Druid broker or router',
  DRUID_COORDINATOR_URL: 'the address of the Druid coordinator and overlord',
} as const;

/** What PROFILE=cluster lacks: a line for each variable. */
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
  retentionSeconds: env.RETENTION_DAYS === undefined ? undefined : Math.ceil(env.RETENTION_DAYS * 86_400),
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
