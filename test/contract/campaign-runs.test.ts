import { createPostgresRuns } from '../../src/datasources/campaign-runs/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { campaignRunsContract } from './campaign-runs.ts';

for (const driver of drivers)
  campaignRunsContract(`postgres adapter on ${driver.name}`, async () => {
    const db = await driver.open();
    return { runs: createPostgresRuns(db), close: () => db.close() };
  });
