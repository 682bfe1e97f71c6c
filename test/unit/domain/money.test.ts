import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { currencyOf, decimalText, isCurrency, MAX_REVENUE, microsOf } from '../../../src/domain/money.ts';

describe('money', () => {
  test('a number of units is counted to the millionth, by its decimal text', () => {
    const cases: readonly (readonly [unknown, bigint])[] = [
      [12.34, 12_340_000n],
      [0.1, 100_000n],
      [-19.99, -19_990_000n],
      [10_000_000_000, 10_000_000_000_000_000n],
      [999_999_999_999.99, 999_999_999_999_990_000n],
      [MAX_REVENUE, 1_000_000_000_000_000_000n],
      [1.000_000_5, 1_000_001n],
      [-1.000_000_5, -1_000_001n],
      [4e-7, 0n],
      [5e-7, 1n],
      [5e-324, 0n],
    ];
    for (const [revenue, micros] of cases) assert.equal(microsOf(revenue), micros, String(revenue));
  });

  test('what is no number, or too great a one, counts as nothing', () => {
    for (const revenue of [
      '12',
      null,
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1_000_000_000_000.1,
      -1e15,
      1e308,
    ])
      assert.equal(microsOf(revenue), 0n, String(revenue));
  });

  test('a decimal text names the same amount again, at any magnitude', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (micros) => {
        const text = decimalText(micros);
        assert.match(text, /^-?(?:0|[1-9]\d*)(?:\.\d{0,5}[1-9])?$/);
        const [whole = '', fraction = ''] = text.split('.');
        assert.equal(BigInt(whole + fraction.padEnd(6, '0')), micros);
      }),
    );
  });

  test('currencies are three letters, in upper case; the door knows those of ISO 4217', () => {
    assert.deepEqual(['eur', 'USD', 'euro', '', 'E R', 12].map(currencyOf), [
      'EUR',
      'USD',
      null,
      null,
      null,
      null,
    ]);
    assert.deepEqual(['EUR', 'VND', 'DEM', 'ZZZ', 'ABC'].map(isCurrency), [true, true, true, false, false]);
  });
});
