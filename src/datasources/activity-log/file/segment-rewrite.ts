import { renameSync } from 'node:fs';
import { open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory, writeAll, writeGaps } from './segment-directory.ts';
import { encodeFrames, encodeSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-frame.ts';
import { noteInIndex, readSegment, type Segment } from './segment-read.ts';
import type { Gap } from './segment-resync.ts';

/** The bytes to put in the place of a record; undefined where it stays as it is. */
export type Change = (record: Uint8Array) => Uint8Array | undefined;

export type Rewriting = {
  readonly dir: string;
  /** Of the open log. A rewritten segment takes the place of the old one here. */
  readonly segments: Segment[];
  /** One past the last record that may change. */
  readonly until: number;
  readonly change: Change;
  /** Called before a file is replaced. @throws LogFencedError when another process owns the log */
  check(): void;
};

const BATCH = { maxRecords: 2_000, maxBytes: 4 * 1024 * 1024 };

/** Rewrites the segments that hold a record to change; all of them must be ended. See `SegmentLog.rewrite`. */
export async function rewriteSegments(options: Rewriting, signal: AbortSignal): Promise<void> {
  const { dir, segments, until, change, check } = options;
  for (const [index, segment] of [...segments].entries()) {
    const to = Math.min(segment.end, until);
    if (to <= segment.base || !(await isAffected(segment, to, change, signal))) continue;
    const next = await writeChanged(segment, to, change, signal);
    // Entries of both files, each of which fits its own alone: whichever file a crash leaves, its gaps are known.
    if (segment.gaps.length > 0) await writeGaps(segment.path, [...segment.gaps, ...next.gaps]);
    check();
    // At once for all readers of this process: see `readSegment`.
    renameSync(newName(segment), segment.path);
    segments[index] = next;
    await syncDirectory(dir);
    if (segment.gaps.length > 0) await writeGaps(segment.path, next.gaps);
  }
  // They hold the beginning of records that nobody was told are written.
  const torn = (await readdir(dir)).filter((name) => name.endsWith('.torn'));
  for (const name of torn) await unlink(join(dir, name));
}

const newName = (segment: Segment): string => `${segment.path}.new`;

/** Whether a record must change, or damage that was given up may hold one. */
async function isAffected(
  segment: Segment,
  to: number,
  change: Change,
  signal: AbortSignal,
): Promise<boolean> {
  if (segment.gaps.some((gap) => gap.bytes > 0 && gap.offset < to)) return true;
  for await (const { records } of readSegment(() => segment, segment.base, to, { ...BATCH, signal }))
    if (records.some((record) => change(record) !== undefined)) return true;
  return false;
}

/** Writes the changed segment beside the old file, durably. Damage that was given up becomes zeros of the same length. */
async function writeChanged(
  segment: Segment,
  to: number,
  change: Change,
  signal: AbortSignal,
): Promise<Segment> {
  const gaps: Gap[] = [];
  const next: Segment = { ...segment, size: SEGMENT_HEADER_BYTES, index: [], gaps };
  const file = await open(newName(segment), 'w', 0o600);
  try {
    const write = async (bytes: Buffer): Promise<void> => {
      await writeAll(file, bytes, next.size);
      next.size += bytes.length;
    };
    await writeAll(file, encodeSegmentHeader(segment.base), 0);
    let offset = segment.base;
    const writeGapsBefore = async (end: number): Promise<void> => {
      for (let gap = gapAt(segment, offset); gap && offset < end; gap = gapAt(segment, offset)) {
        gaps.push({ ...gap, at: next.size });
        await write(Buffer.alloc(gap.bytes));
        offset += gap.records;
      }
    };
    for await (const batch of readSegment(() => segment, segment.base, segment.end, { ...BATCH, signal })) {
      await writeGapsBefore(batch.first);
      noteInIndex(next, offset, next.size);
      const start = offset;
      const records = batch.records.map((record, index) =>
        start + index < to ? (change(record) ?? record) : record,
      );
      await write(encodeFrames(records, offset));
      offset += records.length;
    }
    await writeGapsBefore(segment.end);
    await file.sync();
    return next;
  } catch (error) {
    await unlink(newName(segment)).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
}

const gapAt = (segment: Segment, offset: number): Gap | undefined =>
  segment.gaps.find((gap) => gap.offset === offset && gap.records > 0);
