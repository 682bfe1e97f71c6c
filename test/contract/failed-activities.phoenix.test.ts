import { describe } from 'node:test';
import { createPhoenixFailedActivities } from '../../src/datasources/failed-activities/phoenix/adapter.ts';
import { DAY, NOW } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix } from '../support/phoenix.ts';
import { failedActivitiesContract } from './failed-activities.ts';
import { personalFailuresContract } from './personal-data.ts';

describe('phoenix', { skip: engineSkip('phoenix') }, () => {
  failedActivitiesContract('phoenix adapter', async (retentionMs, now) => {
    const { client, schema, drop } = await openTestPhoenix();
    return {
      failures: createPhoenixFailedActivities(client, { schema, retentionMs }, now),
      close: drop,
    };
  });
  personalFailuresContract('phoenix adapter', async () => {
    const { client, schema, drop } = await openTestPhoenix();
    const port = createPhoenixFailedActivities(client, { schema, retentionMs: DAY }, () => NOW);
    return { port, close: drop };
  });
});
