/**
 * Local time of the zones of the IANA database, as far as dates and clock changes go. Only Node's copy is used, so that
 * every store gives the same answer. A local time is written as the moment with the same date and time in UTC, epoch
 * milliseconds.
 */

/** From `since` on (epoch milliseconds), local time is UTC and `offset` milliseconds. */
export type Offset = { readonly since: number; readonly offset: number };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Clocks change at most once in so many days. */
const STEP_MS = 3 * DAY_MS;

/** Names that Node tells in an older spelling than the database has them. */
const RENAMED: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Louisville': 'America/Kentucky/Louisville',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

/** A zone by its name or an alias, in any letter case; undefined when there is none. An offset is no zone. */
export function timeZoneOf(name: string): string | undefined {
  if (name.length > 64 || !/^[A-Za-z][\w+/-]*$/.test(name)) return undefined;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    return RENAMED[known] ?? known;
  } catch {
    return undefined;
  }
}

const clocks = new Map<string, (time: number) => number>();

/** Tells a zone's offset at a time. Zones are a few hundred, so that all are kept. */
function clockOf(timeZone: string): (time: number) => number {
  let clock = clocks.get(timeZone);
  if (clock) return clock;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  clock = (time) => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(time)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    const local = Date.UTC(year, month - 1, day, hour, minute, second);
    return local - Math.floor(time / 1_000) * 1_000;
  };
  clocks.set(timeZone, clock);
  return clock;
}

/** Changes of a zone's clocks within a year of UTC, oldest first. */
const changes = new Map<string, readonly Offset[]>();

function changesIn(timeZone: string, year: number): readonly Offset[] {
  const key = `${timeZone} ${year}`;
  let found = changes.get(key);
  if (!found)
    changes.set(key, (found = searched(clockOf(timeZone), Date.UTC(year, 0), Date.UTC(year + 1, 0))));
  return found;
}

function searched(clock: (time: number) => number, from: number, to: number): Offset[] {
  const found: Offset[] = [];
  let before = clock(from);
  for (let start = from; start < to; start += STEP_MS) {
    const end = Math.min(start + STEP_MS, to);
    const after = clock(end);
    if (after !== before) {
      let [low, high] = [start, end];
      while (high - low > 1_000) {
        const middle = Math.floor((low + high) / 2_000) * 1_000;
        if (clock(middle) === before) low = middle;
        else high = middle;
      }
      if (high < to) found.push({ since: high, offset: after });
      else return found;
    }
    before = after;
  }
  return found;
}

/**
 * The first year whose clock changes are searched. Clocks before it, and after the last year, stand as in that year.
 */
const FIRST_YEAR = 1970;
const LAST_YEAR = 2100;
const yearOf = (time: number): number =>
  Math.min(Math.max(new Date(time).getUTCFullYear(), FIRST_YEAR), LAST_YEAR);

/** Offsets of a zone over a period and some days around it: the first is since ever. */
export function offsetsOf(timeZone: string, from: number, to: number): readonly Offset[] {
  if (timeZone === 'UTC') return [{ since: Number.NEGATIVE_INFINITY, offset: 0 }];
  const [first, last] = [yearOf(from - STEP_MS), yearOf(to + STEP_MS)];
  const offsets: Offset[] = [
    { since: Number.NEGATIVE_INFINITY, offset: clockOf(timeZone)(Date.UTC(first, 0)) },
  ];
  for (let year = first; year <= last; year++) offsets.push(...changesIn(timeZone, year));
  return offsets;
}

/**
 * The same, so that no date comes twice. Where clocks go back across midnight, the new date continues as if they had
 * changed at the second midnight.
 */
export const dateOffsetsOf = (timeZone: string, from: number, to: number): readonly Offset[] =>
  offsetsOf(timeZone, from, to).map((offset, index, all) => {
    const before = all[index - 1];
    if (!before) return offset;
    const struck = Math.floor((offset.since + before.offset) / DAY_MS) * DAY_MS;
    const isBack = offset.since + offset.offset < struck && struck < offset.since + before.offset;
    return isBack ? { ...offset, since: struck - offset.offset } : offset;
  });

/** The offset at a time. */
export const offsetAt = (offsets: readonly Offset[], time: number): number =>
  offsets.findLast(({ since }) => since <= time)?.offset ?? 0;

/** The first moment at which local time is `local` or later: the end of a gap for a time that clocks leave out. */
export function momentOf(offsets: readonly Offset[], local: number): number {
  for (const [index, { since, offset }] of offsets.entries()) {
    const time = Math.max(since, local - offset);
    if (time < (offsets[index + 1]?.since ?? Number.POSITIVE_INFINITY)) return time;
  }
  throw new Error('offsets must have no end');
}
