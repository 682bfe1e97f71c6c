import { type FileHandle, open } from 'node:fs/promises';
import { parseFrame, SEGMENT_HEADER_BYTES } from './segment-frame.ts';
import { findNextFrame, type Gap, LogDamagedError } from './segment-resync.ts';

/** A segment as it is known in memory. */
export type Segment = {
  readonly path: string;
  /** The offset of its first record. */
  readonly base: number;
  /** One past its last durable record. */
  end: number;
  /** Where its last durable record ends, in bytes. */
  size: number;
  /** A record about every `INDEX_BYTES`: where a read may start. */
  readonly index: { readonly offset: number; readonly at: number }[];
  /** Damage that an operator has accepted; reads skip it. */
  readonly gaps: readonly Gap[];
};

/** Records read at once: `first` is the offset of the first of them. */
export type RecordBatch = { readonly first: number; readonly records: readonly Uint8Array[] };

export type ReadOptions = {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
};

const CHUNK_BYTES = 1024 * 1024;
const INDEX_BYTES = 256 * 1024;

/** Notes the place of a record in the sparse index if the last one noted is far enough away. */
export function noteInIndex(segment: Segment, offset: number, at: number): void {
  const last = segment.index.at(-1);
  if (at - (last?.at ?? SEGMENT_HEADER_BYTES) >= INDEX_BYTES) segment.index.push({ offset, at });
}

/** The nearest place at or before `offset` from which frames can be read. */
function startOf(segment: Segment, offset: number): { offset: number; at: number } {
  let [low, high] = [0, segment.index.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segment.index[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return segment.index[low - 1] ?? { offset: segment.base, at: SEGMENT_HEADER_BYTES };
}

/**
 * Batches of the records `from` … `to`-1 of one segment.
 * @param current the segment as it is now: a rewritten one takes its place together with its file
 * @throws Error when a record that should be there is damaged or missing
 */
export async function* readSegment(
  current: () => Segment,
  from: number,
  to: number,
  options: ReadOptions,
): AsyncGenerator<RecordBatch> {
  let segment = current();
  let file = await open(segment.path, 'r');
  while (segment !== current()) {
    // It was rewritten meanwhile: this may be either file.
    await file.close();
    segment = current();
    file = await open(segment.path, 'r');
  }
  try {
    let { offset, at } = startOf(segment, from);
    let chunk = Buffer.alloc(0);
    let position = 0;
    let records: Uint8Array[] = [];
    let bytes = 0;
    while (offset < to) {
      const gap = gapAt(segment, at, offset);
      if (gap) {
        if (records.length > 0) yield { first: offset - records.length, records };
        [records, bytes] = [[], 0];
        offset += gap.records;
        at += gap.bytes;
        chunk = Buffer.alloc(0);
        position = 0;
        continue;
      }
      const frame = parseFrame(chunk, position, offset);
      if (frame.kind === 'damaged') throw new LogDamagedError(segment.path, offset, at);
      if (frame.kind === 'partial') {
        options.signal.throwIfAborted();
        const next = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, frame.needed));
        const { bytesRead } = await file.read(next, 0, next.length, at);
        if (bytesRead < frame.needed) throw new LogDamagedError(segment.path, offset, at);
        chunk = next.subarray(0, bytesRead);
        position = 0;
        continue;
      }
      if (offset >= from) {
        records.push(frame.payload);
        bytes += frame.bytes;
      }
      position += frame.bytes;
      at += frame.bytes;
      offset += 1;
      if (records.length >= options.maxRecords || bytes >= options.maxBytes) {
        yield { first: offset - records.length, records };
        options.signal.throwIfAborted();
        records = [];
        bytes = 0;
      }
    }
    if (records.length > 0) yield { first: offset - records.length, records };
  } finally {
    await file.close();
  }
}

const gapAt = (segment: Segment, at: number, offset: number): Gap | undefined =>
  segment.gaps.find((gap) => gap.at === at && gap.offset === offset);

/** The state behind the last valid record of a segment. */
export type SegmentEnd = {
  readonly fileBytes: number;
  /** The first valid frame behind invalid bytes; undefined: only an interrupted write may follow. */
  readonly next: { readonly at: number; readonly offset: number } | undefined;
};

/**
 * Counts the valid records from the start of a segment to its end or its first damage that is no accepted gap. Fills the
 * index and sets `end` and `size`.
 */
export async function scanSegment(segment: Segment): Promise<SegmentEnd> {
  const file = await open(segment.path, 'r');
  try {
    const fileBytes = (await file.stat()).size;
    segment.end = segment.base;
    segment.size = Math.min(SEGMENT_HEADER_BYTES, fileBytes);
    let chunk = Buffer.alloc(0);
    let position = 0;
    for (;;) {
      const gap = gapAt(segment, segment.size, segment.end);
      if (gap) {
        segment.size += gap.bytes;
        segment.end += gap.records;
        chunk = Buffer.alloc(0);
        position = 0;
        continue;
      }
      const frame = parseFrame(chunk, position, segment.end);
      if (frame.kind === 'record') {
        noteInIndex(segment, segment.end, segment.size);
        position += frame.bytes;
        segment.size += frame.bytes;
        segment.end += 1;
        continue;
      }
      if (frame.kind === 'damaged') return { fileBytes, next: await findNext(file, segment, fileBytes) };
      const next = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, frame.needed));
      const { bytesRead } = await file.read(next, 0, next.length, segment.size);
      if (bytesRead < frame.needed)
        return {
          fileBytes,
          next: bytesRead > 0 ? await findNext(file, segment, fileBytes) : undefined,
        };
      chunk = next.subarray(0, bytesRead);
      position = 0;
    }
  } finally {
    await file.close();
  }
}

async function findNext(file: FileHandle, segment: Segment, fileBytes: number): Promise<SegmentEnd['next']> {
  const rest = Buffer.alloc(fileBytes - segment.size);
  await file.read(rest, 0, rest.length, segment.size);
  const found = findNextFrame(rest, segment.end);
  return found && { at: segment.size + found.at, offset: found.offset };
}
