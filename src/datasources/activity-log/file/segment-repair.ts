import { open } from 'node:fs/promises';
import { createSegment, listSegments, writeAll, writeGaps } from './segment-directory.ts';
import { encodeSegmentHeader, parseSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-frame.ts';
import { type Segment, scanSegment } from './segment-read.ts';
import type { Gap } from './segment-resync.ts';

export type SegmentReport = {
  readonly path: string;
  /** Valid records. */
  readonly records: number;
  /** Damage that nobody has accepted. */
  readonly damage: readonly Gap[];
  /** The first bytes of the file, which say what it is, are damaged; its name says the same. */
  readonly isHeaderDamaged: boolean;
  /** Bytes of an interrupted write at the end of the last segment; the next start puts them aside. */
  readonly tornBytes: number;
};

/**
 * Reads every record of the log in `dir` and reports damage; changes nothing. The caller holds the directory's lock.
 * @param expectedEnd the offset that the store has come to; records before it that the log lacks are damage, too
 */
export async function inspectSegments(dir: string, expectedEnd = 0): Promise<readonly SegmentReport[]> {
  const segments = await listSegments(dir);
  const reports: SegmentReport[] = [];
  for (const [index, segment] of segments.entries()) {
    const following = segments[index + 1];
    reports.push(await inspect(segment, following ? following.base : undefined, expectedEnd));
  }
  return reports;
}

/**
 * Gives up all damaged records, for good: the log skips them. When the log ends before `expectedEnd`, it continues
 * there.
 * @returns the damage
 */
export async function acceptDamage(dir: string, expectedEnd = 0): Promise<readonly SegmentReport[]> {
  const reports = await inspectSegments(dir, expectedEnd);
  const segments = await listSegments(dir);
  for (const [index, segment] of segments.entries()) {
    const { damage = [], isHeaderDamaged = false } = reports[index] ?? {};
    if (damage.length > 0) await writeGaps(segment.path, [...segment.gaps, ...damage]);
    if (isHeaderDamaged) await writeHeader(segment);
  }
  const last = reports.at(-1);
  const isShort = last ? last.damage.some((gap) => endOf(gap) === expectedEnd) : expectedEnd > 0;
  if (isShort && segments.every(({ base }) => base < expectedEnd)) await createSegment(dir, expectedEnd);
  return reports;
}

const endOf = (gap: Gap): number => gap.offset + gap.records;

async function writeHeader(segment: Segment): Promise<void> {
  const file = await open(segment.path, 'r+');
  try {
    await writeAll(file, encodeSegmentHeader(segment.base), 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function inspect(
  segment: Segment,
  nextBase: number | undefined,
  expectedEnd: number,
): Promise<SegmentReport> {
  const damage: Gap[] = [];
  let tornBytes = 0;
  const lost = () => [...segment.gaps, ...damage].reduce((sum, gap) => sum + gap.records, 0);
  const end = nextBase ?? expectedEnd;
  const isHeaderDamaged = !(await hasHeader(segment));
  for (;;) {
    const probe: Segment = { ...segment, index: [], gaps: [...segment.gaps, ...damage] };
    const { fileBytes, next } = await scanSegment(probe);
    const { end: offset, size: at } = probe;
    if (next) {
      damage.push({ at, bytes: next.at - at, offset, records: next.offset - offset });
      continue;
    }
    if (offset < end) damage.push({ at, bytes: fileBytes - at, offset, records: end - offset });
    else if (nextBase === undefined) tornBytes = fileBytes - at;
    const last = Math.max(offset, end);
    return { path: segment.path, records: last - segment.base - lost(), damage, isHeaderDamaged, tornBytes };
  }
}

async function hasHeader(segment: Segment): Promise<boolean> {
  const file = await open(segment.path, 'r');
  try {
    const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const { bytesRead } = await file.read(header, 0, header.length, 0);
    return bytesRead < SEGMENT_HEADER_BYTES || parseSegmentHeader(header) === segment.base;
  } finally {
    await file.close();
  }
}
