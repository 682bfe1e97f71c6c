import { createPostgresFailedActivities } from '../../src/datasources/failed-activities/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { failedActivitiesContract } from './failed-activities.ts';

for (const driver of drivers)
  failedActivitiesContract(`postgres adapter on ${driver.name}`, async (retentionMs, now) => {
    const db = await driver.open();
    return {
      failures: createPostgresFailedActivities(db, { retentionMs }, now),
      close: () => db.close(),
    };
  });
