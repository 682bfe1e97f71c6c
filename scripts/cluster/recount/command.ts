import { join } from 'node:path';
import { openConnections } from '../../../src/compose/cluster/connections.ts';
import { readCommandConfig } from '../../../src/config/config.ts';
import { createDruidMetrics } from '../../../src/datasources/activity-metrics/druid/adapter.ts';
import { openDruid } from '../../../src/datasources/activity-metrics/druid/client.ts';
import { DATA_SOURCES, type DataSource } from '../../../src/datasources/activity-metrics/druid/specs.ts';
import { recountFile, writeLastRecount } from '../../../src/observability/last-recount.ts';
import { whereSparkRuns } from '../engine/spark.ts';
import { sparkContext } from '../engine/spark-context.ts';
import { portsAt } from '../ports.ts';
import { serveEnvironment } from '../serve-environment.ts';
import { clusterPaths } from '../state.ts';
import type { Engines } from '../types.ts';
import { type RecountParts, recountDay } from './recount.ts';
import { restateDay } from './restate.ts';

/** The product gives Druid no other; see `ensureDruid`. */
const GRANULARITY = 'DAY';
const DEADLINE_MS = 6 * 3_600_000;
const QUERY_TIMEOUT_MS = 120_000;

export type RecountOptions = {
  readonly day: string | undefined;
  readonly tenant: string | undefined;
  readonly restate: boolean;
};

/** Compares Druid's figures of a day with a count from the topic. @returns the exit code: 0 without differences */
export async function recount(
  dataDir: string,
  engines: Engines | null,
  { day, tenant, restate }: RecountOptions,
): Promise<number> {
  const from = /^\d{4}-\d{2}-\d{2}$/.test(day ?? '') ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(from)) throw new Error('Say which day in UTC: recount --day 2026-11-30.');
  const { parts, close } = await open(dataDir, engines);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const count = async (): Promise<readonly DataSource[]> => {
    const { tenants, figures, differences } = await recountDay(parts, from, tenant, signal);
    for (const one of differences)
      console.log(`${one.tenant}  ${day}  ${one.figure}  counted ${one.counted}  Druid ${one.druid}`);
    console.log(`${day}: ${figures} figures of ${tenants} tenants, ${differences.length} of them differ`);
    await writeLastRecount(recountFile(dataDir), {
      day: from,
      at: Date.now(),
      differences: differences.length,
    });
    return DATA_SOURCES.filter((source) => differences.some(({ figure }) => figure.startsWith(`${source}/`)));
  };
  try {
    let wrong = await count();
    if (wrong.length > 0 && restate) {
      console.log(`Druid gets ${wrong.join(', ')} of that day again, of all tenants.`);
      await restateDay(parts, from, new Set(wrong), GRANULARITY, signal);
      wrong = await count();
    }
    return wrong.length > 0 ? 1 : 0;
  } finally {
    await close();
  }
}

/** The engines of `npm run cluster`, or those that the environment names. */
async function open(
  dataDir: string,
  engines: Engines | null,
): Promise<{ readonly parts: RecountParts; close(): Promise<void> }> {
  const env = engines ? { ...serveEnvironment(engines.addresses, dataDir), ...process.env } : process.env;
  const { storage } = readCommandConfig(env);
  if (storage.profile !== 'cluster') throw new Error('The engines do not run: npm run cluster -- start.');
  const connections = await openConnections(storage, QUERY_TIMEOUT_MS);
  const { kafka, tls } = connections;
  const config = { ...storage.druid, tls, prefix: `${storage.name}_`, timeoutMs: QUERY_TIMEOUT_MS };
  const context = await sparkContext(
    join(clusterPaths(dataDir).root, 'recount'),
    portsAt(engines?.portOffset ?? 0),
  );
  const druid = openDruid(config);
  const metrics = createDruidMetrics({ ...config, kafka });
  return {
    parts: { context, kafka, druid, metrics, prefix: config.prefix, ...whereSparkRuns() },
    async close() {
      await Promise.all([druid.close(), metrics.close(), connections.close()]);
    },
  };
}
