import type { ActivityLog } from '../../datasources/activity-log/port.ts';
import type { DruidClient } from '../../datasources/activity-metrics/druid/client.ts';
import { KINDS } from '../../datasources/activity-search/solr/cluster/connection.ts';
import { checkReady } from '../../datasources/activity-search/solr/cluster/readiness.ts';
import { tableName } from '../../datasources/activity-store/phoenix/schema.ts';
import type { PhoenixClient } from '../../datasources/phoenix/client.ts';
import type { Dependency } from '../../observability/health.ts';
import type { ClusterConnections } from './connections.ts';

/** The four engines: each is asked for something that only a working engine answers. */
export function dependenciesOf({
  connections: { phoenix, schema, solr },
  log,
  druid,
}: {
  readonly connections: ClusterConnections;
  readonly log: ActivityLog;
  readonly druid: DruidClient;
}): readonly Dependency[] {
  const probe = `SELECT TENANT FROM ${tableName(schema, 'TENANTS')} LIMIT 1`;
  const collections = KINDS.map(solr.aliasOf);
  return [
    { name: 'kafka', neededBy: ['writers'], check: async (signal) => void (await log.partitions(signal)) },
    {
      name: 'hbase',
      neededBy: ['readers'],
      check: async (signal) => void (await phoenix.query(probe, [], { signal })),
    },
    {
      name: 'solr',
      neededBy: ['search'],
      check: (signal) => checkReady(solr.client, collections, collections, signal),
    },
    {
      name: 'druid',
      neededBy: ['figures'],
      check: async (signal) => void (await druid.sql('SELECT 1', 'light', signal)),
    },
  ];
}

/** The time of the query server's clock, which all processes share; epoch milliseconds. */
export async function phoenixTime(phoenix: PhoenixClient, signal: AbortSignal): Promise<number> {
  const { rows } = await phoenix.query<Record<string, number>>('SELECT CAST(CURRENT_TIME() AS BIGINT)', [], {
    signal,
  });
  return Object.values(rows[0] ?? {})[0] ?? Date.now();
}
