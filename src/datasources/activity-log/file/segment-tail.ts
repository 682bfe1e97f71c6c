import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { type Epoch, LogFencedError, openEpoch } from './epoch.ts';
import { createSegment, listSegments, mendTail, writeAll } from './segment-directory.ts';
import { encodeFrames } from './segment-frame.ts';
import { noteInIndex, type Segment } from './segment-read.ts';

/** The end of a log, which this process alone writes. */
export type Tail = {
  readonly dir: string;
  /** A new file begins when the last file has this many bytes. */
  readonly segmentBytes: number;
  readonly segments: Segment[];
  /** Bytes after the last whole record that were put aside when the log was opened. */
  readonly tornBytes: number;
  readonly epoch: Epoch;
  /** The last segment, and its file, open for writing. */
  last: Segment;
  file: FileHandle;
  /** Why this process writes nothing more. */
  fault: Error | undefined;
  /** False while the remains of a failed write may stand behind the last durable record. */
  isMended: boolean;
};

/**
 * Opens the end of the log in `dir`, which is made if it isn't there.
 * @param firstOffset the offset that a new log begins with
 * @throws LogDamagedError when a record is damaged and valid records follow
 */
export async function openTail(dir: string, firstOffset: number, segmentBytes: number): Promise<Tail> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const segments = await listSegments(dir);
  let tornBytes = 0;
  const last = segments.at(-1);
  if (last) tornBytes = await mendTail(last);
  else segments.push(await createSegment(dir, firstOffset));
  const epoch = await openEpoch(dir);
  const current = segments.at(-1) as Segment;
  const file = await open(current.path, 'r+');
  // What is read from here on counts as durable; before, it may have been in the page cache only.
  await file.datasync();
  return {
    ...{ dir, segmentBytes, segments, tornBytes, epoch },
    ...{ last: current, file, fault: undefined, isMended: true },
  };
}

/** Before any byte is written or cut. @throws LogFencedError when a later opener owns the files */
export function checkEpoch(tail: Tail): void {
  try {
    tail.epoch.check();
  } catch (error) {
    if (error instanceof LogFencedError) tail.fault = error;
    throw error;
  }
}

/** Removes remains of a failed write, so that the next write starts after the last durable record. */
export async function mend(tail: Tail): Promise<void> {
  await tail.file.truncate(tail.last.size);
  tail.isMended = true;
}

async function readyToWrite(tail: Tail): Promise<void> {
  if (tail.fault) throw tail.fault;
  checkEpoch(tail);
  if (!tail.isMended) await mend(tail);
}

async function roll(tail: Tail): Promise<void> {
  const next = await createSegment(tail.dir, tail.last.end);
  await tail.file.close();
  tail.file = await open(next.path, 'r+');
  tail.segments.push(next);
  tail.last = next;
}

/** Ends the last segment, so that all records up to now are in files that nobody appends to. */
export async function endSegment(tail: Tail): Promise<void> {
  await readyToWrite(tail);
  await roll(tail);
}

/** Writes records and syncs them. @returns the offset of the first of them */
export async function writeRecords(tail: Tail, records: readonly Uint8Array[]): Promise<number> {
  await readyToWrite(tail);
  if (tail.last.size >= tail.segmentBytes && tail.last.end > tail.last.base) await roll(tail);
  const { last } = tail;
  const frames = encodeFrames(records, last.end);
  tail.isMended = false;
  await writeAll(tail.file, frames, last.size);
  try {
    await tail.file.datasync();
  } catch (error) {
    // After a failed sync the kernel may have dropped the pages and forgotten it: nothing more can be
    // promised of this file by this process (PostgreSQL stops there, too).
    tail.fault = error as Error;
    throw error;
  }
  tail.isMended = true;
  const first = last.end;
  noteInIndex(last, first, last.size);
  last.size += frames.length;
  last.end += records.length;
  return first;
}
