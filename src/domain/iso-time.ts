import { remembered } from './remembered.ts';

const DAY_MS = 86_400_000;
/** The first and the last day of a Date are not whole ones. */
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
 * Epoch milliseconds as ISO 8601 in UTC, as `Date.prototype.toISOString` writes them, at a fifth of its cost: of
 * a page of activities, their times were the dearest fields.
 * @throws RangeError for what is no time
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
