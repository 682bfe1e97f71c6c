const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const UNIT_MS = {
  MINUTES: 60_000,
  HOURS: HOUR_MS,
  DAYS: DAY_MS,
  WEEKS: 7 * DAY_MS,
  MONTHS: 30 * DAY_MS,
} as const;

export type DurationUnit = keyof typeof UNIT_MS;

/** A span of time. A day has 24 hours and a month 30 days, as Marketo counts them. */
export type Duration = { readonly amount: number; readonly unit: DurationUnit };

/** In milliseconds. */
export const durationMs = ({ amount, unit }: Duration): number => amount * UNIT_MS[unit];
