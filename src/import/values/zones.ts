/** Turns a local time, written as if it were UTC (epoch milliseconds), into the moment it means. */
export type LocalClock = (local: number) => number;

const DAY_MS = 86_400_000;
/** Days whose offsets are remembered; files are mostly sorted, so few are in use at a time. */
const MAX_DAYS = 4_000;

/** Offsets of one day in UTC: `before` until `changesAt`, `after` from then on; all in milliseconds. */
type Day = { readonly before: number; readonly after: number; readonly changesAt: number };

/** Whether `name` is a time zone: an IANA name such as `Europe/Berlin`, `UTC`, or an offset such as `+02:00`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * The clock of a time zone. When clocks go forward, a skipped local time moves by the length of the gap. When clocks go
 * back, a local time that occurs twice is the first of the two. This is the rule `compatible` of ECMAScript's Temporal.
 * @throws RangeError for an unknown time zone
 */
export function clockOf(timeZone: string): LocalClock {
  const offsetAt = offsetsOf(timeZone);
  return (local) => {
    const before = offsetAt(local - DAY_MS);
    const after = offsetAt(local + DAY_MS);
    const early = local - before;
    if (before === after || offsetAt(early) === before) return early;
    const late = local - after;
    return offsetAt(late) === after ? late : early;
  };
}

/** Offset of a zone at a moment, milliseconds east of UTC: found once a day, with the moment it changes. */
function offsetsOf(timeZone: string): (moment: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const measure = (moment: number): number => {
    const at: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(moment)) at[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
  };
  const days = new Map<number, Day>();
  return (moment) => {
    const number = Math.floor(moment / DAY_MS);
    let day = days.get(number);
    if (!day) {
      day = measureDay(number * DAY_MS, measure);
      if (days.size >= MAX_DAYS) days.clear();
      days.set(number, day);
    }
    return moment < day.changesAt ? day.before : day.after;
  };
}

/** Finds the offsets of the day that starts at `start`, and by halving the moment they change. */
function measureDay(start: number, measure: (moment: number) => number): Day {
  const before = measure(start);
  const after = measure(start + DAY_MS);
  if (before === after) return { before, after, changesAt: start };
  let [low, high] = [start, start + DAY_MS];
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000;
    if (measure(middle) === before) low = middle;
    else high = middle;
  }
  return { before, after, changesAt: high };
}
