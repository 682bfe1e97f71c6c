import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../../lib/errors.ts';
import { LogFencedError, openEpoch } from './epoch.ts';
import { createSegment, listSegments, mendTail, writeAll } from './segment-directory.ts';
import { encodeFrames, MAX_RECORD_BYTES } from './segment-frame.ts';
import {
  noteInIndex,
  type ReadOptions,
  type RecordBatch,
  readSegment,
  type Segment,
} from './segment-read.ts';
import { type Change, rewriteSegments } from './segment-rewrite.ts';

export type SegmentLogOptions = {
  readonly dir: string;
  /** A new file begins when the last file has this many bytes. */
  readonly segmentBytes?: number;
  /** Bytes that may wait to be written; beyond, appends are refused with `RATE_LIMITED`. */
  readonly maxPendingBytes?: number;
  /** The offset that a new log begins with; 0 by default. */
  readonly firstOffset?: number;
};

/** An append-only sequence of byte records in files of one directory. */
export interface SegmentLog {
  /**
   * Resolves when the records are on stable storage (fdatasync), with the first and the last of their
   * offsets, which are consecutive. Appends that come while one is being synced share the next sync.
   * @throws DomainError `BACKEND_UNAVAILABLE` when they could not be written; `RATE_LIMITED`
   */
  append(records: readonly Uint8Array[]): Promise<{ readonly first: number; readonly last: number }>;
  /** Records from `from` to the end as it is at the first step, in batches. Only durable records are read. */
  read(from: number, options: ReadOptions): AsyncGenerator<RecordBatch>;
  /**
   * Replaces records before `until`: `change` gives the bytes to put in the place of a record, or undefined where it
   * stays. Offsets don't move. A segment that changes is rewritten beside its file, synced and renamed. Whenever the
   * process ends, the old file or the new file is there. Appends and reads go on. Bytes of interrupted writes are removed.
   * @throws LogDamagedError, Error of the file system, or the signal's reason: some segments may be rewritten
   */
  rewrite(until: number, change: Change, signal: AbortSignal): Promise<void>;
  readonly firstPosition: number;
  readonly nextPosition: number;
  /** Bytes after the last whole record that were put aside when the log was opened. */
  readonly tornBytes: number;
  /**
   * Whether the log can be written now.
   * @throws Error that says why not: the disk is full or broken, or another process owns the log
   */
  check(): Promise<void>;
  /** Waits for the appends taken in, then closes. */
  close(): Promise<void>;
}

type Append = {
  readonly records: readonly Uint8Array[];
  readonly bytes: number;
  resolve(range: { first: number; last: number }): void;
  reject(error: Error): void;
};

/** Bytes of one write and sync. */
const GROUP_BYTES = 8 * 1024 * 1024;

/**
 * Opens the log in `dir`, which is made if it isn't there. Half a record at its end (a write that stopped in the middle
 * and was never acknowledged) is put aside as `….torn` and cut off. One process at a time has the directory open: it
 * holds a lock, and the log's epoch fences older writers.
 * @throws LogDamagedError when a record is damaged and valid records follow
 */
