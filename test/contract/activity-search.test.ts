import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPostgresSearch } from '../../src/datasources/activity-search/postgres/adapter.ts';
import { lengthNormSql } from '../../src/datasources/activity-search/postgres/tsquery.ts';
import { lengthNorm } from '../../src/datasources/activity-search/ranking.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { activitySearchContract } from './activity-search.ts';
import { leadSearchContract } from './lead-search.ts';
import { type PersonalSearchFixture, personalSearchContract } from './personal-search.ts';

for (const driver of drivers) {
  const open = async (): Promise<PersonalSearchFixture> => {
    const db = await driver.open();
    const store = createPostgresStore(db, []);
    return {
      search: createPostgresSearch(db),
      store,
      erase: store.erase,
      settled: () => Promise.resolve(),
      close: () => db.close(),
    };
  };
  activitySearchContract(`postgres adapter on ${driver.name}`, open);
  leadSearchContract(`postgres adapter on ${driver.name}`, open);
  personalSearchContract(`postgres adapter on ${driver.name}`, open);
}

for (const driver of drivers)
  test(`on ${driver.name} the length of an activity counts as it does everywhere, to the last bit`, async () => {
    const db = await driver.open();
    const rows = await db.query<{ n: number; norm: number }>(
      `SELECT n, ${lengthNormSql('n')} AS norm FROM generate_series(0, 2000) AS n ORDER BY n`,
      [],
    );
    await db.close();
    assert.deepEqual(
      rows.map(({ norm }) => norm),
      rows.map(({ n }) => lengthNorm(n)),
    );
  });
