import type { FileRow } from '../model/row.ts';
import { readUtf8 } from '../read/bytes.ts';
import { csvSplitter } from '../read/csv.ts';
import { jsonLinesSplitter } from '../read/json-lines.ts';

export const FILE_FORMATS = ['csv', 'tsv', 'jsonl', 'ndjson'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export type FileOptions = {
  /** `-`: the standard input. */
  readonly path: string;
  readonly format: FileFormat;
  readonly delimiter?: string | undefined;
  readonly encoding?: string | undefined;
};

/** A file that is open: its columns (undefined: JSON lines have none), and its rows in pieces of a chunk each. */
export type OpenFile = {
  readonly columns: readonly string[] | undefined;
  readonly rows: AsyncGenerator<readonly FileRow[], void>;
};

/** The format that a file's name tells; undefined: it tells none. */
export function formatOf(path: string): FileFormat | undefined {
  const ending = /\.(\w+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  return FILE_FORMATS.find((format) => format === ending);
}

/**
 * Opens a file and reads its header.
 * @throws Error when it can't be read, is empty, or has no header
 */
export async function openFile({ path, format, delimiter, encoding }: FileOptions): Promise<OpenFile> {
  const isCsv = format === 'csv' || format === 'tsv';
  const splitter = isCsv ? csvSplitter(delimiter ?? (format === 'tsv' ? '\t' : ',')) : jsonLinesSplitter();
  const rows = split(readUtf8(path, encoding), splitter);
  if (!isCsv) return { columns: undefined, rows };
  const first = await rows.next();
  const [header, ...others] = first.done ? [] : first.value;
  if (!header) throw new Error('The file is empty: its first row must name the columns.');
  if ('fault' in header) throw new Error(`The header can't be read. ${header.fault.message}`);
  const columns = (header.values as readonly string[]).map((name) => name.trim());
  return { columns, rows: resumed(others, rows) };
}

async function* split(
  chunks: AsyncIterable<Buffer>,
  splitter: ReturnType<typeof jsonLinesSplitter>,
): AsyncGenerator<FileRow[], void> {
  for await (const chunk of chunks) {
    const rows = splitter.push(chunk);
    if (rows.length > 0) yield rows;
  }
  const rows = splitter.end();
  if (rows.length > 0) yield rows;
}

async function* resumed(
  first: readonly FileRow[],
  rest: AsyncGenerator<readonly FileRow[], void>,
): AsyncGenerator<readonly FileRow[], void> {
  if (first.length > 0) yield first;
  yield* rest;
}
