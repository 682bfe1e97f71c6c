import { createPostgresLists } from '../../src/datasources/lists/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { leadListsContract } from './lead-lists.ts';

for (const driver of drivers)
  leadListsContract(`postgres adapter on ${driver.name}`, async () => {
    const db = await driver.open();
    return { lists: createPostgresLists(db), close: () => db.close() };
  });
