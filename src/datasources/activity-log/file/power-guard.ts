import { execFile } from 'node:child_process';
import { open, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Notices that the machine stopped (power loss, crash of the operating system) while a database that never syncs was
 * open. Its last writes may be missing in any of its files, without a sign.
 */
export type PowerGuard = {
  /** The files can't be trusted: move them away with `setAside`, open an empty database and recover it from the log. */
  readonly isSuspect: boolean;
  /** Renames the directory, keeping it for an inspection. @returns its new path */
  setAside(): Promise<string>;
  /** To be called before the database is opened. */
  markOpen(): Promise<void>;
  /** To be called after the database was closed: syncs all of its files, which makes them safe to open anywhere. */
  markClosed(): Promise<void>;
};

type Mark = { readonly state: 'open' | 'closed'; readonly boot: string };

/**
 * Reads the mark beside `directory` (`….mark`). A mark of another boot of the machine (or of another machine)
 * that says "open" makes the files suspect. Where the system has no name for its boot, nothing is ever suspect.
 * @param boot the name of the machine's present boot
 */
export async function openPowerGuard(directory: string, boot?: string): Promise<PowerGuard> {
  const current = boot ?? (await bootName());
  const path = `${directory}.mark`;
  const before = parseMark(await readFile(path, 'utf8').catch(() => ''));
  const write = async (state: Mark['state']): Promise<void> => {
    await writeSynced(`${path}.new`, JSON.stringify({ state, boot: current } satisfies Mark));
    await rename(`${path}.new`, path);
    await syncPath(dirname(path));
  };
  return {
    isSuspect: before?.state === 'open' && before.boot !== current && current !== '',
    async setAside() {
      const target = `${directory}.suspect-${Date.now()}`;
      await rename(directory, target);
      return target;
    },
    markOpen: () => write('open'),
    async markClosed() {
      await syncTree(directory);
      await write('closed');
    },
  };
}

/** A name that changes with every start of the machine; empty where it is unknown. */
async function bootName(): Promise<string> {
  try {
    if (process.platform === 'linux')
      return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    if (process.platform === 'darwin')
      return (await promisify(execFile)('sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim();
  } catch {
    // A sandbox may hide it.
  }
  return '';
}

function parseMark(text: string): Mark | undefined {
  try {
    const { state, boot } = JSON.parse(text) as Partial<Mark>;
    return (state === 'open' || state === 'closed') && typeof boot === 'string' ? { state, boot } : undefined;
  } catch {
    return undefined;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}

async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncPath(path);
  }
  await syncPath(directory);
}
