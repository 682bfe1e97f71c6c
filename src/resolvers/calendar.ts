import { type Calendar, UTC_CALENDAR, type WeekDay } from '../domain/time/buckets.ts';
import { timeZoneOf } from '../domain/time/time-zones.ts';
import { badInput } from '../lib/errors.ts';

/**
 * Reads the arguments `timeZone` and `weekStart`.
 * @param path of the object that has them, with a point at its end
 * @throws DomainError `BAD_USER_INPUT` for a zone that the IANA database doesn't have
 */
export function calendarOf(
  args: { readonly timeZone?: string | null; readonly weekStart?: WeekDay | null },
  path = '',
): Calendar {
  const timeZone = timeZoneOf(args.timeZone ?? UTC_CALENDAR.timeZone);
  if (timeZone === undefined)
    throw badInput(
      "There is no time zone of this name. Name one of the IANA database, such as 'Europe/Berlin'.",
      `${path}timeZone`,
    );
  return { timeZone, weekStart: args.weekStart ?? UTC_CALENDAR.weekStart };
}
