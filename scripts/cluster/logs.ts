import { copyFileSync, existsSync, statSync, truncateSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** A log is moved to NAME.log.1 when it is longer than this. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/** How long a log is now, in bytes. */
export function logLength(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/**
 * Keeps a log within its limit. The engine has it open for appending, even without a supervisor. So it is copied and
 * emptied, not renamed. Lines written in between may be lost.
 */
export function limitLog(file: string): void {
  if (logLength(file) < LIMIT_BYTES) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}

/** A log from an offset on (from its beginning when it was emptied since), at most its last `limit` bytes. */
export async function readLog(file: string, from: number, limit = 4 * 1024 * 1024): Promise<string> {
  if (!existsSync(file)) return '';
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const start = Math.max(size < from ? 0 : from, size - limit);
    const buffer = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The last lines of a log. */
export async function lastLines(file: string, count: number): Promise<string> {
  return (await readLog(file, 0, count * 400)).trimEnd().split('\n').slice(-count).join('\n');
}
