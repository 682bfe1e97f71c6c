import { plainDecimal } from './json.ts';

/**
 * Money is counted in millionths of a unit, as whole numbers without a bound (`bigint`), so that no sum rounds or
 * overflows. Every store counts an activity by the same rules: `microsOf` and `currencyOf`.
 */

/** The greatest revenue of one activity, in units, either sign. The door refuses more; a store counts more as 0. */
export const MAX_REVENUE = 1_000_000_000_000;

const DECIMALS = 6;
const MICROS_PER_UNIT = 10n ** BigInt(DECIMALS);

/** Millionths of a unit, from the number's decimal text, rounded half away from zero; 0 for no number or too great a one. */
export function microsOf(revenue: unknown): bigint {
  if (typeof revenue !== 'number' || !(Math.abs(revenue) <= MAX_REVENUE)) return 0n;
  const [whole = '0', fraction = ''] = plainDecimal(Math.abs(revenue)).split('.');
  const micros = BigInt(whole + fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0'));
  const rounded = fraction.charAt(DECIMALS) >= '5' ? micros + 1n : micros;
  return revenue < 0 ? -rounded : rounded;
}

/** An exact decimal of units from millionths: `-12.5`, without an exponent or trailing zeros. */
export function decimalText(micros: bigint): string {
  const [sign, size] = micros < 0n ? ['-', -micros] : ['', micros];
  const fraction = String(size % MICROS_PER_UNIT)
    .padStart(DECIMALS, '0')
    .replace(/0+$/, '');
  return `${sign}${size / MICROS_PER_UNIT}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The code of a currency as figures have it: three letters in upper case; null for anything else. */
export const currencyOf = (currency: unknown): string | null =>
  typeof currency === 'string' && /^[A-Za-z]{3}$/.test(currency) ? currency.toUpperCase() : null;

const NAMES = new Intl.DisplayNames('en', { type: 'currency', fallback: 'none' });

/** Whether a code (three letters in upper case) is one of ISO 4217, of today or of former days. */
export const isCurrency = (code: string): boolean => NAMES.of(code) !== undefined;
