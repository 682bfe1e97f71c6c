import { chmod, mkdir } from 'node:fs/promises';

/** Only this user reads what the process writes: PGlite makes its files readable for everybody otherwise. */
const PRIVATE_UMASK = 0o077;

/** Makes a data directory, or takes one that is there, private to this user; so is every file that the process makes from now on. */
export async function openDataDirectory(directory: string): Promise<void> {
  process.umask(PRIVATE_UMASK);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
}
