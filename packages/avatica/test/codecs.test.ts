import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { decodeValue } from '../src/protocol/decode.ts';
import { encodeValue } from '../src/protocol/encode.ts';
import * as requests from '../src/protocol/requests.ts';
import {
  decodeError,
  decodeExecute,
  decodeExecuteBatch,
  decodeFetch,
  decodeFrame,
  decodePrepare,
} from '../src/protocol/responses.ts';
import { Rep, type SqlType, sqlTypeOf } from '../src/protocol/types.ts';
import type { AvaticaValue } from '../src/protocol/values.ts';
import { decodeEnvelope } from '../src/protocol/wire.ts';
import { decode, decodeRequest, encode, encodeAnswer, type Message } from './proto.ts';

const text = fc.string({ unit: 'binary', maxLength: 300 }).filter((value) => value.isWellFormed());
const id = fc.nat({ max: 2 ** 31 - 1 });
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const bytes = fc.uint8Array({ maxLength: 200 });
/** Whole milliseconds that a Date holds. */
const epochMs = fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 });

/** Numbers of `java.sql.Types`. */
const TYPE = {
  bigint: -5,
  decimal: 3,
  double: 8,
  boolean: 16,
  varchar: 12,
  varbinary: -3,
  timestamp: 93,
  date: 91,
  time: 92,
};
const ARRAY_OF = 3000;

const encoded = (value: AvaticaValue, type?: SqlType): Message => {
  const writer = new BinaryWriter();
  encodeValue(writer, value, type);
  const all = writer.finish();
  const reader = new BinaryReader(all);
  const message = reader.bytes();
  assert.equal(reader.pos, all.length, 'a value is written with exactly its length');
  return decode('TypedValue', message);
};

/** As the server would send a value of this representation back. */
const decoded = (message: Message, type: SqlType): AvaticaValue => {
  const body = encode('TypedValue', message);
  const writer = new BinaryWriter();
  writer.bytes(body);
  return decodeValue(new BinaryReader(writer.finish()), type.kind);
};

test('whole numbers go and come exactly, as number when safe and else as bigint', () => {
  fc.assert(
    fc.property(long, (value) => {
      const type = sqlTypeOf(TYPE.bigint);
      const safe = Number.isSafeInteger(Number(value));
      for (const form of safe ? [value, String(value), Number(value)] : [value, String(value)])
        assert.deepEqual(encoded(form, type), { type: Rep.LONG, number_value: value });
      const back = decoded({ type: Rep.LONG, number_value: value }, type);
      assert.equal(typeof back, safe ? 'number' : 'bigint');
      assert.equal(BigInt(back as bigint), value);
    }),
  );
  assert.throws(() => encoded(2n ** 63n), { code: 'INVALID_VALUE' });
  assert.throws(() => encoded(1.5, sqlTypeOf(TYPE.bigint)), { code: 'INVALID_VALUE' });
  assert.throws(() => encoded('1.5', sqlTypeOf(TYPE.bigint)), { code: 'INVALID_VALUE' });
  assert.throws(() => encoded('9223372036854775808', sqlTypeOf(TYPE.bigint)), { code: 'INVALID_VALUE' });
});

test('decimals keep every digit, whatever exponent Java writes them with', () => {
  const type = sqlTypeOf(TYPE.decimal);
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
      fc.integer({ min: -40, max: 40 }),
      (unscaled, exponent) => {
        const scientific = `${unscaled}E${exponent}`;
        const message = encoded(scientific, type);
        assert.deepEqual(message, { type: Rep.BIG_DECIMAL, string_value: scientific });
        const back = String(decoded(message, type));
        assert.match(back, /^-?\d+(?:\.\d+)?$/);
        // The same number: both as whole multiples of 10^-40.
        const [whole = '', fraction = ''] = back.split('.');
        assert.equal(BigInt(whole + fraction.padEnd(40, '0')), unscaled * 10n ** BigInt(40 + exponent));
      },
    ),
  );
  assert.deepEqual(encoded(12.5, type), { type: Rep.BIG_DECIMAL, string_value: '12.5' });
  assert.deepEqual(encoded(10n ** 30n, type), { type: Rep.BIG_DECIMAL, string_value: `1${'0'.repeat(30)}` });
  for (const wrong of ['', 'x', '1,5', '1e', '--1', Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => encoded(wrong, type), { code: 'INVALID_VALUE' });
});

