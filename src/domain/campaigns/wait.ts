import type { JsonObject } from '../json.ts';
import { momentOf, offsetAt, offsetsOf } from '../time/time-zones.ts';
import { ownValue } from './activity-condition.ts';
import { type Duration, durationMs } from './duration.ts';

export const WEEKDAYS = [
  'SUNDAY',
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
] as const;
export type WeekDay = (typeof WEEKDAYS)[number];

/** How long a person waits. It is fixed when the wait begins. `minute`: of the day, by the clocks of the zone. */
export type Wait =
  | { readonly kind: 'duration'; readonly duration: Duration }
  /** Until a moment, epoch milliseconds. */
  | { readonly kind: 'until'; readonly at: number }
  /** Until the date in a trait and so many days later; at its own time of day where `minute` is null. */
  | {
      readonly kind: 'trait';
      readonly trait: string;
      readonly plusDays: number;
      readonly minute: number | null;
    }
  /** Until the next of these days, at a time of day. */
  | { readonly kind: 'weekday'; readonly days: readonly WeekDay[]; readonly minute: number };

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * When a wait ends, epoch milliseconds; never before `from`. Null where the trait has no date: the person does not wait.
 * A time of day that the clocks leave out is the moment after the gap. Of a time that comes twice the first counts.
 * @param from when it begins, epoch milliseconds
 * @param timeZone of the person
 */
export function waitEnds(wait: Wait, from: number, timeZone: string, traits: JsonObject): number | null {
  switch (wait.kind) {
    case 'duration':
      return from + durationMs(wait.duration);
    case 'until':
      return Math.max(from, wait.at);
    case 'trait': {
      const value = ownValue(traits, wait.trait);
      const local = typeof value === 'string' ? localTimeOf(value, timeZone) : undefined;
      if (local === undefined) return null;
      const day = Math.floor(local / DAY_MS) + wait.plusDays;
      const time =
        wait.minute === null ? local - Math.floor(local / DAY_MS) * DAY_MS : wait.minute * MINUTE_MS;
      return Math.max(from, momentIn(timeZone, day * DAY_MS + time));
    }
    case 'weekday': {
      const today = Math.floor(localOf(timeZone, from) / DAY_MS);
      for (let day = today; day <= today + 7; day++) {
        // Day 0 of the epoch was a Thursday.
        if (!wait.days.includes(WEEKDAYS[(((day + 4) % 7) + 7) % 7] ?? 'SUNDAY')) continue;
        const at = momentIn(timeZone, day * DAY_MS + wait.minute * MINUTE_MS);
        if (at >= from) return at;
      }
      return null;
    }
    default:
      return wait satisfies never;
  }
}

/** Local time of a date or a moment in ISO 8601; undefined for anything else. */
function localTimeOf(text: string, timeZone: string): number | undefined {
  const date = DATE.exec(text);
  const time = Date.parse(text);
  if (Number.isNaN(time)) return undefined;
  return date ? time : localOf(timeZone, time);
}

const localOf = (timeZone: string, time: number): number =>
  time + offsetAt(offsetsOf(timeZone, time, time), time);

const momentIn = (timeZone: string, local: number): number =>
  momentOf(offsetsOf(timeZone, local, local), local);
