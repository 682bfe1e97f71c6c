import { isUtf8 } from 'node:buffer';
import { parseJson } from '../../domain/exact-json.ts';
import { isJsonObject, MAX_NESTING, nestsDeeperThan } from '../../domain/json.ts';
import {
  type FileRow,
  faultyRow,
  HEAD_BYTES,
  longRow,
  MAX_ROW_BYTES,
  notUtf8,
  type RowSplitter,
} from '../model/row.ts';

const NEWLINE = 0x0a;
const NO_BYTES: Buffer = Buffer.alloc(0);

/** Splits JSON lines (NDJSON). Lines of blanks are no rows. */
export function jsonLinesSplitter(): RowSplitter {
  let rest = NO_BYTES;
  let line = 0;
  /** How the line begins that is too long, while it is passed over. */
  let head: Buffer | undefined;

  const take = (bytes: Buffer): FileRow | undefined => {
    line += 1;
    const long = head ?? (bytes.length > MAX_ROW_BYTES ? bytes : undefined);
    head = undefined;
    return long ? longRow(line, long) : rowOf(line, bytes);
  };

  return {
    push(chunk) {
      const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      const rows: FileRow[] = [];
      let start = 0;
      for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, start)) {
        const row = take(data.subarray(start, end));
        if (row) rows.push(row);
        start = end + 1;
      }
      rest = data.subarray(start);
      if (head || rest.length > MAX_ROW_BYTES) {
        head ??= Buffer.from(rest.subarray(0, HEAD_BYTES));
        rest = NO_BYTES;
      }
      return rows;
    },
    end() {
      const row = rest.length > 0 || head ? take(rest) : undefined;
      return row ? [row] : [];
    },
  };
}

function rowOf(line: number, bytes: Buffer): FileRow | undefined {
  if (!isUtf8(bytes)) return notUtf8(line, bytes);
  const raw = bytes.toString('utf8').trim();
  if (raw === '') return undefined;
  try {
    const value = parseJson(raw);
    if (nestsDeeperThan(value, MAX_NESTING))
      return faultyRow(line, raw, `The line nests deeper than ${MAX_NESTING} levels.`);
    if (isJsonObject(value)) return { line, raw, values: value };
  } catch {
    return faultyRow(line, raw, 'The line is not valid JSON.');
  }
  return faultyRow(
    line,
    raw,
    raw.startsWith('[')
      ? 'The line is an array. A file has one JSON object on each line; jq -c ".[]" makes such a file.'
      : 'The line is no JSON object.',
  );
}
