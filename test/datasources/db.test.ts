import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Db } from '../../src/datasources/db/db.ts';
import { updateStatistics } from '../../src/datasources/db/statistics.ts';
import { drivers } from '../support/databases.ts';

for (const { name, open } of drivers) {
  describe(`database: ${name}`, () => {
    let db: Db;
    before(async () => {
      db = await open();
      await db.exec('CREATE TABLE notes (n int8 PRIMARY KEY, note text)');
    });
    after(() => db.close());
    const notes = async () =>
      (await db.query<{ n: number }>('SELECT n FROM notes ORDER BY n')).map(({ n }) => n);

    test('arrays arrive as they were sent, whatever is in them', async () => {
      // PostgreSQL has no text with NUL; a lone surrogate is no text.
      const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => !value.includes('\0'));
      const special = fc.constantFrom('', 'null', 'NULL', '"', '\\', '\\"', '{', '}', ',', ' ', '\n', "'");
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(text, special, fc.constant(null))),
          fc.array(fc.option(fc.maxSafeInteger())),
          fc.array(fc.option(fc.boolean())),
          async (texts, numbers, flags) => {
            const [row] = await db.query('SELECT $1::text[] AS t, $2::int8[]::text[] AS n, $3::bool[] AS f', [
              texts,
              numbers,
              flags,
            ]);
            const said = numbers.map((number) => (number === null ? null : String(number)));
            assert.deepEqual(row, { t: texts, n: said, f: flags });
          },
        ),
        { numRuns: 200 },
      );
    });

    test('statements of a transaction that are asked for at once run in that order, and all of them or none', async () => {
      const counts = await db.tx((q) =>
        Promise.all([
          q.query(`INSERT INTO notes VALUES (1, 'a')`),
          q.query(`UPDATE notes SET note = 'b' WHERE n = 1`),
          q.query('SELECT note FROM notes WHERE n = 1'),
        ]),
      );
      assert.deepEqual(counts[2], [{ note: 'b' }]);
      const failing = db.tx((q) =>
        Promise.all([q.query(`INSERT INTO notes VALUES (2, 'a')`), q.query('INSERT INTO notes VALUES (1)')]),
      );
      await assert.rejects(failing, { sqlState: '23505' });
      assert.deepEqual(await notes(), [1]);
    });

    test('what the work of a failed transaction asks for later is refused, and never runs in another', async () => {
      let later: Promise<unknown> = Promise.resolve();
      const failing = db.tx(async (q) => {
        later = sleep(50).then(() => q.query(`INSERT INTO notes VALUES (3, 'late')`));
        later.catch(() => {});
        await q.query('SELECT 1 / 0');
      });
      await assert.rejects(failing, { sqlState: '22012' });
      await db.tx(async (q) => {
        await q.query(`INSERT INTO notes VALUES (4, 'of another')`);
        await assert.rejects(later, /the transaction has ended/);
      });
      assert.deepEqual(await notes(), [1, 4]);
    });

    test('transactions that are asked for together are kept apart', async () => {
      await db.query('DELETE FROM notes');
      await db.query(`INSERT INTO notes VALUES (1, '0')`);
      const increment = () =>
        db.tx(async (q) => {
          const [row] = await q.query<{ note: string }>('SELECT note FROM notes WHERE n = 1 FOR UPDATE');
          await q.query('UPDATE notes SET note = $1 WHERE n = 1', [String(Number(row?.note) + 1)]);
        });
      await Promise.all(Array.from({ length: 20 }, increment));
      assert.deepEqual(await db.query('SELECT note FROM notes'), [{ note: '20' }]);
    });

    test('a table that has grown is looked at, and a few rows of a large tenant are found without the others', async () => {
      await db.exec(
        'CREATE TABLE members (tenant_id text, member text, leader text, PRIMARY KEY (tenant_id, member))',
      );
      await db.exec('CREATE INDEX members_by_leader ON members (tenant_id, leader)');
      await db.exec(`INSERT INTO members SELECT 'big', 'm' || n, 'o' || n FROM generate_series(1, 20000) n`);
      const some = Array.from({ length: 100 }, (_, n) => `m${n * 150 + 1}`);
      const read = async (): Promise<number> => {
        const [row] = await db.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
          'EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM members WHERE tenant_id = $1 AND member = ANY($2)',
          ['big', some],
        );
        return rowsRead(row?.['QUERY PLAN'][0]?.Plan);
      };
      await updateStatistics(db);
      assert.equal(await read(), some.length);
    });
  });
}

type Plan = {
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
};
/** How many rows the widest node of a plan looked at. */
const rowsRead = (plan: Plan | undefined): number =>
  plan
    ? Math.max(
        plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0),
        ...(plan.Plans ?? []).map((part) => rowsRead(part)),
      )
    : 0;
