import { readFile } from 'node:fs/promises';
import { guard, openAvatica } from '@journeygraph/avatica';
import type { Config } from '../../config/config.ts';
import type { KafkaConfig } from '../../datasources/activity-log/kafka/config.ts';
import { openSolr, type Solr } from '../../datasources/activity-search/solr/cluster/connection.ts';
import { tableName } from '../../datasources/activity-store/phoenix/schema.ts';
import { type PhoenixClient, withDomainErrors } from '../../datasources/phoenix/client.ts';
import type { TlsOptions } from '../../lib/tls.ts';

export type ClusterStorage = Extract<Config['storage'], { readonly profile: 'cluster' }>;

/** The engines, as every process of an installation reaches them, under the installation's names. */
export type ClusterConnections = {
  readonly kafka: KafkaConfig;
  /** Of the tables in Phoenix. */
  readonly schema: string;
  readonly avatica: PhoenixClient;
  /** The same, with calls that end in seconds while HBase is away. */
  readonly phoenix: PhoenixClient;
  readonly solr: Solr;
  readonly tls: TlsOptions | undefined;
  close(): Promise<void>;
};

/** Opens them; none is asked for anything yet. @throws Error for a file of TLS that can't be read */
export async function openConnections(
  storage: ClusterStorage,
  requestTimeoutMs: number,
): Promise<ClusterConnections> {
  const { name } = storage;
  const tls = await readTls(storage);
  const schema = name.toUpperCase();
  const avatica = openAvatica({ ...storage.phoenix, tls, timeoutMs: requestTimeoutMs });
  const prober = openAvatica({ ...storage.phoenix, tls, connections: 1 });
  const solr = openSolr({ ...storage.solr, tls, prefix: `${name}-`, timeoutMs: requestTimeoutMs });
  return {
    kafka: {
      brokers: storage.kafka.brokers,
      prefix: `${name}.`,
      clientId: 'journeygraph',
      tls: storage.kafka.tls ? (tls ?? {}) : undefined,
      sasl: storage.kafka.sasl,
    },
    schema,
    avatica: withDomainErrors(avatica),
    phoenix: withDomainErrors(
      guard(avatica, { prober, probe: `SELECT TENANT FROM ${tableName(schema, 'TENANTS')} LIMIT 1` }),
    ),
    solr,
    tls,
    async close() {
      await Promise.allSettled([solr.close(), avatica.close(), prober.close()]);
    },
  };
}

async function readTls({ tlsFiles }: ClusterStorage): Promise<TlsOptions | undefined> {
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
