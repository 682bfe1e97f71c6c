import { remembered } from '../../lib/remembered.ts';

const DAY_MS = 86_400_000;
/** The first and the last day of a Date are incomplete. */
const LAST_DAY_MS = 8_640_000_000_000_000;
const padded = (count: number, width: number): readonly string[] =>
  Array.from({ length: count }, (_, number) => String(number).padStart(width, '0'));
const two = padded(60, 2);
const three = padded(1_000, 3);
/** The number of a minute in its day → `23:59:`. */
const minutesOfDay = two.slice(0, 24).flatMap((hour) => two.map((minute) => `${hour}:${minute}:`));
/** The number of a day since 1970 → `2026-01-01T`. */
const dateOf = remembered((day: number) => new Date(day * DAY_MS).toISOString().slice(0, -13), 10_000);

/**
 * Epoch milliseconds as ISO 8601 in UTC, like `Date.prototype.toISOString` at a fifth of its cost. Times were the most
 * expensive fields of a page of activities.
 * @throws RangeError beyond the range of a Date
 */
export function isoTime(ms: number): string {
  if (!Number.isInteger(ms) || Math.abs(ms) >= LAST_DAY_MS) return new Date(ms).toISOString();
  const day = Math.floor(ms / DAY_MS);
  const ofDay = ms - day * DAY_MS;
  const minute = Math.floor(ofDay / 60_000);
  const second = Math.floor(ofDay / 1_000) - minute * 60;
  // Long texts are only linked when they are joined, and links are followed later: so there is but one.
  const time = `${minutesOfDay[minute]}${two[second]}.${three[ofDay % 1_000]}Z`;
  return dateOf(day) + time;
}

/** ISO 8601 with a zone: without one the same text would mean another moment on another machine. */
const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d{2}):?(\d{2}))$/;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const isDate = (year: number, month: number, day: number): boolean =>
  day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0) + (month === 2 && isLeapYear(year) ? 1 : 0);

/**
 * Epoch milliseconds of an ISO 8601 time with a zone; finer fractions are cut off. Undefined for any other text, and
 * for a time that no calendar has (30 February, 25 o'clock), which `Date.parse` may take for another.
 */
export function parseTime(text: string): number | undefined {
  const match = ISO_TIME.exec(text);
  if (!match) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const [zoneHour, zoneMinute] = [part(9), part(10)];
  // 24:00 is the end of a day, and nothing comes after it.
  const isOfClock = hour <= 23 || (hour === 24 && minute === 0 && second === 0 && part(7) === 0);
  if (!isDate(year, month, day) || !isOfClock || minute > 59 || second > 59) return undefined;
  if (zoneHour > 23 || zoneMinute > 59) return undefined;
  const local = new Date(0);
  // Not `Date.UTC`, which takes the years 0 to 99 for those of the last century.
  local.setUTCFullYear(year, month - 1, day);
  local.setUTCHours(hour, minute, second, ms);
  const offset = (zoneHour * 60 + zoneMinute) * 60_000;
  return local.getTime() - (match[8] === '-' ? -offset : offset);
}
