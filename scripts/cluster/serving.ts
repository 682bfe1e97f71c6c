import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { endProcess, identify, isRunning, type ProcessIdentity } from './processes.ts';
import { clusterPaths } from './state.ts';

/** The API, the workers, or `npm run cluster` itself, which runs both in a terminal. */
export type ServingProcess = ProcessIdentity & { readonly name: string };

/** More than the API takes to drain (`DRAIN_TIMEOUT_MS`, 10 s unless set) and to close what it opened. */
const GRACE_MS = 60_000;

/**
 * Writes down that this process serves, and with what: call the result for each process that it starts, the latest of
 * a name counts. `endServing` finds them from another terminal.
 */
export function recordServing(dataDir: string): (name: string, pid: number) => void {
  const { root, serving } = clusterPaths(dataDir);
  const processes = new Map<string, ServingProcess>();
  const record = (name: string, pid: number): void => {
    const identity = identify(pid);
    if (!identity) return;
    processes.set(name, { name, ...identity });
    mkdirSync(root, { recursive: true });
    const next = `${serving}.${process.pid}`;
    writeFileSync(next, JSON.stringify([...processes.values()], null, 2));
    renameSync(next, serving);
  };
  record('terminal', process.pid);
  return record;
}

/** What serves now with a data directory. The terminal's process is first, unless it was killed. */
export function readServing(dataDir: string): readonly ServingProcess[] {
  try {
    const text = readFileSync(clusterPaths(dataDir).serving, 'utf8');
    return (JSON.parse(text) as readonly ServingProcess[]).filter(isRunning);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Asks what serves to end and waits for it, while the engines still run: what was taken is written. One after another,
 * because the terminal's process ends the others itself.
 * @returns how many have ended
 * @throws Error when a process can't be ended
 */
export async function endServing(dataDir: string): Promise<number> {
  const serving = readServing(dataDir);
  for (const process of serving) await endProcess(process, GRACE_MS);
  rmSync(clusterPaths(dataDir).serving, { force: true });
  return serving.length;
}
