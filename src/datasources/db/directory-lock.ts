import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Lets one process at a time have a data directory: PGlite would corrupt it otherwise. The lock of a process
 * that no longer lives is taken over.
 * @returns a function that gives the directory back
 * @throws Error that names the process which has it
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'process.pid');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const handle = await open(file, 'wx', 0o600);
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(await readFile(file, 'utf8').catch(() => ''));
    if (pid > 0 && pid !== process.pid && isAlive(pid))
      throw new Error(
        `The data directory ${directory} is in use by process ${pid}. Stop that process, or set DATA_DIR to another directory.`,
      );
    await rm(file, { force: true });
  }
  throw new Error(`The data directory ${directory} could not be locked; another process is starting on it.`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
