import { FORMAT_NAMES, type FormatReader, formatReader, type Said } from './time-formats.ts';
import { clockOf, type LocalClock } from './zones.ts';

/** Epoch milliseconds, or why the text is no time, with a correction. */
export type TimeReader = (text: string) => number | string;

/** Among what door and calendar take, for hints about the unit of an epoch time. */
const PLAUSIBLE_FROM = Date.UTC(2000, 0, 1);
const PLAUSIBLE_TO = Date.UTC(2100, 0, 1);

/**
 * Reads times of the given formats; the first that fits counts.
 * @param zone what a time without a zone is a local time of; undefined: such a time is refused
 * @throws RangeError for an unknown format or zone
 */
export function timeReader(formats: readonly string[], zone: string | undefined): TimeReader {
  const readers = formats.map((format): FormatReader => {
    const reader = formatReader(format);
    if (!reader) throw new RangeError(`There is no time format '${format}'.`);
    return reader;
  });
  const clock: LocalClock | undefined = zone === undefined ? undefined : clockOf(zone);
  return (given) => {
    const text = given.trim();
    let fault: string | undefined;
    for (const reader of readers) {
      const said: Said | undefined = reader(text);
      if (said === undefined) continue;
      if (typeof said === 'string') fault ??= said;
      else if (!said.isLocal) return plausible(said.ms, text, formats);
      else if (clock) return clock(said.ms);
      else
        fault ??= `It names no time zone. Say which one the file has, in the mapping ("zone": "Europe/Berlin") or with --zone.`;
    }
    return `'${text.slice(0, 60)}' is no time. ${fault ?? hintOf(text, formats)}`;
  };
}

/** An epoch time that is far off in this unit but not in another has the wrong unit. */
function plausible(ms: number, text: string, formats: readonly string[]): number | string {
  if ((ms >= PLAUSIBLE_FROM && ms <= PLAUSIBLE_TO) || !/^\d+(?:\.\d*)?$/.test(text)) return ms;
  const other = fitting(text).find((format) => format.startsWith('epoch-') && !formats.includes(format));
  return other === undefined
    ? ms
    : `'${text.slice(0, 60)}' is far off as ${formats.join(' or ')}; as ${other} it is ${isoOf(text, other)}.`;
}

function isoOf(text: string, format: string): string {
  const said = formatReader(format)?.(text);
  return typeof said === 'object' ? new Date(said.ms).toISOString() : '';
}

/** Formats that would read the text as a plausible time. */
const fitting = (text: string): string[] =>
  FORMAT_NAMES.filter((format) => {
    const said = formatReader(format)?.(text);
    return typeof said === 'object' && said.ms >= PLAUSIBLE_FROM && said.ms <= PLAUSIBLE_TO;
  });

function hintOf(text: string, formats: readonly string[]): string {
  const expected = `Expected: ${formats.join(' or ')}.`;
  if (/^\d(?:[.,]\d+)?e\+?\d+$/i.test(text))
    return `${expected} A spreadsheet has cut its digits; export the column as a plain number.`;
  const others = fitting(text);
  return others.length === 0
    ? expected
    : `${expected} It fits "format": ${others.map((name) => `"${name}"`).join(' or ')}.`;
}
