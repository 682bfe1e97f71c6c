import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import type { KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import { createPhoenixStore } from '../../src/datasources/activity-store/phoenix/adapter.ts';
import { createPhoenixClaims } from '../../src/datasources/activity-store/phoenix/claims.ts';
import { createPhoenixErasedLeads } from '../../src/datasources/activity-store/phoenix/erased.ts';
import { createPhoenixFailedActivities } from '../../src/datasources/failed-activities/phoenix/adapter.ts';
import { openPhoenix } from '../../src/datasources/phoenix/client.ts';
import type { RunningFollower } from '../../src/followers/kafka-group/follower.ts';
import { runFollower } from '../../src/followers/kafka-group/run-follower.ts';
import { repeats } from '../../src/followers/repeats.ts';
import { settle } from '../../src/followers/settle.ts';
import { engine } from '../support/engines.ts';

export type TestStage = {
  readonly settle: RunningFollower;
  readonly repeats: RunningFollower;
  close(): Promise<void>;
};

/** Everything between the log and the unique log, over the tables of a schema of Phoenix. */
export async function openSettleStage(
  kafka: KafkaConfig,
  schema: string,
  onError: (error: unknown) => void,
): Promise<TestStage> {
  const phoenix = openPhoenix({ url: engine('phoenix'), connections: 4, timeoutMs: 120_000 });
  const log = openKafkaLog(kafka);
  const store = createPhoenixStore(phoenix, { schema });
  const erased = createPhoenixErasedLeads(phoenix, { schema });
  const settling = await runFollower(
    settle({
      kafka,
      store,
      failures: createPhoenixFailedActivities(phoenix, { schema, retentionMs: 86_400_000 }),
      claims: createPhoenixClaims(phoenix, { schema }),
      erased,
      facts: async (tenant, activities) => activities.map(({ id }) => ({ tenant: tenant.id, id })),
      maxBatch: 200,
      storeTimeoutMs: 30_000,
    }),
    { kafka, sessionTimeoutMs: 6_000, onError },
  );
  const repairing = await runFollower(
    repeats({
      store,
      erased,
      log,
      // Longer than a write of the test takes, on a machine that is busy too.
      delayMs: 5_000,
    }),
    { kafka, onError },
  );
  return {
    settle: settling,
    repeats: repairing,
    async close() {
      await Promise.all([settling.close(), repairing.close()]);
      await Promise.all([phoenix.close(), log.close()]);
    },
  };
}
