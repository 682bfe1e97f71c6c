import { chmod, mkdir } from 'node:fs/promises';

/** Only this user reads what the process writes: PGlite makes its files readable for everybody otherwise. */
const PRIVATE_UMASK = 0o077;

/**
 * Creates or opens a data directory that is private to this user. Every file that the process creates from now on is
 * private too.
 */
export async function openDataDirectory(directory: string): Promise<void> {
  process.umask(PRIVATE_UMASK);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
}
