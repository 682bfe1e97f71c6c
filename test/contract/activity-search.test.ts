import { createPostgresSearch } from '../../src/datasources/activity-search/postgres.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres.ts';
import { drivers } from '../support/databases.ts';
import { activitySearchContract, type SearchFixture } from './activity-search.ts';
import { leadSearchContract } from './lead-search.ts';

for (const driver of drivers) {
  const open = async (): Promise<SearchFixture> => {
    const db = await driver.open();
    return {
      search: createPostgresSearch(db),
      store: createPostgresStore(db, []),
      settled: () => Promise.resolve(),
      close: () => db.close(),
    };
  };
  activitySearchContract(`postgres adapter on ${driver.name}`, open);
  leadSearchContract(`postgres adapter on ${driver.name}`, open);
}
