import { type FileHandle, open, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeSegmentHeader, parseSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-frame.ts';
import { type Segment, scanSegment } from './segment-read.ts';
import { type Gap, LogDamagedError } from './segment-resync.ts';

const NAME = /^(\d{20})\.log$/;
const UNFINISHED = /^\d{20}\.log(?:\.gaps)?\.new$/;
const nameOf = (base: number): string => `${String(base).padStart(20, '0')}.log`;

/** The segments of a log, oldest first. All but the last have their `end`; `size` is not known yet. */
export async function listSegments(dir: string): Promise<Segment[]> {
  const names = await readdir(dir);
  // Of a process that ended while it rewrote a segment: the segment itself is whole.
  await Promise.all(names.filter((name) => UNFINISHED.test(name)).map((name) => unlink(join(dir, name))));
  const bases = names
    .flatMap((name) => (NAME.test(name) ? Number(NAME.exec(name)?.[1]) : []))
    .sort((a, b) => a - b);
  const segments = await Promise.all(
    bases.map(async (base): Promise<Segment> => {
      const path = join(dir, nameOf(base));
      return { path, base, end: base, size: 0, index: [], gaps: await readGaps(path) };
    }),
  );
  // All but the last end where the next begins; a read notices if that isn't so.
  segments.forEach((segment, index) => {
    segment.end = segments[index + 1]?.base ?? segment.base;
  });
  return segments;
}

/**
 * Finds the end of the last segment and cuts off the rest of an interrupted write.
 * @throws LogDamagedError when valid records follow: then it is damage, and nothing is cut
 */
export async function mendTail(segment: Segment): Promise<number> {
  const handle = await open(segment.path, 'r+');
  try {
    const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
    await handle.read(header, 0, header.length, 0);
    if (parseSegmentHeader(header) !== segment.base) {
      const { size } = await handle.stat();
      if (size > SEGMENT_HEADER_BYTES)
        throw new Error(
          `${segment.path} is no segment of this log, or its header is damaged. Restore it from a copy, or move it away. 'npm run log -- --check' says which.`,
        );
      // The process stopped while the segment was being made.
      await handle.write(encodeSegmentHeader(segment.base), 0, SEGMENT_HEADER_BYTES, 0);
    }
    const { fileBytes, next } = await scanSegment(segment);
    if (next) throw new LogDamagedError(segment.path, segment.end, segment.size);
    const torn = fileBytes - segment.size;
    if (torn > 0) {
      // Kept, because a damaged disk looks the same from here.
      const rest = Buffer.alloc(torn);
      await handle.read(rest, 0, torn, segment.size);
      await writeFile(`${segment.path}.${segment.size}.torn`, rest, { mode: 0o600 });
      await handle.truncate(segment.size);
      await handle.sync();
    }
    return torn;
  } finally {
    await handle.close();
  }
}

/** Makes an empty segment whose first record will be `base`, durably. */
export async function createSegment(dir: string, base: number): Promise<Segment> {
  const path = join(dir, nameOf(base));
  try {
    // Not exclusive: an attempt that failed before may have left an empty file of this name.
    const handle = await open(path, 'w', 0o600);
    try {
      await writeAll(handle, encodeSegmentHeader(base), 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Without this the file's name could be lost with the power, and the file with it.
    await syncDirectory(dir);
  } catch (error) {
    await unlink(path).catch(() => {});
    throw error;
  }
  return { path, base, end: base, size: SEGMENT_HEADER_BYTES, index: [], gaps: [] };
}

/** Writes all of `bytes` at a place of a file. */
export async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

const gapsFile = (path: string): string => `${path}.gaps`;

async function readGaps(path: string): Promise<Gap[]> {
  const text = await readFile(gapsFile(path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]';
    throw error;
  });
  return JSON.parse(text) as Gap[];
}

/** Gives up damaged records of a segment for good: reads skip them from now on. The damaged bytes stay in the file. */
export async function writeGaps(path: string, gaps: readonly Gap[]): Promise<void> {
  const name = gapsFile(path);
  const file = await open(`${name}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(gaps));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${name}.new`, name);
  await syncDirectory(dirname(path));
}

/** Makes the names of a directory's files durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}

/** The least that a disk must take for the log to be writable. */
const PROBE_BYTES = 64 * 1024;

/** Writes and syncs a small file, and removes it. @throws Error of the file system, such as ENOSPC */
export async function probeDisk(dir: string): Promise<void> {
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
