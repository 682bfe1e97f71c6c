import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import {
  createPostgresErasures,
  erasuresProjection,
} from '../../src/datasources/erasures/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { erasuresContract } from './erasures.ts';

for (const driver of drivers)
  erasuresContract(driver.name, async () => {
    const db = await driver.open();
    const store = createPostgresStore(db, [erasuresProjection]);
    return {
      erasures: [createPostgresErasures(db), createPostgresErasures(db)],
      begin: (tenant, erasure) => store.erase(tenant, erasure, new AbortController().signal),
      close: () => db.close(),
    };
  });