test('texts, bytes, booleans, doubles and null come back as they went', () => {
  const same = (value: AvaticaValue, typeId: number) => {
    const type = sqlTypeOf(typeId);
    assert.deepEqual(decoded(encoded(value, type), type), value);
  };
  fc.assert(fc.property(text, (value) => same(value, TYPE.varchar)));
  fc.assert(fc.property(bytes, (value) => same(value, TYPE.varbinary)));
  fc.assert(fc.property(fc.boolean(), (value) => same(value, TYPE.boolean)));
  fc.assert(fc.property(fc.double(), (value) => same(value, TYPE.double)));
  for (const typeId of Object.values(TYPE)) same(null, typeId);
});

test('times are instants: a timestamp to the millisecond, a day, a time of day', () => {
  fc.assert(
    fc.property(epochMs, (ms) => {
      const instant = new Date(ms);
      const timestamp = sqlTypeOf(TYPE.timestamp);
      assert.deepEqual(encoded(instant, timestamp), {
        type: Rep.JAVA_SQL_TIMESTAMP,
        number_value: BigInt(ms),
      });
      assert.deepEqual(encoded(ms, timestamp), encoded(instant, timestamp));
      assert.deepEqual(decoded({ type: Rep.LONG, number_value: BigInt(ms) }, timestamp), instant);

      const day = Math.floor(ms / 86_400_000);
      const midnight = new Date(day * 86_400_000);
      if (!Number.isNaN(midnight.getTime())) {
        const date = sqlTypeOf(TYPE.date);
        assert.deepEqual(encoded(midnight, date), { type: Rep.JAVA_SQL_DATE, number_value: BigInt(day) });
        assert.deepEqual(decoded({ type: Rep.INTEGER, number_value: BigInt(day) }, date), midnight);
      }

      const time = sqlTypeOf(TYPE.time);
      const ofDay = ms - day * 86_400_000;
      assert.deepEqual(encoded(instant, time), { type: Rep.JAVA_SQL_TIME, number_value: BigInt(ofDay) });
      assert.equal(decoded({ type: Rep.INTEGER, number_value: BigInt(ms % 86_400_000) }, time), ofDay);
    }),
  );
  assert.throws(() => encoded(new Date(Number.NaN), sqlTypeOf(TYPE.timestamp)), { code: 'INVALID_VALUE' });
});

test('arrays are sent with the one representation that the server stores rightly', () => {
  const cases: readonly [number, fc.Arbitrary<AvaticaValue>, Rep, string][] = [
    [TYPE.bigint, long, Rep.LONG, 'number_value'],
    [4, fc.integer(), Rep.INTEGER, 'number_value'],
    [5, fc.integer({ min: -32_768, max: 32_767 }), Rep.SHORT, 'number_value'],
    [-6, fc.integer({ min: -128, max: 127 }), Rep.BYTE, 'number_value'],
    [TYPE.double, fc.double({ noNaN: true }), Rep.DOUBLE, 'double_value'],
    [6, fc.float({ noNaN: true }), Rep.FLOAT, 'number_value'],
    [TYPE.varchar, fc.option(text), Rep.STRING, 'string_value'],
    [TYPE.boolean, fc.boolean(), Rep.BOOLEAN, 'bool_value'],
    [TYPE.timestamp, epochMs.map((ms) => new Date(ms)), Rep.JAVA_SQL_TIMESTAMP, 'number_value'],
    [TYPE.time, fc.integer({ min: 0, max: 86_399_999 }), Rep.JAVA_SQL_TIME, 'number_value'],
  ];
  for (const [base, element, rep, field] of cases)
    fc.assert(
      fc.property(fc.array(element, { maxLength: 20 }), (values) => {
        const type = sqlTypeOf(ARRAY_OF + base);
        const message = encoded(values, type);
        assert.equal(message['type'], Rep.ARRAY);
        assert.equal(message['component_type'], rep);
        const elements = (message['array_value'] ?? []) as Message[];
        for (const [index, part] of elements.entries()) {
          assert.equal(part['type'], rep);
          assert.notEqual(part[field], undefined, `element ${index}`);
        }
        // An element that is NULL goes as '', which is NULL to Phoenix: of a NULL it can't tell the type.
        const normal = values.map((v) =>
          typeof v === 'bigint' && Number.isSafeInteger(Number(v)) ? Number(v) : (v ?? ''),
        );
        assert.deepEqual(decoded(message, { ...type, kind: 'unknown' }), normal);
      }),
    );
});

