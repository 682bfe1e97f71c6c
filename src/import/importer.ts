import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import type { ActivityDraft, ItemError, Verdict } from '../ingest/draft.ts';
import { draftFrom, type Mapping } from './mapping.ts';
import { type FileRow, readCsv, readJsonLines } from './rows.ts';

export type ImportOptions = {
  readonly file: string;
  readonly format: 'jsonl' | 'csv';
  readonly mapping: Mapping;
  /** Resolves when the drafts are durable. */
  readonly send: (drafts: readonly ActivityDraft[]) => Promise<readonly Verdict[]>;
  readonly onProgress?: (counts: ImportCounts) => void;
};
/** Rows so far; `rejectBytes` is how long the reject file was then. */
export type ImportCounts = {
  readonly rows: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly rejectBytes: number;
};
type Checkpoint = ImportCounts & { readonly fingerprint: string };

const BATCH = 500;
const NONE: ImportCounts = { rows: 0, accepted: 0, duplicates: 0, rejected: 0, rejectBytes: 0 };

/** Where the rows that are refused go, with their line numbers and reasons. */
export const rejectsOf = (file: string): string => `${file}.rejects.jsonl`;
const checkpointOf = (file: string): string => `${file}.import-checkpoint.json`;

/**
 * Imports a file: every good row arrives, and once, however often this is run, also when it is killed in
 * between. The checkpoint only moves past rows that are durable and rejects that are on the disk; a row without
 * a message id gets one from the file's content and its line, so that the same file again is the same messages.
 */
export async function importFile(options: ImportOptions): Promise<ImportCounts> {
  const content = await hashOf(options.file);
  const fingerprint = createHash('sha256')
    .update(content)
    .update(JSON.stringify(options.mapping))
    .digest('base64url');
  let counts = await resume(options.file, fingerprint);
  // Rejects that were written after the last checkpoint will be written again.
  await writeFile(rejectsOf(options.file), '', { flag: 'a' });
  await truncate(rejectsOf(options.file), counts.rejectBytes);

  let skip = counts.rows;
  let batch: FileRow[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    counts = await importRows(batch, content, options, counts);
    batch = [];
    await save(options.file, { ...counts, fingerprint });
    options.onProgress?.(counts);
  };
  const rows =
    options.format === 'csv' ? readCsv(options.file, options.mapping.delimiter) : readJsonLines(options.file);
  for await (const row of rows) {
    if (skip > 0) {
      skip -= 1;
      continue;
    }
    batch.push(row);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  if (counts.rejected === 0) await rm(rejectsOf(options.file), { force: true });
  await rm(checkpointOf(options.file), { force: true });
  return counts;
}

async function importRows(
  batch: readonly FileRow[],
  content: string,
  options: ImportOptions,
  counts: ImportCounts,
): Promise<ImportCounts> {
  const rejects: object[] = [];
  const drafts: { row: FileRow; draft: ActivityDraft }[] = [];
  const refuse = (row: FileRow, error: ItemError) =>
    rejects.push({ line: row.line, ...error, row: 'row' in row ? row.row : row.raw });
  for (const row of batch) {
    if ('fault' in row) {
      refuse(row, { code: 'INVALID_VALUE', message: row.fault, path: null });
      continue;
    }
    const draft = draftFrom(row.row, options.mapping, `import-${content.slice(0, 22)}-${row.line}`);
    if ('code' in draft) refuse(row, draft);
    else drafts.push({ row, draft });
  }
  const verdicts = drafts.length > 0 ? await options.send(drafts.map(({ draft }) => draft)) : [];
  let [accepted, duplicates] = [0, 0];
  verdicts.forEach((verdict, index) => {
    const row = drafts[index]?.row;
    if (verdict.status === 'rejected' && row) refuse(row, verdict.error);
    else if (verdict.status === 'accepted') accepted += 1;
    else if (verdict.status === 'duplicate') duplicates += 1;
  });
  const rejectBytes = counts.rejectBytes + (await append(rejectsOf(options.file), rejects));
  return {
    rows: counts.rows + batch.length,
    accepted: counts.accepted + accepted,
    duplicates: counts.duplicates + duplicates,
    rejected: counts.rejected + rejects.length,
    rejectBytes,
  };
}

/** Appends lines, synced to the disk. @returns how many bytes */
async function append(file: string, lines: readonly object[]): Promise<number> {
  if (lines.length === 0) return 0;
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const handle = await open(file, 'a');
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  return Buffer.byteLength(text);
}

async function resume(file: string, fingerprint: string): Promise<ImportCounts> {
  const text = await readFile(checkpointOf(file), 'utf8').catch(() => undefined);
  if (text === undefined) return NONE;
  const { fingerprint: of, ...counts } = JSON.parse(text) as Checkpoint;
  // Another content or mapping under the same name is another import.
  return of === fingerprint ? counts : NONE;
}

async function save(file: string, checkpoint: Checkpoint): Promise<void> {
  const temporary = `${checkpointOf(file)}.new`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(JSON.stringify(checkpoint));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, checkpointOf(file));
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('base64url');
}
