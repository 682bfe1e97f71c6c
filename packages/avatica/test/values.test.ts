import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { engine, engineSkip } from '../../../test/support/engines.ts';
import { pythonSkip } from '../../../test/support/python.ts';
import { type AvaticaValue, openAvatica } from '../src/client.ts';
import { serverErrorOf } from '../src/protocol/errors.ts';
import { openSchema, type TestSchema } from './support.ts';
import { type PythonKind, throughPhoenixdb, toPython } from './through-phoenixdb.ts';

type Case = {
  readonly type: string;
  readonly python: PythonKind;
  readonly values: readonly AvaticaValue[];
  /** The abilities of phoenixdb 1.2.2, unless it can both read and write. */
  readonly phoenixdb?: 'reads' | 'neither';
};

const instant = (text: string): Date => new Date(text);
const long = [0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const unsignedLong = [0, 1, Number.MAX_SAFE_INTEGER, 2n ** 53n, 2n ** 63n - 1n];
const TEXTS = [
  'a',
  ' ',
  "it's",
  'ä€𝄞\u0000\uFEFFé',
  '\uFEFFfirst',
  'x'.repeat(10_000),
  '😀'.repeat(500),
  "'; DROP TABLE T --",
];
const days = ['1900-01-01', '1969-12-31', '1970-01-01', '2024-02-29', '2038-01-20', '9999-12-31'].map(
  instant,
);
const instants = [
  '1900-01-01T00:00:00.001Z',
  '1945-06-01T12:34:56.789Z',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '2011-11-13T02:30:00.000Z',
  '2024-03-10T07:30:00.123Z',
  '2038-01-19T03:14:08.001Z',
  '9999-12-31T23:59:59.999Z',
].map(instant);
const bytes = [new Uint8Array([0]), new Uint8Array([255, 0, 128, 10]), new Uint8Array(5_000).fill(7)];

const CASES: readonly Case[] = [
  {
    type: 'BIGINT',
    python: 'int',
    values: [...long, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, -(2n ** 53n) - 1n],
  },
  { type: 'INTEGER', python: 'int', values: [0, 2 ** 31 - 1, -(2 ** 31)] },
  { type: 'SMALLINT', python: 'int', values: [0, 32_767, -32_768] },
  { type: 'TINYINT', python: 'int', values: [0, 127, -128] },
  { type: 'UNSIGNED_LONG', python: 'int', values: unsignedLong },
  { type: 'UNSIGNED_INT', python: 'int', values: [0, 2 ** 31 - 1] },
  { type: 'UNSIGNED_SMALLINT', python: 'int', values: [0, 32_767] },
  { type: 'UNSIGNED_TINYINT', python: 'int', values: [0, 127] },
  {
    type: 'DECIMAL(38,10)',
    python: 'decimal',
    values: [
      '0',
      '1234567890123456789012345678.0123456789',
      '-9999999999999999999999999999.9999999999',
      '0.0000000001',
      '100',
      '-1000000',
    ],
  },
  { type: 'DECIMAL', python: 'decimal', values: [`1${'0'.repeat(37)}`, `0.${'0'.repeat(30)}12345`, '-12.5'] },
  {
    type: 'DOUBLE',
    python: 'float',
    values: [0, 0.1, -1.5, 5e-324, Number.MAX_VALUE, 1e21, 12_345_678_901_234_567],
  },
  { type: 'FLOAT', python: 'float', values: [0, 0.5, -1.25, 2 ** 100] },
  { type: 'UNSIGNED_DOUBLE', python: 'float', values: [0, 0.1, 1e300] },
  { type: 'BOOLEAN', python: 'bool', values: [true, false] },
  { type: 'VARCHAR', python: 'text', values: TEXTS },
  { type: 'CHAR(5)', python: 'text', values: ['a', 'abcde', 'a b'] },
  { type: 'VARBINARY', python: 'bytes', values: bytes },
  {
    type: 'BINARY(4)',
    python: 'bytes',
    values: [new Uint8Array([1, 2, 3, 4]), new Uint8Array([0, 0, 0, 0])],
  },
  { type: 'TIMESTAMP', python: 'ms', values: instants },
  { type: 'UNSIGNED_TIMESTAMP', python: 'ms', values: instants.filter((one) => one.getTime() >= 0) },
  { type: 'DATE', python: 'ms', values: days },
  { type: 'UNSIGNED_DATE', python: 'ms', values: days.filter((one) => one.getTime() >= 0) },
  { type: 'TIME', python: 'time', values: [0, 1, 45_296_789, 86_399_999] },
  {
    type: 'BIGINT ARRAY',
    python: 'int',
    values: [[0, 2n ** 63n - 1n, -(2n ** 63n)], [1]],
    phoenixdb: 'reads',
  },
  { type: 'INTEGER ARRAY', python: 'int', values: [[0, 2 ** 31 - 1, -(2 ** 31)]] },
  { type: 'SMALLINT ARRAY', python: 'int', values: [[32_767, -32_768, 0]] },
  { type: 'TINYINT ARRAY', python: 'int', values: [[127, -128, 0]], phoenixdb: 'reads' },
  { type: 'DOUBLE ARRAY', python: 'float', values: [[0.1, -1.5, 5e-324]] },
  { type: 'FLOAT ARRAY', python: 'float', values: [[0.5, -1.25]], phoenixdb: 'neither' },
  { type: 'BOOLEAN ARRAY', python: 'bool', values: [[true, false, true]] },
  { type: 'VARCHAR ARRAY', python: 'text', values: [['a', 'ä€𝄞', "it's"], ['x'.repeat(100)]] },
  // It takes an element that is null for an empty text.
  {
    type: 'VARCHAR ARRAY',
    python: 'text',
    values: [
      ['a', null, 'b'],
      [null, 'b'],
    ],
    phoenixdb: 'neither',
  },
  { type: 'TIMESTAMP ARRAY', python: 'ms', values: [instants] },
  // It takes the milliseconds for days.
  { type: 'DATE ARRAY', python: 'ms', values: [days], phoenixdb: 'neither' },
  { type: 'TIME ARRAY', python: 'time', values: [[0, 86_399_999]] },
];

describe('Avatica values', { skip: engineSkip('phoenix') }, () => {
  let schema: TestSchema;
  /** One column for each case: tables are dear. */
  let table: string;
  /** A table for other values; each test that uses it empties it. */
  let plain: string;
  const zone = process.env['TZ'];
  before(async () => {
    // Half an hour off, with summer time: whatever takes the local zone for UTC shows.
    process.env['TZ'] = 'America/St_Johns';
    schema = await openSchema({ url: engine('phoenix'), connections: 2 });
    const columns = CASES.map(({ type }, index) => `C${index} ${type}`);
    table = await schema.table(`K BIGINT NOT NULL PRIMARY KEY, ${columns.join(', ')}`);
    plain = await schema.table('K BIGINT NOT NULL PRIMARY KEY, V VARCHAR, B VARBINARY, D DATE');
  });
  after(async () => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    await schema?.drop();
  });

  /** Rows of a case begin here; those of another writer 100 later. */
  const firstKey = (index: number): number => index * 1_000;
  const upsert = (index: number): string => `UPSERT INTO ${table} (K, C${index}) VALUES (?, ?)`;
  const read = async (index: number, from = 0): Promise<(AvaticaValue | undefined)[]> => {
    const start = firstKey(index) + from;
    const { rows } = await schema.client.query<Record<string, AvaticaValue>>(
      `SELECT C${index} FROM ${table} WHERE K >= ? AND K < ? ORDER BY K`,
      [start, start + 100],
    );
    return rows.map((row) => row[`C${index}`]);
  };

  const empty = () => schema.client.query(`DELETE FROM ${plain}`);
  const plainValues = async (): Promise<AvaticaValue[]> => {
    const { rows } = await schema.client.query<{ V: AvaticaValue }>(`SELECT V FROM ${plain} ORDER BY K`);
    return rows.map(({ V }) => V);
  };

  for (const [index, { type, values }] of CASES.entries())
    test(`${type} (${index}): what is written comes back exactly, alone and in a batch, and NULL as null`, async () => {
      assert.equal(new Date(0).getTimezoneOffset() % 60, 30, 'the zone is odd');
      const all = [...values, null];
      const key = firstKey(index);
      await schema.client.batch(
        upsert(index),
        all.map((value, row) => [key + row, value]),
      );
      assert.deepEqual(await read(index), all);
      for (const [row, value] of all.entries())
        await schema.client.query(upsert(index), [key + 100 + row, value]);
      assert.deepEqual(await read(index, 100), all);
    });

  test('values are found by what they are', async () => {
    for (const [index, { type, values }] of CASES.entries()) {
      if (type.includes('ARRAY')) continue;
      const start = firstKey(index);
      for (const [row, value] of values.entries()) {
        const { rows } = await schema.client.query(
          `SELECT K FROM ${table} WHERE K >= ? AND K < ? AND C${index} = ?`,
          [start, start + 100, value],
        );
        assert.deepEqual(rows, [{ K: start + row }], `${type} ${String(value)}`);
      }
    }
  });

  test('an empty text and empty bytes are NULL to Phoenix; a DATE keeps its time of day, but does not show it', async () => {
    await empty();
    const noon = instant('2024-02-29T12:34:56.789Z');
    await schema.client.query(`UPSERT INTO ${plain} VALUES (1, ?, ?, ?)`, ['', new Uint8Array(0), noon]);
    const { rows } = await schema.client.query(`SELECT V, B, D, TO_NUMBER(D) AS MS FROM ${plain}`);
    assert.deepEqual(rows, [{ V: null, B: null, D: instant('2024-02-29'), MS: String(noon.getTime()) }]);
    const found = await schema.client.query(`SELECT K FROM ${plain} WHERE V IS NULL AND D > ?`, [
      instant('2024-02-29'),
    ]);
    assert.deepEqual(found.rows, [{ K: 1 }]);
  });

  test('a server that is not told what a value is takes it by its JavaScript type', async () => {
    const { rows } = await schema.client.query(
      "SELECT 1 AS I, 2.50 AS D, 'x' AS S, NULL AS N, 9007199254740993 AS B",
    );
    assert.deepEqual(rows, [{ I: 1, D: '2.5', S: 'x', N: null, B: 9007199254740993n }]);
  });

  test('a wrong number of values is refused here: the server would take those of the run before', async () => {
    await empty();
    const text = `UPSERT INTO ${plain} (K, V) VALUES (?, ?)`;
    await schema.client.query(text, [1, 'secret of the first']);
    await assert.rejects(schema.client.query(text, [2]), { code: 'VALUE_COUNT' });
    await assert.rejects(schema.client.batch(text, [[2, 'x'], [3]]), { code: 'VALUE_COUNT' });
    assert.deepEqual(await plainValues(), ['secret of the first']);
  });

  test("an error has no statement, value or host in its message; the server's code is for those who ask", async () => {
    const error: unknown = await schema.client
      .query('SELECT SECRET FROM NOWHERE.NOTHING')
      .catch((e: unknown) => e);
    assert.ok(error instanceof Error);
    assert.equal(error.message, 'The query server refused a statement.');
    const { errorCode, sqlState } = serverErrorOf(error) ?? {};
    assert.deepEqual({ errorCode, sqlState }, { errorCode: 1012, sqlState: '42M03' });
    assert.equal(serverErrorOf(new Error('another')), undefined);
  });

  test('a table that changes under a prepared statement shows its new columns', async () => {
    const changing = await schema.table('K BIGINT NOT NULL PRIMARY KEY');
    await schema.client.query(`UPSERT INTO ${changing} (K) VALUES (1)`);
    const select = () => schema.client.query(`SELECT * FROM ${changing}`).then(({ rows }) => rows);
    assert.deepEqual(await select(), [{ K: 1 }]);
    await schema.client.query(`ALTER TABLE ${changing} ADD V VARCHAR`);
    assert.deepEqual(await select(), [{ K: 1, V: null }]);
  });

  test('update counts say what was changed, in the order of a batch of any size', async () => {
    await empty();
    const rows = Array.from({ length: 4_321 }, (_, index) => [index, `value ${index}`]);
    const counts = await schema.client.batch(`UPSERT INTO ${plain} (K, V) VALUES (?, ?)`, rows);
    assert.deepEqual(
      counts,
      rows.map(() => 1),
    );
    assert.equal((await schema.client.query(`DELETE FROM ${plain} WHERE K >= ?`, [4_000])).updateCount, 321);
    assert.deepEqual(await schema.client.batch(`DELETE FROM ${plain} WHERE K = ?`, []), []);
    assert.equal((await plainValues()).length, 4_000);
    let streamed = 0;
    for await (const frame of schema.client.stream(`SELECT * FROM ${plain}`, [], { fetchSize: 1_000 })) {
      assert.ok(frame.length > 0 && frame.length <= 1_000);
      streamed += frame.length;
    }
    assert.equal(streamed, 4_000);
  });

  test('large rows go in parts and come back whole', async () => {
    await empty();
    const rows = Array.from({ length: 20 }, (_, index) => [index, String(index).repeat(500_000)]);
    await schema.client.batch(`UPSERT INTO ${plain} (K, V) VALUES (?, ?)`, rows);
    assert.deepEqual(
      await plainValues(),
      rows.map(([, value]) => value),
    );
  });

  test('many calls at once on few connections each get their own answer', async () => {
    const client = openAvatica({ url: engine('phoenix'), connections: 3, timeoutMs: 60_000 });
    try {
      const keys = Array.from({ length: 300 }, (_, index) => index);
      await Promise.all(
        keys.map((key) => client.query(`UPSERT INTO ${plain} (K, V) VALUES (?, ?)`, [key, `v${key}`])),
      );
      const answers = await Promise.all(
        keys.map((key) => client.query(`SELECT V, ${key % 150} AS N FROM ${plain} WHERE K = ?`, [key])),
      );
      // 150 texts on 3 connections of 100 statements: some are evicted and prepared again.
      assert.deepEqual(
        answers.map(({ rows }) => rows),
        keys.map((key) => [{ V: `v${key}`, N: key % 150 }]),
      );
    } finally {
      await client.close();
    }
    await assert.rejects(client.query('SELECT 1'), { code: 'UNAVAILABLE' });
  });

  describe('against phoenixdb', { skip: pythonSkip() }, () => {
    test('phoenixdb reads what this client wrote, and this client what phoenixdb wrote, to the last digit', async () => {
      const compared = [...CASES.entries()].filter(([, one]) => one.phoenixdb !== 'neither');
      for (const [index, { values }] of compared)
        await schema.client.batch(
          upsert(index),
          values.map((value, row) => [firstKey(index) + 200 + row, value]),
        );
      const answers = await throughPhoenixdb({
        url: engine('phoenix'),
        write: compared
          .filter(([, one]) => one.phoenixdb !== 'reads')
          .map(([index, { values, python }]) => [
            upsert(index),
            values.map((value, row) => [
              toPython(firstKey(index) + 300 + row, 'int'),
              toPython(value, python),
            ]),
          ]),
        read: compared.map(([index]) => {
          const start = firstKey(index) + 200;
          return `SELECT C${index} FROM ${table} WHERE K >= ${start} AND K < ${start + 100} ORDER BY K`;
        }),
      });
      for (const [at, [index, { type, values, python, phoenixdb }]] of compared.entries()) {
        const theirs = (answers[at] ?? []).map(([value]) => value);
        const ours = values.map((value) => toPython(value, python));
        assert.deepEqual(theirs, ours, `${type}: written here, read by phoenixdb`);
        if (phoenixdb !== 'reads')
          assert.deepEqual(await read(index, 300), values, `${type}: written by phoenixdb, read here`);
      }
    });
  });
});
