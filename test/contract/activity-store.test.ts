import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { activityStoreContract } from './activity-store.ts';
import { personalStoreContract } from './personal-data.ts';

for (const driver of drivers) {
  const open = async () => {
    const db = await driver.open();
    const store = createPostgresStore(db, []);
    return { store, port: store, close: () => db.close() };
  };
  activityStoreContract(`postgres adapter on ${driver.name}`, open);
  personalStoreContract(`postgres adapter on ${driver.name}`, open);
}
