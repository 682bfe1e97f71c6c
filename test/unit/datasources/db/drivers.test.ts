import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DbError } from '../../../../src/datasources/db/db.ts';
import { migrate } from '../../../../src/datasources/db/migrate.ts';
import { DomainError } from '../../../../src/lib/errors.ts';
import { drivers } from '../../../support/databases.ts';

for (const driver of drivers)
  describe(`database driver ${driver.name}`, () => {
    test('gives the same JavaScript values as the other, and never a rounded number', async () => {
      const db = await driver.open();
      try {
        const [row] = await db.query(
          `SELECT 9007199254740991::int8 AS big, count(*) AS count, 1.10::numeric AS exact, '{"a":[1,null]}'::jsonb AS json,
             ARRAY['x', NULL] AS texts, true AS flag, NULL AS nothing, 0.1::float8 AS float FROM (VALUES (1), (2)) t`,
        );
        assert.deepEqual(
          { ...row },
          {
            big: 9007199254740991,
            count: 2,
            exact: '1.10',
            json: { a: [1, null] },
            texts: ['x', null],
            flag: true,
            nothing: null,
            float: 0.1,
          },
        );
        await assert.rejects(db.query('SELECT 9007199254740993::int8 AS big'));
      } finally {
        await db.close();
      }
    });

    test('a transaction that fails leaves nothing, and the next one works', async () => {
      const db = await driver.open();
      try {
        await db.exec('CREATE TABLE t (n int PRIMARY KEY)');
        const failing = db.tx(async (q) => {
          await q.query('INSERT INTO t VALUES (1)');
          await q.query('INSERT INTO t VALUES (1)');
        });
        await assert.rejects(failing, (error) => error instanceof DbError && error.sqlState === '23505');
        await db.tx((q) => q.query('INSERT INTO t VALUES (2)'));
        assert.deepEqual(
          (await db.query('SELECT n FROM t')).map((row) => row['n']),
          [2],
        );
      } finally {
        await db.close();
      }
    });

    test('transactions that run at once do not see each other half done', async () => {
      const db = await driver.open();
      try {
        await db.exec('CREATE TABLE counter (n int8); INSERT INTO counter VALUES (0)');
        await Promise.all(
          Array.from({ length: 20 }, () =>
            db.tx(async (q) => {
              const [row] = await q.query<{ n: number }>('SELECT n FROM counter FOR UPDATE');
              await q.query('UPDATE counter SET n = $1', [(row?.n ?? 0) + 1]);
            }),
          ),
        );
        assert.equal((await db.query('SELECT n FROM counter'))[0]?.['n'], 20);
      } finally {
        await db.close();
      }
    });

    test('an aborted statement is answered at once with TIMEOUT, and the connection goes on', async () => {
      const db = await driver.open();
      try {
        const controller = new AbortController();
        const slow = db.query('SELECT pg_sleep(2)', [], { signal: controller.signal });
        setTimeout(() => controller.abort(), 50);
        await assert.rejects(slow, (error) => error instanceof DomainError && error.code === 'TIMEOUT');
        assert.equal((await db.query('SELECT 1 AS one'))[0]?.['one'], 1);
        if (driver.name === 'pg') {
          const active = await db.query(
            `SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active' AND datname = current_database()`,
          );
          assert.equal(active[0]?.['n'], 0, 'the server itself has stopped the statement');
        }
        await assert.rejects(db.query('SELECT 1', [], { signal: AbortSignal.abort() }), DomainError);
      } finally {
        await db.close();
      }
    });

    test('a migration runs once, and one that was changed since is refused', async () => {
      const db = await driver.open();
      try {
        const migration = { id: 'test-1', sql: 'CREATE TABLE once (n int);\nINSERT INTO once VALUES (1);' };
        await Promise.all([migrate(db, [migration]), migrate(db, [migration])]);
        await migrate(db, [migration, { id: 'test-2', sql: 'INSERT INTO once VALUES (2);' }]);
        assert.deepEqual(
          (await db.query('SELECT n FROM once ORDER BY n')).map((row) => row['n']),
          [1, 2],
        );
        await assert.rejects(migrate(db, [{ ...migration, sql: 'SELECT 1;' }]), /test-1 has changed/);
      } finally {
        await db.close();
      }
    });
  });
