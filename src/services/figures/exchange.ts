import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { currencyOf, isCurrency } from '../../domain/money.ts';

/** Reporting currencies of tenants, and the rates by which their revenue is converted. */
export type Exchange = {
  /** The currency of a tenant's figures; null keeps the currency of each conversion. */
  reportingCurrency(tenantId: string): string | null;
  /**
   * An amount in another currency, rounded half away from zero; null without a rate for that day or an earlier day.
   * @param micros millionths of a unit
   * @param day days since 1970, UTC
   */
  convert(micros: bigint, from: string, to: string, day: number): bigint | null;
};

/** Revenue of every tenant keeps the currency of its conversions. */
export const noExchange: Exchange = { reportingCurrency: () => null, convert: () => null };

const DAY_MS = 86_400_000;
const RATE_DECIMALS = 12;
const ONE = 10n ** BigInt(RATE_DECIMALS);

const code = z.string().refine((text) => currencyOf(text) === text && isCurrency(text), {
  error: 'must be a code of ISO 4217 in upper case, such as EUR',
});
const rate = z.union([z.number(), z.string()]).transform((given, context) => {
  const text = String(given);
  const [whole = '', fraction = ''] = text.split('.');
  const scaled = /^\d{1,12}(?:\.\d{1,12})?$/.test(text)
    ? BigInt(whole + fraction.padEnd(RATE_DECIMALS, '0'))
    : 0n;
  if (scaled > 0n) return scaled;
  context.addIssue({
    code: 'custom',
    message: 'must be a decimal above 0 with at most 12 places, such as "1.0832"',
  });
  return z.NEVER;
});
const day = z.iso
  .date({ error: 'must be a date, such as 2026-01-31' })
  .transform((text) => Date.parse(text) / DAY_MS);
const file = z.strictObject({
  reporting: z.record(z.string(), code),
  base: code,
  rates: z.record(z.string(), z.record(code, rate)),
});

/**
 * Reads a file of rates: `{"reporting": {"acme": "EUR"}, "base": "EUR", "rates": {"2026-01-02": {"USD": "1.0321"}}}`.
 * `reporting` names each tenant's currency. A rate says how many units one unit of `base` is, from its date on.
 * @throws Error that says where the file is wrong
 */
export async function readExchange(path: string): Promise<Exchange> {
  const fault = (what: string) => new Error(`CURRENCY_RATES: '${path}' ${what}`);
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw fault(`can't be read: ${error.message}`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fault(`is no JSON: ${(error as Error).message}`);
  }
  const parsed = file.safeParse(json);
  if (!parsed.success)
    throw fault(
      parsed.error.issues.map(({ path: at, message }) => `at ${at.join('.')}: ${message}`).join('; '),
    );
  const { reporting, base, rates } = parsed.data;
  const byCurrency = new Map<string, Rate[]>([[base, [{ since: Number.NEGATIVE_INFINITY, rate: ONE }]]]);
  for (const [date, said] of Object.entries(rates)) {
    const since = day.safeParse(date);
    if (!since.success) throw fault(`at rates.${date}: ${since.error.issues[0]?.message}`);
    for (const [currency, value] of Object.entries(said)) {
      if (currency === base) throw fault(`at rates.${date}.${currency}: is the base, of which one is one`);
      byCurrency.set(currency, [...(byCurrency.get(currency) ?? []), { since: since.data, rate: value }]);
    }
  }
  for (const list of byCurrency.values()) list.sort((a, b) => a.since - b.since);
  return exchangeFrom(new Map(Object.entries(reporting)), byCurrency);
}

/** From its day on, how many units (in 10^-12) one unit of the base is. */
type Rate = { readonly since: number; readonly rate: bigint };

function exchangeFrom(
  reporting: ReadonlyMap<string, string>,
  rates: ReadonlyMap<string, readonly Rate[]>,
): Exchange {
  const rateOf = (currency: string, at: number): bigint | undefined =>
    rates.get(currency)?.findLast(({ since }) => since <= at)?.rate;
  return {
    reportingCurrency: (tenantId) => reporting.get(tenantId) ?? null,
    convert(micros, from, to, at) {
      if (from === to) return micros;
      const [ofFrom, ofTo] = [rateOf(from, at), rateOf(to, at)];
      return ofFrom === undefined || ofTo === undefined ? null : divided(micros * ofTo, ofFrom);
    },
  };
}

/** A quotient rounded half away from zero. `by` is above 0. */
function divided(amount: bigint, by: bigint): bigint {
  const size = amount < 0n ? -amount : amount;
  const quotient = (size * 2n + by) / (by * 2n);
  return amount < 0n ? -quotient : quotient;
}
