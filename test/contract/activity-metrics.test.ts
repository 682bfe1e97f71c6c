import { createPostgresMetrics } from '../../src/datasources/activity-metrics/postgres.ts';
import { metricsProjection } from '../../src/datasources/activity-metrics/projection.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres.ts';
import { drivers } from '../support/databases.ts';
import { activityMetricsContract } from './activity-metrics.ts';

const signal = new AbortController().signal;

for (const driver of drivers)
  for (const rollups of [true, false])
    activityMetricsContract(
      `postgres adapter on ${driver.name}, ${rollups ? 'with' : 'without'} roll-ups`,
      async () => {
        const db = await driver.open();
        const store = createPostgresStore(db, [metricsProjection]);
        return {
          metrics: createPostgresMetrics(db, { rollups }),
          ingest: async (tenant, activities) => void (await store.write(tenant, activities, signal)),
          close: () => db.close(),
        };
      },
    );
