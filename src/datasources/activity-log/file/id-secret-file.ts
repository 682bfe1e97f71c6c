import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Beside the segments: a copy of the log includes the secret of its ids. */
const FILE = 'ids.key';

/** The secret beside a log in files; undefined where there is none. */
export async function readIdSecretFile(dir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dir, FILE), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes it, readable by the owner alone, and synced to the disk: a log without it can't be read again. */
export async function writeIdSecretFile(dir: string, secret: string): Promise<void> {
  const file = await open(join(dir, FILE), 'wx', 0o600);
  try {
    await file.writeFile(`${secret}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  const directory = await open(dir, 'r');
  await directory.sync().finally(() => directory.close());
}