export async function openSegmentLog(options: SegmentLogOptions): Promise<SegmentLog> {
  const { dir, segmentBytes = 64 * 1024 * 1024, maxPendingBytes = 64 * 1024 * 1024 } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const segments = await listSegments(dir);
  let tornBytes = 0;
  const last = segments.at(-1);
  if (last) tornBytes = await mendTail(last);
  else segments.push(await createSegment(dir, options.firstOffset ?? 0));
  const epoch = await openEpoch(dir);

  let tail = segments.at(-1) as Segment;
  let file = await open(tail.path, 'r+');
  // What is read from here on counts as durable; before, it may have been in the page cache only.
  await file.datasync();
  const pending: Append[] = [];
  let pendingBytes = 0;
  let writing: Promise<void> | undefined;
  let fault: Error | undefined;
  let isMended = true;

  const roll = async (): Promise<void> => {
    const next = await createSegment(dir, tail.end);
    await file.close();
    file = await open(next.path, 'r+');
    segments.push(next);
    tail = next;
  };

  /** Removes remains of a failed write, so that the next write starts after the last durable record. */
  const mend = async (): Promise<void> => {
    await file.truncate(tail.size);
    isMended = true;
  };

  /** Before any byte is written or cut: a later opener owns the files. */
  const checkEpoch = (): void => {
    try {
      epoch.check();
    } catch (error) {
      if (error instanceof LogFencedError) fault = error;
      throw error;
    }
  };

  const writeGroup = async (group: readonly Append[]): Promise<void> => {
    if (fault) throw fault;
    checkEpoch();
    if (!isMended) await mend();
    if (tail.size >= segmentBytes && tail.end > tail.base) await roll();
    const frames = encodeFrames(
      group.flatMap(({ records }) => records),
      tail.end,
    );
    isMended = false;
    await writeAll(file, frames, tail.size);
    try {
      await file.datasync();
    } catch (error) {
      // After a failed sync the kernel may have dropped the pages and forgotten it: nothing more can be
      // promised of this file by this process (PostgreSQL stops there, too).
      fault = error as Error;
      throw error;
    }
    isMended = true;
    noteInIndex(tail, tail.end, tail.size);
    let first = tail.end;
    tail.size += frames.length;
    tail.end += group.reduce((sum, { records }) => sum + records.length, 0);
    for (const { records, resolve } of group) {
      resolve({ first, last: first + records.length - 1 });
      first += records.length;
    }
  };

  const writeAllPending = async (): Promise<void> => {
    while (pending.length > 0) {
      const group: Append[] = [];
      let bytes = 0;
      for (
        let next = pending[0];
        next && (bytes === 0 || bytes + next.bytes <= GROUP_BYTES);
        next = pending[0]
      ) {
        group.push(next);
        bytes += next.bytes;
        pending.shift();
      }
      try {
        await writeGroup(group);
      } catch (cause) {
        const error = new DomainError(
          'BACKEND_UNAVAILABLE',
          'The activity log can not be written. Try again shortly.',
          { cause },
        );
        // Now, so that refused records aren't found in the file later; if that fails, too, before the next write.
        if (!isMended && !fault) await mend().catch(() => {});
        for (const { reject } of group) reject(error);
      }
      pendingBytes -= bytes;
    }
    writing = undefined;
  };

  /** Ends the last segment, between two writes, so that all records up to now are in files that nobody appends to. */
  const endSegment = async (): Promise<void> => {
    while (writing) await writing;
    if (tail.end === tail.base) return;
    const turn = (async () => {
      if (fault) throw fault;
      checkEpoch();
      if (!isMended) await mend();
      await roll();
    })();
    writing = turn
      .catch(() => {})
      .then(() => {
        writing = undefined;
        if (pending.length > 0) writing = writeAllPending();
      });
    await turn;
  };

  let isClosed = false;
  return {
    append(records) {
      if (isClosed)
        return Promise.reject(new DomainError('BACKEND_UNAVAILABLE', 'The activity log is closed.'));
      if (records.length === 0) return Promise.reject(new RangeError('an append needs at least one record'));
      let bytes = 0;
      for (const record of records) {
        if (record.length > MAX_RECORD_BYTES)
          return Promise.reject(
            new RangeError(`a record has ${record.length} bytes; at most ${MAX_RECORD_BYTES} are allowed`),
          );
        bytes += record.length;
      }
      if (pendingBytes > 0 && pendingBytes + bytes > maxPendingBytes)
        return Promise.reject(
          new DomainError(
            'RATE_LIMITED',
            'More is being written than the disk can take. Try again shortly.',
            { retryAfterMs: 1_000 },
          ),
        );
      pendingBytes += bytes;
      return new Promise((resolve, reject) => {
        pending.push({ records, bytes, resolve, reject });
        // In a microtask, so that all appends of one turn of the event loop share the first sync.
        writing ??= Promise.resolve().then(writeAllPending);
      });
    },

    async *read(from, read) {
      const end = tail.end;
      if (from > end) throw new RangeError(`the log ends at ${end}; there is no record ${from}`);
      // Segments are added at the end, and rewritten ones take the places of the old.
      for (const [index, segment] of [...segments].entries()) {
        const to = Math.min(segment.end, end);
        const current = (): Segment => segments[index] ?? segment;
        if (to > from) yield* readSegment(current, Math.max(from, segment.base), to, read);
      }
    },

    async rewrite(until, change, signal) {
      if (tail.base < until) await endSegment();
      await rewriteSegments({ dir, segments, until, change, check: checkEpoch }, signal);
    },

    get firstPosition() {
      return segments[0]?.base ?? 0;
    },
    get nextPosition() {
      return tail.end;
    },
    tornBytes,

    async check() {
      if (fault) throw fault;
      checkEpoch();
      await probeDisk(dir);
    },

    async close() {
      isClosed = true;
      await writing;
      await file.close().catch(() => {});
    },
  };
}

/** The least that a disk must take for the log to be writable. */
const PROBE_BYTES = 64 * 1024;

/** Writes and syncs a small file, and removes it. @throws Error of the file system, such as ENOSPC */
async function probeDisk(dir: string): Promise<void> {
  const path = join(dir, 'probe');
  const file = await open(path, 'w', 0o600);
  try {
    await writeAll(file, Buffer.alloc(PROBE_BYTES), 0);
    await file.datasync();
  } finally {
    await file.close();
    await unlink(path);
  }
}
