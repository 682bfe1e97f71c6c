import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty directory that is removed when the test's `using` block or `after` hook ends. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'journeygraph-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
