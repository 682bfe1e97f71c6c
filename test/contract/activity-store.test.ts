import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { activityStoreContract } from './activity-store.ts';

for (const driver of drivers)
  activityStoreContract(`postgres adapter on ${driver.name}`, async () => {
    const db = await driver.open();
    return { store: createPostgresStore(db, []), close: () => db.close() };
  });
