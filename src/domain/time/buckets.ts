import { badInput } from '../../lib/errors.ts';
import { dateOffsetsOf, momentOf, type Offset, offsetAt, offsetsOf } from './time-zones.ts';

export type Grain = 'HOUR' | 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** Days in the order of JavaScript. */
const WEEK_DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;
export type WeekDay = (typeof WEEK_DAYS)[number];

/** Whose days and weeks are counted by. `timeZone` is as `timeZoneOf` gives it. */
export type Calendar = { readonly timeZone: string; readonly weekStart: WeekDay };
export const UTC_CALENDAR: Calendar = { timeZone: 'UTC', weekStart: 'MONDAY' };

/**
 * A period in parts. They are computed here once, and every store gets their beginnings, so that no store needs to know
 * zones. A day is from its first moment to the next day's, however many hours it has. A day without any moment has no
 * part.
 */
export type Buckets = {
  readonly grain: Grain;
  readonly calendar: Calendar;
  /** Where each begins, epoch milliseconds, ascending; the first at the period's start or before. */
  readonly starts: readonly number[];
  /** Offsets for `floorOf`: local time for days and longer; for hours the part of it beyond whole hours. */
  readonly shifts: readonly Offset[];
};

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const MAX_BUCKETS = 10_000;
/** The first part may begin so long before the period. */
const LONGEST_MS: Readonly<Record<Grain, number>> = {
  HOUR: HOUR_MS,
  DAY: DAY_MS,
  WEEK: 7 * DAY_MS,
  MONTH: 31 * DAY_MS,
  QUARTER: 92 * DAY_MS,
  YEAR: 366 * DAY_MS,
};
const MONTHS: Readonly<Partial<Record<Grain, number>>> = { MONTH: 1, QUARTER: 3, YEAR: 12 };

/** A moment of the day on which weeks start. */
export const weekOrigin = (weekStart: WeekDay): number =>
  // 1970-01-04 was a Sunday.
  (3 + WEEK_DAYS.indexOf(weekStart)) * DAY_MS;

/** Start of the part that a local time lies in, in local time. */
function floorOf(local: number, grain: Grain, weekStart: WeekDay): number {
  const floor = (length: number, origin = 0) => Math.floor((local - origin) / length) * length + origin;
  const months = MONTHS[grain];
  if (months !== undefined) {
    const date = new Date(local);
    return Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / months) * months, 1);
  }
  if (grain === 'WEEK') return floor(7 * DAY_MS, weekOrigin(weekStart));
  return floor(grain === 'DAY' ? DAY_MS : HOUR_MS);
}

/** A local time some parts later or earlier; the 31st of a shorter month is its last day. */
export function plusLocal(local: number, grain: Grain, count: number): number {
  const months = MONTHS[grain];
  if (months === undefined)
    return local + count * (grain === 'WEEK' ? 7 * DAY_MS : grain === 'DAY' ? DAY_MS : HOUR_MS);
  const date = new Date(local);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count * months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}

/**
 * The label of a part in stores that group by an expression: equal for all moments of a part, and different for other
 * parts.
 */
export function labelAt({ grain, calendar, shifts }: Omit<Buckets, 'starts'>, time: number): number {
  const shift = offsetAt(shifts, time);
  const label = floorOf(time + shift, grain, calendar.weekStart);
  return grain === 'HOUR' ? label - shift : label;
}

/**
 * The parts that a period `[from, to)` touches, oldest first.
 * @throws DomainError when they are too many
 */
export function bucketsOf(from: number, to: number, grain: Grain, calendar: Calendar): Buckets {
  const { timeZone } = calendar;
  const since = from - LONGEST_MS[grain];
  const shifts =
    grain === 'HOUR' ? fractions(offsetsOf(timeZone, since, to)) : dateOffsetsOf(timeZone, since, to);
  const rule = { grain, calendar, shifts };
  const starts: number[] = [];
  const add = (start: number): void => {
    if (start === starts.at(-1)) return;
    if (starts.length === MAX_BUCKETS)
      throw badInput(
        `This period has more than ${MAX_BUCKETS} of that grain. Take a coarser grain or a shorter period.`,
        'grain',
      );
    starts.push(start);
  };
  if (grain === 'HOUR') {
    // An hour that the minutes of the clock change in is two.
    const cuts = shifts.map(({ since }) => since);
    for (let time = from; time < to; ) {
      const label = labelAt(rule, time);
      const cut = cuts.findLast((since) => since <= time) ?? Number.NEGATIVE_INFINITY;
      add(Math.max(label, cut));
      time = Math.min(label + HOUR_MS, cuts.find((since) => since > time) ?? Number.POSITIVE_INFINITY);
    }
    return { ...rule, starts };
  }
  for (let local = labelAt(rule, from); ; local = plusLocal(local, grain, 1)) {
    const start = momentOf(shifts, local);
    if (start >= to) return { ...rule, starts };
    // A date that the zone left out begins, and ends, where the next one begins.
    if (momentOf(shifts, plusLocal(local, grain, 1)) > start) add(start);
  }
}

/** The parts of offsets beyond whole hours, where they change. */
const fractions = (offsets: readonly Offset[]): Offset[] =>
  offsets
    .map(({ since, offset }) => ({ since, offset: ((offset % HOUR_MS) + HOUR_MS) % HOUR_MS }))
    .filter(({ offset }, index, all) => offset !== all[index - 1]?.offset);

/** Start of the part that a time of the period lies in. */
export const startAt = ({ starts }: Buckets, time: number): number | undefined =>
  starts.findLast((start) => start <= time);

/** Whether figures by whole hours of UTC can be put together to these. */
export const areWholeHours = (buckets: Buckets | null): boolean =>
  buckets?.starts.every((start) => start % HOUR_MS === 0) ?? true;

/** A period by its local times. */
export function inLocal(
  { from, to }: { readonly from: number; readonly to: number },
  calendar: Calendar,
): { readonly from: number; readonly to: number } {
  const offsets = offsetsOf(calendar.timeZone, from, to);
  return { from: from + offsetAt(offsets, from), to: to + offsetAt(offsets, to) };
}

/** The moments of a period in local times. */
export function fromLocal(
  { from, to }: { readonly from: number; readonly to: number },
  calendar: Calendar,
): { readonly from: number; readonly to: number } {
  const offsets = offsetsOf(calendar.timeZone, from, to);
  return { from: momentOf(offsets, from), to: momentOf(offsets, to) };
}