test('an array that the server would store wrongly or not at all is refused', () => {
  const refused = (value: AvaticaValue, base: number) =>
    assert.throws(() => encoded(value, sqlTypeOf(ARRAY_OF + base)), { code: 'INVALID_VALUE' });
  for (const unsigned of [9, 10, 11, 13, 14, 15, 18, 19, 20]) refused([1], unsigned);
  for (const other of [TYPE.decimal, 1, -2]) refused(['1'], other);
  refused([2 ** 31], 4);
  refused([40_000], 5);
  refused([200], -6);
  refused([[1]], TYPE.bigint);
  refused(['a', 1], TYPE.varchar);
  refused([new Date(1)], TYPE.date);
});

test('requests are what the .proto files say', () => {
  fc.assert(
    fc.property(
      text,
      text,
      fc.dictionary(text, text, { maxKeys: 5 }),
      id,
      id,
      (connection, sql, info, statement, size) => {
        const entries = Object.entries(info).map(([key, value]) => ({ key, value }));
        assert.deepEqual(decodeRequest(requests.openConnection(connection, info)), {
          name: 'OpenConnectionRequest',
          message: { connection_id: connection, ...(entries.length > 0 ? { info: entries } : {}) },
        });
        assert.deepEqual(decodeRequest(requests.closeConnection(connection)), {
          name: 'CloseConnectionRequest',
          message: { connection_id: connection },
        });
        assert.deepEqual(decodeRequest(requests.connectionSync(connection)), {
          name: 'ConnectionSyncRequest',
          message: {
            connection_id: connection,
            conn_props: { is_dirty: true, auto_commit: true, has_auto_commit: true },
          },
        });
        assert.deepEqual(decodeRequest(requests.prepare(connection, sql)), {
          name: 'PrepareRequest',
          message: { connection_id: connection, sql, max_rows_total: -1n },
        });
        assert.deepEqual(decodeRequest(requests.closeStatement(connection, statement)), {
          name: 'CloseStatementRequest',
          message: { connection_id: connection, statement_id: statement },
        });
        assert.deepEqual(decodeRequest(requests.fetch(connection, statement, size, 5_000)), {
          name: 'FetchRequest',
          message: {
            connection_id: connection,
            statement_id: statement,
            offset: BigInt(size),
            frame_max_size: 5_000,
          },
        });
      },
    ),
  );
});

test('executes and batches carry every value in its place', () => {
  const value = fc.oneof(
    text,
    long,
    fc.boolean(),
    fc.constant(null),
    bytes,
    epochMs.map((ms) => new Date(ms)),
  );
  fc.assert(
    fc.property(
      text,
      id,
      fc.array(fc.array(value, { maxLength: 10 }), { maxLength: 10 }),
      (connection, statement, rows) => {
        const batch = decodeRequest(requests.executeBatch(connection, statement, rows, []));
        assert.deepEqual(batch, {
          name: 'ExecuteBatchRequest',
          message: {
            connection_id: connection,
            statement_id: statement,
            ...(rows.length > 0
              ? {
                  updates: rows.map((row) =>
                    row.length > 0 ? { parameter_values: row.map((one) => encoded(one)) } : {},
                  ),
                }
              : {}),
          },
        });
        for (const row of rows)
          assert.deepEqual(decodeRequest(requests.execute(connection, statement, row, [], -2)), {
            name: 'ExecuteRequest',
            message: {
              statementHandle: { connection_id: connection, id: statement, signature: {} },
              ...(row.length > 0 ? { parameter_values: row.map((one) => encoded(one)) } : {}),
              has_parameter_values: true,
              first_frame_max_size: -2,
            },
          });
      },
    ),
  );
});

const columnsOf = (...types: readonly number[]): Message[] =>
  types.map((typeId, index) => ({
    ordinal: index,
    label: `C${index}`,
    type: { id: BigInt.asUintN(32, BigInt(typeId)), name: 'T', rep: 0 },
  }));
const signatureOf = (...types: readonly number[]): Message => ({
  columns: columnsOf(...types),
  sql: 'SELECT',
});

