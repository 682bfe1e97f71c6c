import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The holder of a lock: for the error message only, never for the decision. */
type Holder = { readonly pid: number; readonly host: string; readonly since: string };

/**
 * Gives one process at a time a data directory: PGlite and the log would corrupt it otherwise.
 *
 * The lock is the operating system's lock on an open file, taken through SQLite (`BEGIN EXCLUSIVE`). The kernel releases
 * it when its holder ends, however it ends. It holds across containers that share the directory, where process numbers
 * mean nothing. Where a network file system ignores locks, the log's epoch stops the older writer (`openEpoch`).
 * @returns releases the lock
 * @throws Error that names the process which holds the directory
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const holderFile = join(directory, 'lock.holder');
  const lock = new DatabaseSync(join(directory, 'lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw cause;
    const holder = await readHolder(holderFile);
    const who = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : 'another process';
    throw new Error(
      `The data directory ${directory} is in use by ${who}. Stop that process, or set DATA_DIR to another directory.`,
      { cause },
    );
  }
  const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  await writeFile(holderFile, JSON.stringify(holder), { mode: 0o600 }).catch((error: unknown) => {
    lock.close();
    throw error;
  });
  return async () => lock.close();
}

const SQLITE_BUSY = 5;

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
