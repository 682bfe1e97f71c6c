import type { JsonObject } from '../../domain/json.ts';
import type { ItemError } from '../../ingest/draft/draft.ts';

/** Rows beyond this many bytes are rejected, unread: they cost themselves only. */
export const MAX_ROW_BYTES = 1024 * 1024;
/** Bytes that are kept of a row that is too long. */
export const HEAD_BYTES = 4096;

/**
 * One row of a file: its values (of CSV by column, of JSON lines an object) or a fault. `line` is its first line, and
 * `raw` its text in the file.
 */
export type FileRow = { readonly line: number; readonly raw: string } & (
  | { readonly values: readonly string[] | JsonObject }
  | { readonly fault: ItemError }
);

/** Cuts chunks of UTF-8 into rows. Memory is bounded by the longest row that is still one. */
export interface RowSplitter {
  /** @returns the rows that are complete now */
  push(chunk: Buffer): FileRow[];
  /** @returns the remaining rows at the end of the file */
  end(): FileRow[];
}

/** A row that can't be read. */
export const faultyRow = (
  line: number,
  raw: string,
  message: string,
  code: ItemError['code'] = 'INVALID_VALUE',
): FileRow => ({ line, raw, fault: { code, message, path: null } });

/** A row that is too long to be read; `head` is how it begins. */
export const longRow = (line: number, head: Buffer, more = ''): FileRow =>
  faultyRow(
    line,
    `${head.subarray(0, HEAD_BYTES).toString('utf8')}…`,
    `The row has more than ${MAX_ROW_BYTES} bytes${more}. Its text is cut here.`,
    'TOO_LARGE',
  );

/** The text of a row that is not UTF-8: as Latin-1, so that no byte is lost. */
export const notUtf8 = (line: number, bytes: Buffer): FileRow =>
  faultyRow(
    line,
    bytes.toString('latin1').trimEnd(),
    'The row is not valid UTF-8. If the file has another encoding, say which: --encoding windows-1252.',
  );
