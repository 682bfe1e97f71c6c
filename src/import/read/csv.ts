import { isUtf8 } from 'node:buffer';
import { type FileRow, faultyRow, longRow, MAX_ROW_BYTES, notUtf8, type RowSplitter } from '../model/row.ts';
import { fieldsOf } from './csv-fields.ts';
import { CR, type Found, LF, type LineEnds, lineEnd, QUOTE, recordEnd } from './csv-scan.ts';
import { createSkip, type Skip } from './csv-skip.ts';

const UNCLOSED = 'A quote is opened and not closed, or something follows a closing quote.';
const NO_BYTES = Buffer.alloc(0);

/**
 * Splits CSV (RFC 4180, each row with any line end) into rows of fields; the first row is the header, and comes as one.
 * Rows of blanks are no rows. A first line `sep=;` sets the delimiter. A quote that is never closed would swallow the
 * rows behind it. Then only its own line is rejected, and the next line is a row again.
 * @param delimiter one ASCII character
 */
export function csvSplitter(delimiter: string): RowSplitter {
  let data: Buffer = NO_BYTES;
  let position = 0;
  let line = 1;
  let ends: LineEnds | undefined;
  let columns: number | undefined;
  let skip: Skip | undefined;
  /** Where the next quote is, looked for once; undefined: not looked for yet. */
  let quote: number | undefined;

  const code = () => delimiter.charCodeAt(0);
  const quoteFrom = (from: number): number => {
    if (quote === undefined || quote < from) {
      const found = data.indexOf(QUOTE, from);
      quote = found === -1 ? Number.POSITIVE_INFINITY : found;
    }
    return quote;
  };

  /** Whether the line at `from` is a row of the file by itself. */
  const isRow = (from: number, isEnd: boolean): boolean => {
    if (columns === undefined || ends === undefined) return false;
    const end = from < data.length ? lineEnd(data, from, ends, isEnd) : undefined;
    return end !== undefined && fieldsOf(textOf(data.subarray(from, end.end)), delimiter)?.length === columns;
  };

  const advance = (to: Found): Buffer => {
    const bytes = data.subarray(position, to.end);
    position = to.next;
    return bytes;
  };

  /** Takes the row up to `to`, or the first line of it alone where that is all that is wrong. */
  const take = (to: Found, isEnd: boolean): FileRow | undefined => {
    const at = line;
    const start = position;
    const first = lineEnd(data, start, ends as LineEnds, isEnd);
    const isLong = to.next - start > MAX_ROW_BYTES;
    const text = isLong ? '' : textOf(data.subarray(start, to.end));
    const fields = to.fault || isLong ? undefined : fieldsOf(text, delimiter);
    const isFine = fields !== undefined && (columns === undefined || fields.length === columns);
    if (!isFine && first && first.next < to.next && (columns === 1 || isRow(first.next, isEnd))) {
      line += 1;
      const bytes = advance(first);
      return faultyRow(at, textOf(bytes), UNCLOSED);
    }
    line += linesIn(data, start, to.next, ends as LineEnds);
    const bytes = advance(to);
    if (isLong) return longRow(at, bytes);
    if (!isUtf8(bytes)) return notUtf8(at, bytes);
    if (!fields) return faultyRow(at, text, UNCLOSED);
    if (fields.every((field) => field.trim() === '')) return undefined;
    if (columns === undefined) {
      const separator = at === 1 ? /^"?sep=(.)"?$/i.exec(text)?.[1] : undefined;
      if (separator !== undefined) delimiter = separator;
      else columns = fields.length;
      return separator === undefined ? { line: at, raw: text, values: fields } : undefined;
    }
    return isFine
      ? { line: at, raw: text, values: fields }
      : faultyRow(at, text, `The row has ${fields.length} columns, the header ${columns}.`);
  };

  /** The next row: undefined for none of it, 'more' when its end is not here yet. */
  const next = (isEnd: boolean): FileRow | undefined | 'more' => {
    ends ??= lineEndsOf(data, isEnd);
    if (ends === undefined) return isEnd || data.length <= MAX_ROW_BYTES ? 'more' : overflow(isEnd);
    if (skip) {
      const done = skip.take(data, position, isEnd);
      position = done.next;
      if (!done.isDone) return 'more';
      const row = longRow(line, skip.head, skip.isOpen ? ', and a quote in it is not closed' : '');
      line += skip.lines;
      skip = undefined;
      return row;
    }
    const found = recordEnd(data, position, ends, code(), quoteFrom(position), isEnd);
    if (found) return take(found, isEnd);
    return data.length - position > MAX_ROW_BYTES ? overflow(isEnd) : 'more';
  };

  /** A row whose end is not in sight: its first line alone, or all of it, is passed over. */
  const overflow = (isEnd: boolean): FileRow | undefined => {
    ends ??= 'LF';
    const first = lineEnd(data, position, ends, isEnd);
    if (first && isRow(first.next, isEnd)) {
      line += 1;
      return faultyRow(line - 1, textOf(advance(first)), UNCLOSED);
    }
    skip = createSkip(data.subarray(position), ends, code());
    return undefined;
  };

  const drain = (isEnd: boolean): FileRow[] => {
    const rows: FileRow[] = [];
    while (position < data.length || (isEnd && skip)) {
      const row = next(isEnd);
      if (row === 'more') break;
      if (row) rows.push(row);
    }
    return rows;
  };

  return {
    push(chunk) {
      data = position < data.length ? Buffer.concat([data.subarray(position), chunk]) : chunk;
      position = 0;
      quote = undefined;
      return drain(false);
    },
    end: () => drain(true),
  };
}

/** The text of a row without the carriage returns of its line end. */
function textOf(bytes: Buffer): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === CR) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** How the lines of a file end, by its first line: old Macs' files have CR alone. Undefined: not known yet. */
function lineEndsOf(data: Buffer, isEnd: boolean): LineEnds | undefined {
  const lf = data.indexOf(LF);
  const cr = data.indexOf(CR);
  if (cr === -1) return lf !== -1 || isEnd ? 'LF' : undefined;
  if (lf !== -1 && lf < cr) return 'LF';
  let after = cr;
  while (data[after] === CR) after += 1;
  if (after === data.length && !isEnd) return undefined;
  return data[after] === LF ? 'LF' : 'CR';
}

function linesIn(data: Buffer, from: number, to: number, ends: LineEnds): number {
  let lines = 0;
  for (let at = from; at < to; ) {
    const end = lineEnd(data, at, ends, true);
    if (!end || end.next > to) break;
    lines += 1;
    at = end.next;
  }
  return lines;
}
