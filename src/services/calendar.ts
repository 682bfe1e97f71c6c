import { type Calendar, UTC_CALENDAR, type WeekDay } from '../domain/time/buckets.ts';
import { timeZoneOf } from '../domain/time/time-zones.ts';
import type { Optional } from '../lib/bounds.ts';
import { badInput } from '../lib/errors.ts';

/** By which clocks and weeks a question counts; UTC and Monday where it doesn't say. */
export type CalendarQuestion = {
  /** Of the IANA database. */
  readonly timeZone?: Optional<string>;
  readonly weekStart?: Optional<WeekDay>;
};

/**
 * Reads `timeZone` and `weekStart` of a question.
 * @param path of the object that has them, with a point at its end
 * @throws DomainError `BAD_USER_INPUT` for a zone that the IANA database doesn't have
 */
export function calendarOf({ timeZone, weekStart }: CalendarQuestion, path = ''): Calendar {
  const zone = timeZoneOf(timeZone ?? UTC_CALENDAR.timeZone);
  if (zone === undefined)
    throw badInput(
      "There is no time zone of this name. Name one of the IANA database, such as 'Europe/Berlin'.",
      `${path}timeZone`,
    );
  return { timeZone: zone, weekStart: weekStart ?? UTC_CALENDAR.weekStart };
}
