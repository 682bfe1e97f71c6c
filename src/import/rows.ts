import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { parseJson } from '../domain/exact-json.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';

/** One row of a file: its values or why it has none, and the line it begins on (from 1). */
export type FileRow = { readonly line: number } & (
  | { readonly row: JsonObject }
  | { readonly fault: string; readonly raw: string }
);

const NEWLINE = 0x0a;
const MAX_ROW_BYTES = 1024 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Rows of JSON lines: memory is bounded by the longest line that is still a row. */
export async function* readJsonLines(file: string): AsyncGenerator<FileRow> {
  let line = 0;
  for await (const bytes of lines(file)) {
    line += 1;
    if (bytes === 'too long')
      yield { line, fault: `The line has more than ${MAX_ROW_BYTES} bytes.`, raw: '' };
    else if (bytes.length > 0) yield { line, ...parseLine(bytes) };
  }
}

function parseLine(bytes: Buffer): { row: JsonObject } | { fault: string; raw: string } {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { fault: 'The line is not valid UTF-8.', raw: bytes.toString('latin1') };
  }
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? { row: value } : { fault: 'The line is no JSON object.', raw: text };
  } catch {
    return { fault: 'The line is not valid JSON.', raw: text };
  }
}

/** Lines as bytes, without the line break. What follows the limit of a line is skipped, not kept. */
async function* lines(file: string): AsyncGenerator<Buffer | 'too long'> {
  let parts: Buffer[] = [];
  let size = 0;
  const take = (): Buffer | 'too long' => {
    const line = size > MAX_ROW_BYTES ? ('too long' as const) : trimmed(Buffer.concat(parts));
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      size += end - start;
      if (size <= MAX_ROW_BYTES) parts.push(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    size += chunk.length - start;
    if (size <= MAX_ROW_BYTES) parts.push(chunk.subarray(start));
  }
  if (size > 0) yield take();
}

/** Without the carriage return of Windows' lines and the byte order mark of its files. */
function trimmed(bytes: Buffer): Buffer {
  const from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return bytes.subarray(from, bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length);
}

/** Rows of CSV with a header line: quotes and line breaks within them as RFC 4180 has them. */
export async function* readCsv(file: string, delimiter: string): AsyncGenerator<FileRow> {
  const faults: { line: number; fault: string; raw: string }[] = [];
  const parser = createReadStream(file).pipe(
    parse({
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX_ROW_BYTES,
      skip_records_with_error: true,
      on_skip(error) {
        faults.push({
          line: Number(error?.lines ?? 0),
          fault: 'The row is no valid CSV: check its quotes and its length.',
          raw: '',
        });
      },
    }),
  );
  let header: string[] | undefined;
  let nextLine = 1;
  for await (const { record, info } of parser as AsyncIterable<{
    record: string[];
    info: { lines: number };
  }>) {
    // `info.lines` is the line a record ends on; the next one begins after it.
    const line = nextLine;
    nextLine = info.lines + 1;
    // The parser runs ahead: only faults of lines before this one are due, so that the order is always the same.
    while (faults[0] && faults[0].line <= line) yield faults.shift() as FileRow;
    if (!header) {
      header = record;
      continue;
    }
    const raw = record.join(delimiter);
    if (record.length !== header.length)
      yield { line, fault: `The row has ${record.length} columns, the header ${header.length}.`, raw };
    else if (record.some((value) => value.includes('\ufffd')))
      yield { line, fault: 'The row is not valid UTF-8.', raw };
    else yield { line, row: Object.fromEntries(header.map((name, index) => [name, record[index] ?? ''])) };
  }
  yield* faults;
}
