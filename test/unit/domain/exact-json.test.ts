import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKeptExactly, numberFrom, parseJson } from '../../../src/domain/exact-json.ts';
import type { Json } from '../../../src/domain/json.ts';

const MAX_SAFE = 2n ** 53n - 1n;
const isSafe = (value: bigint): boolean => value >= -MAX_SAFE && value <= MAX_SAFE;

/** Integers of every size, and those around 2^53 in particular. */
const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.bigInt({ min: 2n ** 53n - 100n, max: 2n ** 53n + 100n }),
  fc.bigInt({ min: -(2n ** 53n) - 100n, max: -(2n ** 53n) + 100n }),
);

test('an integer is a number as far as a double counts one by one, and its own digits beyond', () => {
  fc.assert(
    fc.property(integer, (value) => {
      const text = String(value);
      const expected = isSafe(value) ? Number(value) : text;
      assert.deepEqual(parseJson(`{"id":${text},"list":[ ${text}]}`), { id: expected, list: [expected] });
      assert.equal(isKeptExactly(text), isSafe(value));
      assert.equal(numberFrom(text), isSafe(value) ? Number(value) : undefined);
    }),
    { numRuns: 2_000 },
  );
});

test('any JSON that JavaScript writes is read as JavaScript reads it, whatever digits its strings hold', () => {
  const digits = fc.array(fc.constantFrom(...'0123456789.,:"\\ ')).map((characters) => characters.join(''));
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      digits,
      fc.string({ unit: 'grapheme' }),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .filter((n) => !Number.isInteger(n) || Number.isSafeInteger(n)),
      fc.constantFrom(null, true, -0, 0.1, 1e21, 5e-324),
      fc.array(tie('value')),
      fc.dictionary(fc.oneof(digits, fc.constantFrom('__proto__', 'constructor')), tie('value')),
    ),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1), (said, indent) => {
      const text = JSON.stringify(said, null, indent);
      assert.deepEqual(parseJson(text), JSON.parse(text));
    }),
    { numRuns: 2_000 },
  );
});

test('decimals keep their value or their text', () => {
  const cases: readonly (readonly [string, Json])[] = [
    ['0.1', 0.1],
    // A double is written with up to 17 digits: the nearest is what the sender had.
    ['19.989999999999998', 19.989999999999998],
    ['0.10000000000000001', 0.1],
    ['0.10000000000000000000', 0.1],
    ['0.12345678901234567891', '0.12345678901234567891'],
    ['12345678901234567.5', '12345678901234567.5'],
    ['9.007199254740993e15', '9.007199254740993e15'],
    ['9007199254740993.0', '9007199254740993.0'],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740991', 9007199254740991],
    ['-9007199254740993', '-9007199254740993'],
    ['1e21', 1e21],
    ['1e400', Number.POSITIVE_INFINITY],
    ['1e-400', 0],
    ['-0', -0],
  ];
  for (const [text, value] of cases) assert.deepEqual(parseJson(`[${text}]`), [value], text);
});

test('what is no JSON is told with its place, as JSON.parse tells it', () => {
  for (const text of ['{"a":01234567890123456789}', '[12345678901234567890', '{"a":1234567890123456.}', ''])
    assert.throws(() => parseJson(text), SyntaxError);
});

test('a text is a number only where nothing is lost by it', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['12.50', 12.5],
    ['+1', 1],
    ['.5', 0.5],
    ['1e3', 1000],
    ['0.1234567890123456789', 0.12345678901234568],
    ['9007199254740993', undefined],
    ['1e400', undefined],
    ['0x1F', undefined],
    ['$12.50', undefined],
    ['1,234.56', undefined],
    ['', undefined],
    ['Infinity', undefined],
  ];
  for (const [text, value] of cases) assert.equal(numberFrom(text), value, text);
});
