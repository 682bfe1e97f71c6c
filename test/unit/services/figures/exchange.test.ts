import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readExchange } from '../../../../src/services/figures/exchange.ts';
import { temporaryDirectory } from '../../../support/temp.ts';

const dayOf = (date: string): number => Date.parse(date) / 86_400_000;
const read = async (content: unknown) => {
  const directory = await temporaryDirectory();
  try {
    const path = join(directory.path, 'rates.json');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return await readExchange(path);
  } finally {
    await directory.remove();
  }
};
const RATES = {
  reporting: { acme: 'EUR', globex: 'USD' },
  base: 'EUR',
  rates: { '2026-01-01': { USD: '1.25', JPY: 160 }, '2026-02-01': { USD: '1.2' } },
};

describe('exchange rates', () => {
  test('each tenant has the reporting currency that the file names', async () => {
    const exchange = await read(RATES);
    assert.deepEqual(['acme', 'globex', 'initech'].map(exchange.reportingCurrency), ['EUR', 'USD', null]);
  });

  test('an amount is converted by the last rate up to its day, across the base, and rounded once', async () => {
    const { convert } = await read(RATES);
    assert.equal(convert(100_000_000n, 'USD', 'EUR', dayOf('2026-01-31')), 80_000_000n);
    assert.equal(convert(100_000_000n, 'USD', 'EUR', dayOf('2026-02-01')), 83_333_333n);
    assert.equal(convert(-100_000_000n, 'USD', 'EUR', dayOf('2026-02-28')), -83_333_333n);
    assert.equal(convert(160_000_000n, 'JPY', 'USD', dayOf('2026-01-15')), 1_250_000n);
    assert.equal(convert(7n, 'USD', 'USD', dayOf('1999-01-01')), 7n);
    const great = 10n ** 27n;
    assert.equal(convert(great, 'JPY', 'EUR', dayOf('2026-01-15')), great / 160n);
  });

  test('without a rate for the day there is no amount', async () => {
    const { convert } = await read(RATES);
    assert.equal(convert(1n, 'USD', 'EUR', dayOf('2025-12-31')), null);
    assert.equal(convert(1n, 'SEK', 'EUR', dayOf('2026-01-31')), null);
  });

  test('a wrong file is refused, and said where', async () => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      ['{', /is no JSON/],
      [{ ...RATES, base: 'euro' }, /at base: must be a code of ISO 4217/],
      [{ ...RATES, reporting: { acme: 'EURO' } }, /at reporting\.acme: must be a code/],
      [{ ...RATES, rates: { '2026-02-30': { USD: 1 } } }, /at rates\.2026-02-30: must be a date/],
      [{ ...RATES, rates: { '2026-02-01': { USD: 0 } } }, /USD: must be a decimal above 0/],
      [{ ...RATES, rates: { '2026-02-01': { USD: '1e3' } } }, /USD: must be a decimal above 0/],
      [{ ...RATES, rates: { '2026-02-01': { EUR: 1 } } }, /EUR: is the base/],
      [{ ...RATES, more: 1 }, /Unrecognized key/],
    ];
    for (const [content, message] of wrong) await assert.rejects(read(content), message);
    await assert.rejects(readExchange('/nowhere/rates.json'), /CURRENCY_RATES: .* can't be read/);
  });
});
