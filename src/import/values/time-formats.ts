/**
 * The time of a text. `ms`: epoch milliseconds, of a local time as if it were UTC. `isLocal`: it names no zone. A
 * string: it has the format, but no calendar has that time; the string says why.
 */
export type Said = { readonly ms: number; readonly isLocal: boolean } | string;
/** Reads one format; undefined: the text does not have it. */
export type FormatReader = (text: string) => Said | undefined;

const DAY_MS = 86_400_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Zones that RFC 2822 knows by name, in hours; all others must be offsets. */
const NAMED_ZONES: Readonly<Record<string, number>> = {
  ...{ z: 0, ut: 0, utc: 0, gmt: 0 },
  ...{ est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7 },
};

/** A moment's parts as texts. A missing zone means a local time. */
type Parts = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour?: string | undefined;
  readonly minute?: string | undefined;
  readonly second?: string | undefined;
  readonly fraction?: string | undefined;
  readonly zone?: string | undefined;
};

function said({
  year,
  month,
  day,
  hour = '0',
  minute = '0',
  second = '0',
  fraction = '',
  zone,
}: Parts): Said {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const start = new Date(0).setUTCFullYear(year, month - 1, day);
  const date = new Date(start);
  if (month < 1 || month > 12 || date.getUTCDate() !== day || date.getUTCMonth() !== month - 1)
    return 'No calendar has this day.';
  // 24:00 is the end of the day (ISO 8601).
  const isEndOfDay = h === 24 && m === 0 && s === 0 && !/[1-9]/.test(fraction);
  if ((h > 23 && !isEndOfDay) || m > 59 || s > 59) return 'No clock shows this time of day.';
  const ms = start + ((h * 60 + m) * 60 + s) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  if (zone === undefined || zone === '') return { ms, isLocal: true };
  const offset = offsetOf(zone);
  return offset === undefined ? 'There is no such offset from UTC.' : { ms: ms - offset, isLocal: false };
}

