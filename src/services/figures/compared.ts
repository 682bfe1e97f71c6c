import { earlierPeriod } from './comparison.ts';
import { MEASURES, type Measure } from './model.ts';
import type { MetricsQuestion } from './plan.ts';
import { type Money, shownMoney } from './revenue.ts';
import { type MetricsAnswer, type MetricsRow, startsOf } from './rows.ts';

/** A row, and the row of the earlier period at the same place. */
export type Compared = { readonly row: MetricsRow; readonly before: MetricsRow | undefined };

/** A measure of a row. */
export type FigureValue = {
  readonly measure: Measure;
  /** Null for a rate of nothing, and for revenue in several currencies. */
  readonly value: number | null;
  /** Counts and revenue in decimal, exact; null for rates. */
  readonly text: string | null;
  /** Of revenue. */
  readonly currency: string | null;
  readonly byCurrency: readonly Money[] | null;
  /** The value of the earlier period; null without a comparison, and where it can't be compared. */
  readonly previous: number | null;
  /** `(value - previous) / previous`. */
  readonly change: number | null;
};

/** The earlier period's question, and which time of the question each of its times is compared with. */
export type Shift = {
  readonly question: MetricsQuestion;
  place(time: number | null): number | null;
};

/** The first hour, day, week or month is compared with the first, and so on. */
export function shiftOf(comparison: Parameters<typeof earlierPeriod>[0], question: MetricsQuestion): Shift {
  const { grain } = question;
  const earlier = { ...question, ...earlierPeriod(comparison, question) };
  if (grain === null) return { question: earlier, place: () => null };
  const now = startsOf(question);
  const places = new Map(startsOf(earlier).map((time, index) => [time, now[index] ?? null]));
  return { question: earlier, place: (time) => (time === null ? null : (places.get(time) ?? null)) };
}

const rowKey = (time: number | null, row: MetricsRow): string => JSON.stringify([time, row.keys]);

/** Each row with the earlier answer's row at the same place. */
export function compare(answer: MetricsAnswer, earlier: MetricsAnswer | undefined, shift: Shift | undefined) {
  const before = new Map(earlier?.rows.map((row) => [rowKey(shift?.place(row.time) ?? null, row), row]));
  return answer.rows.map((row): Compared => ({ row, before: before.get(rowKey(row.time, row)) }));
}

/** @param before the same row of the earlier period, undefined where it has none; null without a comparison */
export function figureOf(
  measure: Measure,
  row: MetricsRow,
  before: MetricsRow | undefined | null,
): FigureValue {
  const value = row.values.get(measure) ?? null;
  const previous = before === null ? null : previousOf(measure, row, before);
  const change = value === null || !previous ? null : (value - previous) / previous;
  if (measure === 'REVENUE') return { measure, value, ...shownMoney(row.revenue), previous, change };
  const text = value !== null && isCount(measure) ? String(value) : null;
  return { measure, value, text, currency: null, byCurrency: null, previous, change };
}

function previousOf(measure: Measure, row: MetricsRow, before: MetricsRow | undefined): number | null {
  if (!before) return isCount(measure) ? 0 : null;
  const currencies = [row, before].map(
    ({ revenue: { byCurrency, total } }) => byCurrency.length > 0 && total?.currency,
  );
  const isOther = currencies.every((currency) => currency !== false) && currencies[0] !== currencies[1];
  return measure === 'REVENUE' && isOther ? null : (before.values.get(measure) ?? null);
}

/** Counts of an absent row are 0; a rate without a divisor is null. */
const isCount = (measure: Measure): boolean => MEASURES[measure].kind === 'base';
