import { rmSync } from 'node:fs';
import { endProcess, identify, isRunning, type ProcessIdentity } from './processes.ts';
import { clusterPaths, readRecord, writeRecord } from './state.ts';

/** The API, the workers, or `npm run cluster` itself, which runs both in a terminal. */
export type ServingProcess = ProcessIdentity & { readonly name: string };

/** More than the API takes to drain (`DRAIN_TIMEOUT_MS`, 10 s unless set) and to close what it opened. */
const GRACE_MS = 60_000;

/**
 * Records that this process serves. Call the result for each process that it starts. `endServing` finds them from
 * another terminal. Ended processes are dropped; those of another terminal stay.
 */
export function recordServing(dataDir: string): (name: string, pid: number) => void {
  const record = (name: string, pid: number): void => {
    const identity = identify(pid);
    if (identity)
      writeRecord(clusterPaths(dataDir).serving, [...readServing(dataDir), { name, ...identity }]);
  };
  record('terminal', process.pid);
  return record;
}

/**
 * The processes that serve with a data directory now. A terminal's process stands before the processes that it started,
 * unless it was killed.
 */
export function readServing(dataDir: string): readonly ServingProcess[] {
  const processes = readRecord<readonly ServingProcess[]>(clusterPaths(dataDir).serving) ?? [];
  return processes.filter(isRunning);
}

/**
 * Ends the serving processes and waits for them while the engines still run, so that accepted activities are written.
 * It ends one after another, because a terminal's process ends the others itself.
 * @returns how many have ended
 * @throws Error when a process can't be ended
 */
export async function endServing(dataDir: string): Promise<number> {
  const serving = readServing(dataDir);
  for (const process of serving) await endProcess(process, GRACE_MS);
  rmSync(clusterPaths(dataDir).serving, { force: true });
  return serving.length;
}
