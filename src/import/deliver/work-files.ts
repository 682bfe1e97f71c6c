import { mkdir, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { ItemErrorCode } from '../../ingest/draft/draft.ts';
import type { FileRow } from '../model/row.ts';
import { STANDARD_INPUT } from '../read/bytes.ts';

/**
 * The outcome of a file so far. A row counts one item for each activity or person, or one item when it is unreadable.
 * `items` = accepted + duplicates + conflicts + dropped + rejected. `unwanted` rows met no condition.
 */
export type ImportCounts = {
  readonly rows: number;
  readonly items: number;
  readonly accepted: number;
  /** There already, the same. */
  readonly duplicates: number;
  /** There already under the same message id, with something else. */
  readonly conflicts: number;
  /** Left out by the installation's rules. */
  readonly dropped: number;
  readonly rejected: number;
  readonly unwanted: number;
};

export const NO_COUNTS: ImportCounts = {
  ...{ rows: 0, items: 0, accepted: 0, duplicates: 0 },
  ...{ conflicts: 0, dropped: 0, rejected: 0, unwanted: 0 },
};

export const addCounts = (a: ImportCounts, b: ImportCounts): ImportCounts => ({
  rows: a.rows + b.rows,
  items: a.items + b.items,
  accepted: a.accepted + b.accepted,
  duplicates: a.duplicates + b.duplicates,
  conflicts: a.conflicts + b.conflicts,
  dropped: a.dropped + b.dropped,
  rejected: a.rejected + b.rejected,
  unwanted: a.unwanted + b.unwanted,
});

/** A line of the reject file. `row`: the row's text as it stands in the file. */
export type Reject = {
  readonly line: number;
  readonly code: ItemErrorCode | 'CONFLICT';
  readonly message: string;
  readonly path: string | null;
  readonly row: FileRow['raw'];
};

type Checkpoint = {
  readonly fingerprint: string;
  readonly counts: ImportCounts;
  readonly rejectBytes: number;
};

/** The reject file and the checkpoint of one file that is imported. */
export interface WorkFiles {
  /** Where the rows that are refused go, with their line numbers and reasons. */
  readonly rejects: string;
  /** How far an earlier run came with the same content and mapping. */
  readonly resumedAt: ImportCounts;
  /** Writes down that the rows up to here are done: rejects first, then the checkpoint, each synced to the disk. */
  advance(counts: ImportCounts, rejects: readonly Reject[]): Promise<void>;
  /** Removes the checkpoint, and the reject file where nothing was refused. */
  finish(counts: ImportCounts): Promise<void>;
}

/** Where the rows go that are refused. @param workDir undefined: beside the file */
export function rejectsOf(path: string, workDir: string | undefined): string {
  const name = path === STANDARD_INPUT ? 'stdin' : basename(path);
  const directory = workDir ?? (path === STANDARD_INPUT ? '.' : dirname(path));
  return join(directory, `${name}.rejects.jsonl`);
}

/**
 * Opens them, and goes on where a killed run stopped: rejects written after its last checkpoint are cut off.
 * @param fingerprint of content and mapping; undefined: can't be resumed
 * @throws Error when they can't be written
 */
export async function openWorkFiles(
  path: string,
  workDir: string | undefined,
  fingerprint: string | undefined,
): Promise<WorkFiles> {
  const rejects = rejectsOf(path, workDir);
  const checkpoint = rejects.replace(/\.rejects\.jsonl$/, '.import-checkpoint.json');
  if (workDir !== undefined) await mkdir(workDir, { recursive: true });
  let state = await readCheckpoint(checkpoint, fingerprint);
  try {
    await writeFile(rejects, '', { flag: 'a' });
    await truncate(rejects, state.rejectBytes);
  } catch (error) {
    throw new Error(
      `${resolve(rejects)} can't be written (${(error as NodeJS.ErrnoException).code}). Say with --work-dir where rejects and checkpoint may go.`,
    );
  }
  return {
    rejects,
    resumedAt: state.counts,
    async advance(counts, refused) {
      const rejectBytes = state.rejectBytes + (await append(rejects, refused));
      state = { ...state, counts, rejectBytes };
      if (fingerprint !== undefined) await writeSynced(checkpoint, JSON.stringify(state));
    },
    async finish({ rejected, conflicts }) {
      if (rejected + conflicts === 0) await rm(rejects, { force: true });
      await rm(checkpoint, { force: true });
    },
  };
}

async function readCheckpoint(file: string, fingerprint: string | undefined): Promise<Checkpoint> {
  const none = { fingerprint: fingerprint ?? '', counts: NO_COUNTS, rejectBytes: 0 };
  if (fingerprint === undefined) return none;
  try {
    const read = JSON.parse(await readFile(file, 'utf8')) as Checkpoint;
    // Another content or mapping under the same name is another import.
    return read.fingerprint === fingerprint ? read : none;
  } catch {
    return none;
  }
}

/** Appends lines, synced to the disk. @returns how many bytes */
async function append(file: string, lines: readonly Reject[]): Promise<number> {
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

/** Replaces a file as a whole. */
async function writeSynced(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
