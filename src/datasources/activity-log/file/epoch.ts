import { readFileSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** The number of times a log has been opened for writing; the latest opener is its only writer. */
export type Epoch = {
  readonly number: number;
  /** @throws LogFencedError when a later opener owns the log */
  check(): void;
};

/** Another process has opened the log since; this process must not write any more. */
export class LogFencedError extends Error {
  constructor(dir: string) {
    super(
      `Another process has opened the activity log in ${dir}. This process has stopped writing: two writers would destroy each other's records. Run one process with this DATA_DIR, and restart it.`,
    );
    this.name = 'LogFencedError';
  }
}

/**
 * Raises the epoch of the log in `dir` by one, durably. A writer checks it before each append. On a network file system
 * without locks an older writer then stops at its next append.
 */
export async function openEpoch(dir: string): Promise<Epoch> {
  const path = join(dir, 'epoch');
  const number = Number(await readFile(path, 'utf8').catch(() => '0')) + 1;
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(String(number));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  return {
    number,
    check() {
      if (readFileSync(path, 'utf8') !== String(number)) throw new LogFencedError(dir);
    },
  };
}
