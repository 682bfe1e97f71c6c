import type { Grain } from '../datasources/activity-metrics/port.ts';
import { bucketsOf, LENGTH_MS } from './buckets.ts';

/** 52 weeks keep the weekday. */
const YEAR_OF_WEEKS_MS = 52 * LENGTH_MS.WEEK;

/** `[from, to)` in epoch milliseconds, by hour, day, week or month, or as a whole. */
type Period = { readonly from: number; readonly to: number; readonly grain: Grain | null };

/**
 * The period that another is compared with: so many whole hours, days, weeks or months earlier that each of its parts
 * meets one that covers as much of its own, also where the period begins or ends within one.
 * @throws DomainError when a period has too many months
 */
export function earlierPeriod(
  comparison: 'PREVIOUS_PERIOD' | 'PREVIOUS_YEAR',
  { from, to, grain }: Period,
): { from: number; to: number } {
  const byMonths = (months: number) => ({ from: monthsBefore(from, months), to: monthsBefore(to, months) });
  const byTime = (ms: number) => ({ from: from - ms, to: to - ms });
  if (comparison === 'PREVIOUS_YEAR') return grain === 'WEEK' ? byTime(YEAR_OF_WEEKS_MS) : byMonths(12);
  if (grain === 'MONTH') return byMonths(bucketsOf(from, to, 'MONTH').length);
  if (grain === null) return byTime(to - from);
  const length = LENGTH_MS[grain];
  return byTime(Math.ceil((to - from) / length) * length);
}

/** The same day and time some months earlier; the 31st of a shorter month is its last day. */
function monthsBefore(time: number, months: number): number {
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}