test('answers are read as the .proto files say', () => {
  fc.assert(
    fc.property(
      id,
      text,
      fc.boolean(),
      fc.array(fc.integer({ min: -2, max: 9 }), { maxLength: 9 }),
      (number, message, flag, counts) => {
        const prepared = encode('PrepareResponse', {
          statement: {
            connection_id: message,
            id: number,
            signature: {
              ...signatureOf(TYPE.bigint, TYPE.varchar),
              parameters: [{ parameter_type: BigInt.asUintN(32, -5n), type_name: 'BIGINT', name: '?1' }],
            },
          },
        });
        assert.deepEqual(decodePrepare(prepared), {
          statementId: number,
          signature: {
            columns: [
              { label: 'C0', type: sqlTypeOf(TYPE.bigint) },
              { label: 'C1', type: sqlTypeOf(TYPE.varchar) },
            ],
            parameters: [sqlTypeOf(TYPE.bigint)],
          },
        });
        assert.deepEqual(
          decodeError(
            encode('ErrorResponse', {
              error_message: message,
              error_code: number,
              sql_state: '42P01',
              exceptions: ['a'],
            }),
          ),
          { errorCode: number, message, sqlState: '42P01' },
        );
        assert.deepEqual(
          decodeExecuteBatch(
            encode('ExecuteBatchResponse', { update_counts: counts, missing_statement: flag, metadata: {} }),
          ),
          { updateCounts: counts, missingStatement: flag },
        );
        const executed = decodeExecute(
          encode('ExecuteResponse', {
            results: [{ connection_id: message, update_count: number }],
            missing_statement: flag,
          }),
        );
        assert.equal(executed.updateCount, number);
        assert.equal(executed.missingStatement, flag);
        const fetched = decodeFetch(
          encode('FetchResponse', { missing_results: flag, missing_statement: !flag }),
        );
        assert.deepEqual(fetched, { frame: undefined, missingResults: flag, missingStatement: !flag });
      },
    ),
  );
});

test('frames give rows by label, in order, with nulls and arrays in their places', () => {
  const columns = decodePrepare(
    encode('PrepareResponse', {
      statement: { id: 1, signature: signatureOf(TYPE.bigint, TYPE.varchar, 2003) },
    }),
  ).signature.columns;
  const row = fc.record(
    {
      C0: fc.option(fc.integer()),
      C1: fc.option(text),
      C2: fc.option(fc.array(text, { maxLength: 5 })),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.boolean(), (rows, done) => {
      const scalar = (rep: Rep, field: string, value: unknown): Message => {
        const typed = value === null ? { type: Rep.NULL, null: true } : { type: rep, [field]: value };
        return { value: [typed], has_array_value: false, scalar_value: typed };
      };
      const message = encode('Frame', {
        offset: 0,
        done,
        rows: rows.map(({ C0, C1, C2 }) => ({
          value: [
            scalar(Rep.LONG, 'number_value', C0),
            scalar(Rep.STRING, 'string_value', C1),
            C2 === null
              ? scalar(Rep.ARRAY, '', null)
              : {
                  has_array_value: true,
                  array_value: C2.map((one) => ({ type: Rep.STRING, string_value: one })),
                },
          ],
        })),
      });
      assert.deepEqual(decodeFrame(message, columns), { done, rows });
    }),
  );
});

test('a row that does not fit its columns is an error, not a shifted row', () => {
  const columns = decodePrepare(
    encode('PrepareResponse', { statement: { id: 1, signature: signatureOf(TYPE.bigint, TYPE.bigint) } }),
  ).signature.columns;
  for (const count of [1, 3]) {
    const value = Array.from({ length: count }, () => ({
      scalar_value: { type: Rep.LONG, number_value: 1 },
    }));
    assert.throws(() => decodeFrame(encode('Frame', { rows: [{ value }] }), columns), RangeError);
  }
});

test('bytes that are cut off or made up are an error, never half an answer', () => {
  const columns = columnsOf(TYPE.bigint, TYPE.varchar);
  const frame = {
    done: true,
    rows: [
      {
        value: [
          { scalar_value: { type: Rep.LONG, number_value: 5 } },
          { scalar_value: { type: Rep.STRING, string_value: 'text' } },
        ],
      },
    ],
  };
  const answer = encodeAnswer('ExecuteResponse', {
    results: [{ signature: { columns }, first_frame: frame }],
  });
  assert.equal(decodeEnvelope(answer).name, 'ExecuteResponse');
  for (let length = 0; length < answer.length; length++)
    assert.throws(
      () => decodeExecute(decodeEnvelope(answer.subarray(0, length)).message),
      Error,
      `${length} bytes`,
    );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
      assert.throws(() => decodeEnvelope(noise));
    }),
  );
  // Cut inside a frame whose envelope is whole.
  const { columns: known } = decodePrepare(
    encode('PrepareResponse', { statement: { id: 1, signature: { columns } } }),
  ).signature;
  const body = encode('Frame', frame);
  for (let length = 1; length < body.length; length++) {
    let rows: unknown;
    try {
      rows = decodeFrame(body.subarray(0, length), known).rows;
    } catch {
      continue;
    }
    assert.deepEqual(rows, [], `${length} bytes give no row`);
  }
});
