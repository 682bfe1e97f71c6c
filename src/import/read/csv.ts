import { isUtf8 } from 'node:buffer';
import { type FileRow, faultyRow, longRow, MAX_ROW_BYTES, notUtf8, type RowSplitter } from '../model/row.ts';
import { fieldsOf } from './csv-fields.ts';
import { CR, type Found, LF, type LineEnds, lineEnd, QUOTE, recordEnd } from './csv-scan.ts';
import { createSkip, type Skip } from './csv-skip.ts';

const UNCLOSED = 'A quote is opened and not closed, or something follows a closing quote.';
const NO_BYTES = Buffer.alloc(0);

/** Where the splitter is in the file. */
type State = {
  data: Buffer;
  position: number;
  line: number;
  delimiter: string;
  ends: LineEnds | undefined;
  columns: number | undefined;
  skip: Skip | undefined;
  /** Where the next quote is, looked for once; undefined: not looked for yet. */
  quote: number | undefined;
};

/**
 * Splits CSV (RFC 4180, each row with any line end) into rows of fields; the first row is the header, and comes as one.
 * Rows of blanks are no rows. A first line `sep=;` sets the delimiter. A quote that is never closed would swallow the
 * rows behind it. Then only its own line is rejected, and the next line is a row again.
 * @param delimiter one ASCII character
 */
export function csvSplitter(delimiter: string): RowSplitter {
  const state: State = {
    ...{ data: NO_BYTES, position: 0, line: 1, delimiter },
    ...{ ends: undefined, columns: undefined, skip: undefined, quote: undefined },
  };
  return {
    push(chunk) {
      const { data, position } = state;
      state.data = position < data.length ? Buffer.concat([data.subarray(position), chunk]) : chunk;
      state.position = 0;
      state.quote = undefined;
      return drain(state, false);
    },
    end: () => drain(state, true),
  };
}

function drain(state: State, isEnd: boolean): FileRow[] {
  const rows: FileRow[] = [];
  while (state.position < state.data.length || (isEnd && state.skip)) {
    const row = next(state, isEnd);
    if (row === 'more') break;
    if (row) rows.push(row);
  }
  return rows;
}

/** The next row: undefined for none of it, 'more' when its end is not here yet. */
function next(state: State, isEnd: boolean): FileRow | undefined | 'more' {
  const { data } = state;
  state.ends ??= lineEndsOf(data, isEnd);
  if (state.ends === undefined)
    return isEnd || data.length <= MAX_ROW_BYTES ? 'more' : overflow(state, isEnd);
  if (state.skip) return passOver(state, state.skip, isEnd);
  const { position, ends } = state;
  const found = recordEnd(data, position, ends, codeOf(state), quoteFrom(state, position), isEnd);
  if (found) return take(state, found, isEnd);
  return data.length - position > MAX_ROW_BYTES ? overflow(state, isEnd) : 'more';
}

const codeOf = ({ delimiter }: State): number => delimiter.charCodeAt(0);

function quoteFrom(state: State, from: number): number {
  if (state.quote === undefined || state.quote < from) {
    const found = state.data.indexOf(QUOTE, from);
    state.quote = found === -1 ? Number.POSITIVE_INFINITY : found;
  }
  return state.quote;
}

/** Goes on with a row that is too long. */
function passOver(state: State, skip: Skip, isEnd: boolean): FileRow | 'more' {
  const done = skip.take(state.data, state.position, isEnd);
  state.position = done.next;
  if (!done.isDone) return 'more';
  const row = longRow(state.line, skip.head, skip.isOpen ? ', and a quote in it is not closed' : '');
  state.line += skip.lines;
  state.skip = undefined;
  return row;
}

/** A row whose end is not in sight: its first line alone, or all of it, is passed over. */
function overflow(state: State, isEnd: boolean): FileRow | undefined {
  state.ends ??= 'LF';
  const { data, position, ends } = state;
  const first = lineEnd(data, position, ends, isEnd);
  if (first && isRow(state, first.next, isEnd)) {
    state.line += 1;
    return faultyRow(state.line - 1, textOf(advance(state, first)), UNCLOSED);
  }
  state.skip = createSkip(data.subarray(position), ends, codeOf(state));
  return undefined;
}

/** Whether the line at `from` is a row of the file by itself. */
function isRow({ data, delimiter, columns, ends }: State, from: number, isEnd: boolean): boolean {
  if (columns === undefined || ends === undefined) return false;
  const end = from < data.length ? lineEnd(data, from, ends, isEnd) : undefined;
  return end !== undefined && fieldsOf(textOf(data.subarray(from, end.end)), delimiter)?.length === columns;
}

function advance(state: State, to: Found): Buffer {
  const bytes = state.data.subarray(state.position, to.end);
  state.position = to.next;
  return bytes;
}

/** Takes the row up to `to`, or the first line of it alone where that is all that is wrong. */
function take(state: State, to: Found, isEnd: boolean): FileRow | undefined {
  const { data, position: start, line: at, delimiter, columns } = state;
  const ends = state.ends as LineEnds;
  const first = lineEnd(data, start, ends, isEnd);
  const isLong = to.next - start > MAX_ROW_BYTES;
  const text = isLong ? '' : textOf(data.subarray(start, to.end));
  const fields = to.fault || isLong ? undefined : fieldsOf(text, delimiter);
  const isFine = fields !== undefined && (columns === undefined || fields.length === columns);
  if (!isFine && first && first.next < to.next && (columns === 1 || isRow(state, first.next, isEnd))) {
    state.line += 1;
    return faultyRow(at, textOf(advance(state, first)), UNCLOSED);
  }
  state.line += linesIn(data, start, to.next, ends);
  const bytes = advance(state, to);
  if (isLong) return longRow(at, bytes);
  if (!isUtf8(bytes)) return notUtf8(at, bytes);
  if (!fields) return faultyRow(at, text, UNCLOSED);
  if (fields.every((field) => field.trim() === '')) return undefined;
  if (columns === undefined) return takeHeader(state, at, text, fields);
  return isFine
    ? { line: at, raw: text, values: fields }
    : faultyRow(at, text, `The row has ${fields.length} columns, the header ${columns}.`);
}

/** Takes the header, or the line before it that sets the delimiter. */
function takeHeader(state: State, at: number, text: string, fields: readonly string[]): FileRow | undefined {
  const separator = at === 1 ? /^"?sep=(.)"?$/i.exec(text)?.[1] : undefined;
  if (separator !== undefined) {
    state.delimiter = separator;
    return undefined;
  }
  state.columns = fields.length;
  return { line: at, raw: text, values: fields };
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
