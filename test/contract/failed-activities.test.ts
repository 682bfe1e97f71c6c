import { createPostgresFailedActivities } from '../../src/datasources/failed-activities/postgres/adapter.ts';
import { DAY, NOW } from '../support/activities.ts';
import { drivers } from '../support/databases.ts';
import { failedActivitiesContract } from './failed-activities.ts';
import { personalFailuresContract } from './personal-data.ts';

for (const driver of drivers)
  failedActivitiesContract(`postgres adapter on ${driver.name}`, async (retentionMs, now) => {
    const db = await driver.open();
    return {
      failures: createPostgresFailedActivities(db, { retentionMs }, now),
      close: () => db.close(),
    };
  });

for (const driver of drivers)
  personalFailuresContract(`postgres adapter on ${driver.name}`, async () => {
    const db = await driver.open();
    const port = createPostgresFailedActivities(db, { retentionMs: DAY }, () => NOW);
    return { port, close: () => db.close() };
  });