/** Milliseconds east of UTC of `Z`, `EST`, `+02`, `+0200` or `+02:00`. */
function offsetOf(zone: string): number | undefined {
  const named = NAMED_ZONES[zone.toLowerCase()];
  if (named !== undefined) return named * 3_600_000;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  if (hours === undefined || Number(hours) > 18 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

const ZONE = String.raw`(?:(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)(?:\s+(?:UTC|GMT)|\[[\w/+-]+\])?)?`;
const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?`;
const EXTENDED = new RegExp(String.raw`^(\d{4})-(\d{2})-(\d{2})(?:(?:T|\s+)${CLOCK}\s*${ZONE})?$`, 'i');
const BASIC =
  /^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** ISO 8601 and SQL: `2026-06-10T10:00:00Z`, `2026-06-10 10:00:00.000 UTC`, `2026-06-10 10:00:00+00`, `2026-06-10`, `20260610`. */
const readIso: FormatReader = (text) => {
  const match = EXTENDED.exec(text) ?? BASIC.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  return said({
    ...{ year: Number(year), month: Number(month), day: Number(day) },
    ...{ hour, minute, second, fraction, zone },
  });
};

const RFC2822 =
  /^(?:[a-z]{3,9},?\s+)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([+-]\d{4}|[a-z]{1,3})?(?:\s*\([^)]*\))?$/i;

/** The date of mails and HTTP: `Wed, 10 Jun 2026 10:00:00 +0000`. */
const readRfc2822: FormatReader = (text) => {
  const [, day, month = '', year = '', hour, minute, second, zone] = RFC2822.exec(text) ?? [];
  if (day === undefined) return undefined;
  return said({
    year: fullYear(year, 50),
    month: MONTHS.indexOf(month.toLowerCase()) + 1,
    day: Number(day),
    ...{ hour, minute, second, zone },
  });
};

/** Years of two digits: below `pivot` of this century, else of the last. */
const fullYear = (text: string, pivot: number): number => {
  const year = Number(text);
  if (text.length === 2) return year < pivot ? 2000 + year : 1900 + year;
  return text.length === 3 ? 1900 + year : year;
};

/** Epoch time in units of 10^-`digits` seconds, exact, cut to the millisecond. */
const epoch =
  (digits: number): FormatReader =>
  (text) => {
    const [, sign, integer = '', fraction = ''] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
    if (sign === undefined) return undefined;
    const all = integer + fraction;
    const point = integer.length + 3 - digits;
    const whole = Number(point <= 0 ? 0 : all.padEnd(point, '0').slice(0, point));
    const isCut = /[1-9]/.test(all.slice(Math.max(point, 0)));
    const ms = sign === '-' ? -whole - (isCut ? 1 : 0) : whole;
    return Math.abs(ms) > 8.64e15 ? 'No calendar goes so far.' : { ms, isLocal: false };
  };

const SPREADSHEET_EPOCH = Date.UTC(1899, 11, 30);
const LAST_SERIAL = 2_958_466;

/**
 * A spreadsheet's serial: days since 1899-12-30 in the 1900 system, which has a 29 February 1900 that never was (60).
 * Rounding of the last decimals is corrected, to the second.
 */
const readSerial: FormatReader = (text) => {
  const match = /^(\d{1,7})(?:[.,](\d{1,15}))?$/.exec(text);
  if (!match) return undefined;
  const days = Number(match[1]);
  if (days === 60) return 'No calendar has this day: 1900 was no leap year.';
  if (days >= LAST_SERIAL) return undefined;
  const decimals = match[2] ?? '';
  const ofDay = Number(`0.${decimals || '0'}`) * DAY_MS;
  const second = Math.round(ofDay / 1000) * 1000;
  const isRounding = Math.abs(second - ofDay) <= Math.max(DAY_MS / 10 ** decimals.length / 2, 0.5);
  const start = SPREADSHEET_EPOCH + (days < 60 ? days + 1 : days) * DAY_MS;
  return { ms: start + (decimals === '' ? 0 : isRounding ? second : Math.round(ofDay)), isLocal: true };
};

const TOKEN = '(d{1,2}|m{1,2}|mon|y{2}|y{4})';
const PATTERN = new RegExp(String.raw`^${TOKEN}([ ./-])${TOKEN}\2${TOKEN}(?:\s.*)?$`, 'i');
const CELL: Readonly<Record<string, string>> = {
  d: String.raw`(?<day>\d{1,2})`,
  m: String.raw`(?<month>\d{1,2})`,
  mon: String.raw`(?<name>[a-z]{3})[a-z]*\.?`,
  yy: String.raw`(?<year>\d{2})`,
  yyyy: String.raw`(?<year>\d{4})`,
};
const TIME_OF_DAY = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?`;
const HALF_AND_ZONE = String.raw`\s*(?<half>[ap]\.?m\.?)?\s*(?<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?(?:\s+(?:UTC|GMT))?`;

/** A date by its order, such as `dd/mm/yyyy`, with or without a time of day behind it. Undefined: no such pattern. */
function datePattern(format: string): FormatReader | undefined {
  const [, first = '', separator = '', second = '', third = ''] = PATTERN.exec(format.toLowerCase()) ?? [];
  const tokens = [first, second, third].map((token) => (/^(?:dd|mm)$/.test(token) ? token.charAt(0) : token));
  const order = tokens.map((token) => token.charAt(0)).sort();
  if (order.join('') !== 'dmy') return undefined;
  const date = tokens
    .map((token) => CELL[token])
    .join(separator === ' ' ? String.raw`\s+` : `\\${separator}`);
  const expression = new RegExp(`^${date}(?:(?:T|,?\\s+)${TIME_OF_DAY}${HALF_AND_ZONE})?$`, 'i');
  return (text) => {
    const at = expression.exec(text)?.groups;
    if (!at) return undefined;
    return said({
      year: fullYear(at['year'] ?? '', 69),
      month: at['name'] === undefined ? Number(at['month']) : MONTHS.indexOf(at['name'].toLowerCase()) + 1,
      day: Number(at['day']),
      hour: hourOf(at['hour'], at['half']),
      minute: at['minute'],
      second: at['second'],
      fraction: at['fraction'],
      zone: at['zone'],
    });
  };
}

/** Of a clock with twelve hours, the hour of the day; 99, which no clock shows, for 13 pm. */
function hourOf(hour: string | undefined, half: string | undefined): string | undefined {
  if (hour === undefined || half === undefined) return hour;
  const number = Number(hour);
  if (number < 1 || number > 12) return '99';
  return String((number % 12) + (/^p/i.test(half) ? 12 : 0));
}

const NAMED: Readonly<Record<string, FormatReader>> = {
  iso: readIso,
  rfc2822: readRfc2822,
  'epoch-seconds': epoch(0),
  'epoch-milliseconds': epoch(3),
  'epoch-microseconds': epoch(6),
  'epoch-nanoseconds': epoch(9),
  spreadsheet: readSerial,
};

/** Names of formats, for messages; besides these there are patterns of a date's order. */
export const FORMAT_NAMES = [...Object.keys(NAMED), 'dd/mm/yyyy', 'mm/dd/yyyy', 'dd.mm.yyyy'] as const;

/** The reader of a format: a name, or a date's order such as `dd/mm/yyyy`. Undefined: there is no such format. */
export const formatReader = (format: string): FormatReader | undefined =>
  Object.hasOwn(NAMED, format) ? NAMED[format] : datePattern(format);
