import type { Optional } from '../../lib/bounds.ts';

/** When a question is about. Epoch milliseconds. */
export type PeriodQuestion = {
  readonly from?: Optional<number>;
  readonly to?: Optional<number>;
  /** Of measures of e-mails: when sends without an outcome are looked at. */
  readonly asOf?: Optional<number>;
};

/** The times that a caller means who leaves them out. */
export type Periods = {
  /** `to` is the end of the current hour, `from` 30 days before `to`. */
  period(asked: PeriodQuestion): { readonly from: number; readonly to: number };
  /** The start of the current minute, so that fields of one request share a question. */
  asOf(asked: PeriodQuestion): number;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DEFAULT_PERIOD_MS = 30 * 24 * HOUR_MS;

/** @param now clock, epoch milliseconds */
export const createPeriods = (now: () => number): Periods => ({
  period({ from, to }) {
    // The end of the hour, not this millisecond: whole hours are what the roll-ups can answer.
    const end = to ?? (Math.floor(now() / HOUR_MS) + 1) * HOUR_MS;
    return { from: from ?? end - DEFAULT_PERIOD_MS, to: end };
  },
  asOf: ({ asOf }) => asOf ?? Math.floor(now() / MINUTE_MS) * MINUTE_MS,
});
