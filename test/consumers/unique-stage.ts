import { createPhoenixClaims } from '../../src/consumers/claims-phoenix.ts';
import type { RunningConsumer } from '../../src/consumers/consumer.ts';
import { runUnique } from '../../src/consumers/unique.ts';
import type { KafkaConfig } from '../../src/datasources/activity-log/kafka-config.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import { createPostgresFailedActivities } from '../../src/datasources/failed-activities/postgres.ts';
import { openAvatica } from '../../src/wire/avatica/client.ts';
import { openTestClaims } from '../support/claims.ts';
import { engine } from '../support/engines.ts';

/** The stage over a migrated PostgreSQL, with claims in a schema of Phoenix if one is named. */
export async function openUniqueStage(
  kafka: KafkaConfig,
  url: string,
  schema: string,
  onError: (error: unknown) => void,
): Promise<RunningConsumer> {
  const db = openPg({ url, connections: 4, statementTimeoutMs: 30_000 });
  const phoenix = schema
    ? openAvatica({ url: engine('phoenix'), connections: 4, timeoutMs: 20_000 })
    : undefined;
  const stage = await runUnique({
    kafka,
    store: createPostgresStore(db, []),
    failures: createPostgresFailedActivities(db, { retentionMs: 3_600_000 }),
    claims: phoenix ? createPhoenixClaims(phoenix, { schema }) : await openTestClaims(db),
    facts: async (tenant, activities) => activities.map(({ id }) => ({ tenant: tenant.id, id })),
    maxBatch: 200,
    storeTimeoutMs: 30_000,
    sessionTimeoutMs: 6_000,
    onError,
  });
  return {
    lag: stage.lag,
    async close() {
      await stage.close();
      await Promise.all([db.close(), phoenix?.close()]);
    },
  };
}
