import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ActivityTypeDefinition } from '../domain/activity-types.ts';
import type { Item } from '../ingest/draft/draft.ts';
import { type Batch, createSender, emptyBatch, type Send } from './deliver/deliver.ts';
import { type ImportCounts, openWorkFiles } from './deliver/work-files.ts';
import type { FileRow } from './model/row.ts';
import { checkHeader, checkRows, columnsOf } from './plan/columns.ts';
import { compilePlan, type Plan, type Said } from './plan/plan.ts';
import { type FileOptions, openFile } from './plan/rows.ts';
import { STANDARD_INPUT } from './read/bytes.ts';
import type { Reading } from './values/conversions.ts';
import { openRowIds, type RowIds } from './values/ids.ts';
import type { Mapping } from './values/mapping.ts';
import type { RowAt } from './values/values.ts';

export type ImportOptions = {
  readonly file: FileOptions;
  readonly mapping: Mapping;
  /** The zone of times that name none, where the mapping has no zone. */
  readonly zone?: string | undefined;
  readonly types: readonly ActivityTypeDefinition[];
  readonly send: Send;
  /** Undefined: beside the file. */
  readonly workDir?: string | undefined;
  readonly onProgress?: (counts: ImportCounts) => void;
};

/** Items of one call. */
const BATCH_ITEMS = 1_000;
/** Bytes of the rows of one call, roughly. */
const BATCH_BYTES = 1024 * 1024;
/** Of JSON lines, the rows in which a column must occur once. */
const CHECKED_ROWS = 1_000;

/** A file that fits its mapping, and the rows of it. */
export type ReadyFile = { readonly plan: Plan; readonly rows: AsyncGenerator<readonly FileRow[], void> };

/**
 * Opens a file and holds it against the mapping.
 * @throws Error that names the columns that are missing or there twice, before any row counts
 */
export async function readyFile({ file, mapping, zone, types }: ImportOptions): Promise<ReadyFile> {
  const delimiter = file.delimiter ?? mapping.delimiter;
  const { columns, rows } = await openFile({
    ...file,
    delimiter,
    encoding: file.encoding ?? mapping.encoding,
  });
  const reading: Reading = {
    columns,
    zone: mapping.zone ?? zone,
    decimal: mapping.decimal ?? '.',
    nulls: columns ? mapping.nulls : [],
  };
  const used = columnsOf(mapping);
  const plan = compilePlan(mapping, reading, types);
  if (columns) {
    checkHeader(used, columns);
    return { plan, rows };
  }
  const first: FileRow[] = [];
  while (first.length < CHECKED_ROWS) {
    const next = await rows.next();
    if (next.done) break;
    first.push(...next.value);
  }
  checkRows(used, first, reading);
  return { plan, rows: joined(first, rows) };
}

async function* joined(
  first: readonly FileRow[],
  rest: AsyncGenerator<readonly FileRow[], void>,
): AsyncGenerator<readonly FileRow[], void> {
  yield first;
  yield* rest;
}

/**
 * Imports a file: every good row arrives, and once, however often this is run, also when it is killed in between. The
 * checkpoint only moves past rows that are durable and rejects that are on the disk.
 */
export async function importFile(options: ImportOptions): Promise<ImportCounts> {
  const { plan, rows } = await readyFile(options);
  const work = await openWorkFiles(options.file.path, options.workDir, await fingerprintOf(options));
  const ids = await openRowIds();
  const sender = createSender(
    { send: options.send, hasLeads: options.mapping.lead !== undefined, onProgress: options.onProgress },
    work,
  );
  try {
    let number = 0;
    let batch = emptyBatch();
    for await (const chunk of rows)
      for (const row of chunk) {
        number += 1;
        addRow(batch, row, number, plan, ids, number > work.resumedAt.rows);
        if (batch.items.length < BATCH_ITEMS && batch.rows < BATCH_ITEMS && batch.bytes < BATCH_BYTES)
          continue;
        await sender.send(batch);
        batch = emptyBatch();
      }
    if (batch.rows > 0) await sender.send(batch);
    const counts = await sender.done();
    await work.finish(counts);
    return counts;
  } finally {
    await ids.close();
  }
}

/** @param isNew false: an earlier run has sent it; its ids are counted only */
function addRow(batch: Batch, row: FileRow, number: number, plan: Plan, ids: RowIds, isNew: boolean): void {
  const said: readonly Said[] =
    'fault' in row
      ? [{ kind: 'fault', error: row.fault }]
      : plan({ number, values: row.values } satisfies RowAt);
  const items = said.map((one) => (one.kind === 'fault' ? one : itemOf(one, ids)));
  if (!isNew) return;
  batch.rows += 1;
  batch.bytes += row.raw.length;
  if (items.length === 0) batch.unwanted += 1;
  for (const item of items)
    if (item.kind === 'fault') batch.refused.push({ row, error: item.error });
    else batch.items.push({ row, item });
}

/** An item of a row, ready to be sent. */
export function itemOf(said: Exclude<Said, { kind: 'fault' }>, ids: Pick<RowIds, 'next'>): Item {
  return said.kind === 'lead'
    ? { kind: 'lead', draft: { ...said.draft, at: said.at ?? Date.now() } }
    : { kind: 'activity', draft: { ...said.draft, messageId: said.messageId ?? ids.next(said.draft) } };
}

/** Of the content and of all that decides what its rows say. The standard input can't be read again. */
async function fingerprintOf({ file, mapping, zone }: ImportOptions): Promise<string | undefined> {
  if (file.path === STANDARD_INPUT) return undefined;
  const hash = createHash('sha256').update(JSON.stringify([mapping, file, zone]));
  for await (const chunk of createReadStream(file.path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('base64url');
}
