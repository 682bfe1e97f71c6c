import { DomainError } from '../../../lib/errors.ts';
import { probeDisk } from './segment-directory.ts';
import { MAX_RECORD_BYTES } from './segment-frame.ts';
import { type ReadOptions, type RecordBatch, readSegment, type Segment } from './segment-read.ts';
import { type Change, rewriteSegments } from './segment-rewrite.ts';
import { checkEpoch, endSegment, mend, openTail, type Tail, writeRecords } from './segment-tail.ts';

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

/** Appends that wait for the disk. */
type Queue = {
  readonly pending: Append[];
  pendingBytes: number;
  writing: Promise<void> | undefined;
  isClosed: boolean;
};

/** Bytes of one write and sync. */
const GROUP_BYTES = 8 * 1024 * 1024;
const DEFAULT_BYTES = 64 * 1024 * 1024;

/**
 * Opens the log in `dir`, which is made if it isn't there. Half a record at its end (a write that stopped in the middle
 * and was never acknowledged) is put aside as `….torn` and cut off. One process at a time has the directory open: it
 * holds a lock, and the log's epoch fences older writers.
 * @throws LogDamagedError when a record is damaged and valid records follow
 */
export async function openSegmentLog(options: SegmentLogOptions): Promise<SegmentLog> {
  const { dir, segmentBytes = DEFAULT_BYTES, maxPendingBytes = DEFAULT_BYTES } = options;
  const tail = await openTail(dir, options.firstOffset ?? 0, segmentBytes);
  const { segments, tornBytes } = tail;
  const queue: Queue = { pending: [], pendingBytes: 0, writing: undefined, isClosed: false };
  return {
    append(records) {
      const refused = refusalOf(queue, records, maxPendingBytes);
      if (refused) return Promise.reject(refused);
      const bytes = sizeOf(records);
      queue.pendingBytes += bytes;
      return new Promise((resolve, reject) => {
        queue.pending.push({ records, bytes, resolve, reject });
        // In a microtask, so that all appends of one turn of the event loop share the first sync.
        queue.writing ??= Promise.resolve().then(() => writePending(queue, tail));
      });
    },

    async *read(from, read) {
      const { end } = tail.last;
      if (from > end) throw new RangeError(`the log ends at ${end}; there is no record ${from}`);
      // Segments are added at the end, and rewritten ones take the places of the old.
      for (const [index, segment] of [...segments].entries()) {
        const to = Math.min(segment.end, end);
        const current = (): Segment => segments[index] ?? segment;
        if (to > from) yield* readSegment(current, Math.max(from, segment.base), to, read);
      }
    },

    async rewrite(until, change, signal) {
      if (tail.last.base < until) await endBetweenWrites(queue, tail);
      await rewriteSegments({ dir, segments, until, change, check: () => checkEpoch(tail) }, signal);
    },

    get firstPosition() {
      return segments[0]?.base ?? 0;
    },
    get nextPosition() {
      return tail.last.end;
    },
    tornBytes,

    async check() {
      if (tail.fault) throw tail.fault;
      checkEpoch(tail);
      await probeDisk(dir);
    },

    async close() {
      queue.isClosed = true;
      await queue.writing;
      await tail.file.close().catch(() => {});
    },
  };
}

const sizeOf = (records: readonly Uint8Array[]): number =>
  records.reduce((sum, { length }) => sum + length, 0);

/** Why records are not taken in; undefined when they are. */
function refusalOf(queue: Queue, records: readonly Uint8Array[], maxPendingBytes: number): Error | undefined {
  if (queue.isClosed) return new DomainError('BACKEND_UNAVAILABLE', 'The activity log is closed.');
  if (records.length === 0) return new RangeError('an append needs at least one record');
  const tooLarge = records.find(({ length }) => length > MAX_RECORD_BYTES);
  if (tooLarge)
    return new RangeError(`a record has ${tooLarge.length} bytes; at most ${MAX_RECORD_BYTES} are allowed`);
  if (queue.pendingBytes > 0 && queue.pendingBytes + sizeOf(records) > maxPendingBytes)
    return new DomainError(
      'RATE_LIMITED',
      'More is being written than the disk can take. Try again shortly.',
      { retryAfterMs: 1_000 },
    );
  return undefined;
}

/** Writes all that waits, group by group. */
async function writePending(queue: Queue, tail: Tail): Promise<void> {
  while (queue.pending.length > 0) {
    const group = takeGroup(queue.pending);
    await writeGroup(tail, group);
    for (const { bytes } of group) queue.pendingBytes -= bytes;
  }
  queue.writing = undefined;
}

/** Takes the appends of the next write: at least one, and no more than `GROUP_BYTES` together. */
function takeGroup(pending: Append[]): readonly Append[] {
  let bytes = 0;
  let count = 0;
  for (const append of pending) {
    if (count > 0 && bytes + append.bytes > GROUP_BYTES) break;
    bytes += append.bytes;
    count += 1;
  }
  return pending.splice(0, count);
}

/** Writes a group and answers its appends. It never rejects. */
async function writeGroup(tail: Tail, group: readonly Append[]): Promise<void> {
  try {
    let first = await writeRecords(
      tail,
      group.flatMap(({ records }) => records),
    );
    for (const { records, resolve } of group) {
      resolve({ first, last: first + records.length - 1 });
      first += records.length;
    }
  } catch (cause) {
    const error = new DomainError(
      'BACKEND_UNAVAILABLE',
      'The activity log can not be written. Try again shortly.',
      { cause },
    );
    // Now, so that refused records aren't found in the file later; if that fails, too, before the next write.
    if (!tail.isMended && !tail.fault) await mend(tail).catch(() => {});
    for (const { reject } of group) reject(error);
  }
}

/** Ends the last segment between two writes. */
async function endBetweenWrites(queue: Queue, tail: Tail): Promise<void> {
  while (queue.writing) await queue.writing;
  if (tail.last.end === tail.last.base) return;
  const turn = endSegment(tail);
  queue.writing = turn
    .catch(() => {})
    .then(() => {
      queue.writing = undefined;
      if (queue.pending.length > 0) queue.writing = writePending(queue, tail);
    });
  await turn;
}
