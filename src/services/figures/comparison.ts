import {
  bucketsOf,
  type Calendar,
  DAY_MS,
  fromLocal,
  type Grain,
  HOUR_MS,
  inLocal,
  plusLocal,
} from '../../domain/time/buckets.ts';

/** 52 weeks keep the weekday. */
const WEEKS_OF_YEAR = 52;

/** `[from, to)` in epoch milliseconds, by parts of a calendar, or as a whole. */
type Period = {
  readonly from: number;
  readonly to: number;
  readonly grain: Grain | null;
  readonly calendar: Calendar;
};

/**
 * The period for a comparison: whole parts of the calendar earlier, by the clocks of the zone. Each part of a period
 * meets an earlier part of the same length, even where the period begins or ends within a part.
 * @throws DomainError when a period has too many parts
 */
export function earlierPeriod(
  comparison: 'PREVIOUS_PERIOD' | 'PREVIOUS_YEAR',
  { from, to, grain, calendar }: Period,
): { readonly from: number; readonly to: number } {
  const local = inLocal({ from, to }, calendar);
  const before = (unit: Grain, count: number) =>
    fromLocal({ from: plusLocal(local.from, unit, -count), to: plusLocal(local.to, unit, -count) }, calendar);
  if (comparison === 'PREVIOUS_YEAR')
    return grain === 'WEEK' ? before('WEEK', WEEKS_OF_YEAR) : before('YEAR', 1);
  switch (grain) {
    case 'HOUR': {
      const length = Math.ceil((to - from) / HOUR_MS) * HOUR_MS;
      return { from: from - length, to: to - length };
    }
    case 'DAY':
      return before('DAY', Math.ceil((local.to - local.from) / DAY_MS));
    case 'WEEK':
      return before('WEEK', Math.ceil((local.to - local.from) / (7 * DAY_MS)));
    case null: {
      const length = local.to - local.from;
      return { from: fromLocal({ from: local.from - length, to: local.from }, calendar).from, to: from };
    }
    default:
      return before(grain, bucketsOf(from, to, grain, calendar).starts.length);
  }
}
