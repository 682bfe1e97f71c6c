import { decimalText } from '../../domain/money.ts';
import type { Exchange } from './exchange.ts';

/** An amount in one currency; null where the sender named no currency. */
export type Amount = { readonly currency: string | null; readonly micros: bigint };

/** The revenue of a row of figures. */
export type Revenue = {
  /** As it was earned, by currency, including currencies with a sum of 0. Null comes last. */
  readonly byCurrency: readonly Amount[];
  /** In one currency; null where that is impossible, for the reason `fault`. */
  readonly total: Amount | null;
  readonly fault: RevenueFault | null;
};
type RevenueFault = 'MIXED_CURRENCIES' | 'MISSING_RATE';
export type RevenueWarning = { readonly code: RevenueFault; readonly message: string };

export const NO_REVENUE: Revenue = { byCurrency: [], total: { currency: null, micros: 0n }, fault: null };

/** Adds up the revenue of one row. */
export class RevenueSum {
  readonly #byCurrency = new Map<string | null, bigint>();
  #converted = 0n;
  #lacksRate = false;

  add(currency: string | null, micros: bigint): void {
    this.#byCurrency.set(currency, (this.#byCurrency.get(currency) ?? 0n) + micros);
  }

  /** @param day days since 1970, UTC, on which it was earned: by its rate it is converted */
  addConverted(amount: Amount, day: number, to: string, exchange: Exchange): void {
    this.add(amount.currency, amount.micros);
    const converted = exchange.convert(amount.micros, amount.currency ?? to, to, day);
    if (converted === null) this.#lacksRate = true;
    else this.#converted += converted;
  }

  /** @param reporting the currency that all was converted to, or null */
  result(reporting: string | null): Revenue {
    const byCurrency = [...this.#byCurrency]
      .map(([currency, micros]) => ({ currency, micros }))
      .sort((a, b) => ((a.currency ?? '~') < (b.currency ?? '~') ? -1 : 1));
    if (reporting !== null)
      return this.#lacksRate
        ? { byCurrency, total: null, fault: 'MISSING_RATE' }
        : { byCurrency, total: { currency: reporting, micros: this.#converted }, fault: null };
    const [first = NO_REVENUE.total, ...others] = byCurrency;
    return others.length === 0
      ? { byCurrency, total: first, fault: null }
      : { byCurrency, total: null, fault: 'MIXED_CURRENCIES' };
  }
}

/** Whether rows that are shown side by side tell amounts in more than one currency. */
export const areMixed = (rows: readonly Revenue[]): boolean =>
  new Set(rows.flatMap(({ byCurrency, total }) => (byCurrency.length === 0 ? [] : [total?.currency]))).size >
  1;

/** A row's revenue where others have another currency: no revenue is 0 in each currency, any other is null. */
export const besideOthers = (revenue: Revenue): Revenue =>
  revenue.byCurrency.length === 0 ? revenue : { ...revenue, total: null, fault: 'MIXED_CURRENCIES' };

/** Warnings about rows whose revenue is null. */
export function warningsOf(rows: readonly Revenue[]): RevenueWarning[] {
  const currenciesOf = (fault: RevenueFault): string =>
    [
      ...new Set(
        rows.filter((row) => row.fault === fault).flatMap(({ byCurrency }) => byCurrency.map(nameOf)),
      ),
    ]
      .sort()
      .join(', ');
  const mixed = currenciesOf('MIXED_CURRENCIES');
  const unrated = currenciesOf('MISSING_RATE');
  return [
    ...(mixed === ''
      ? []
      : [
          {
            code: 'MIXED_CURRENCIES' as const,
            message: `Revenue is in several currencies (${mixed}) and is not added up. Ask by the dimension CURRENCY, filter by it, or read the sums by currency.`,
          },
        ]),
    ...(unrated === ''
      ? []
      : [
          {
            code: 'MISSING_RATE' as const,
            message: `Revenue can't be converted: for some day there is no exchange rate of one of ${unrated}.`,
          },
        ]),
  ];
}

const nameOf = ({ currency }: Amount): string => currency ?? 'not said';

/** An amount as it is shown. */
export type Money = {
  readonly currency: string | null;
  /** Units: the nearest number that a double can hold. */
  readonly value: number;
  /** Units in decimal, exact. */
  readonly text: string;
};

const moneyOf = (amount: Amount): Money => ({
  currency: amount.currency,
  value: unitsOf(amount),
  text: decimalText(amount.micros),
});

/** The exact text, the currency and the parts of a revenue. */
export const shownMoney = ({ total, byCurrency }: Revenue) => ({
  text: total && decimalText(total.micros),
  currency: total?.currency ?? null,
  byCurrency: byCurrency.map(moneyOf),
});

/** An amount as a number of units: the nearest double. */
export const unitsOf = ({ micros }: Amount): number => Number(decimalText(micros));
