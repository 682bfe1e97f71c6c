import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRunning, type ProcessIdentity } from './processes.ts';
import type { EngineName, EngineStatus } from './types.ts';

/** The supervisor's record, so that other processes can read its state and clean up after a kill. */
export type ClusterState = {
  readonly supervisor: ProcessIdentity;
  readonly portOffset: number;
  readonly engines: readonly EngineState[];
  /** Why the supervisor gave up, if it did. */
  readonly failure: string | null;
};
export type EngineState = EngineStatus & { readonly process: ProcessIdentity | null };

export type ClusterPaths = {
  readonly root: string;
  readonly state: string;
  readonly serving: string;
  readonly logs: string;
  engine(name: EngineName): string;
  log(name: EngineName | 'supervisor'): string;
};

export function clusterPaths(dataDir: string): ClusterPaths {
  const root = join(dataDir, 'cluster');
  return {
    root,
    state: join(root, 'state.json'),
    serving: join(root, 'serving.json'),
    logs: join(root, 'logs'),
    engine: (name) => join(root, name),
    log: (name) => join(root, 'logs', `${name}.log`),
  };
}

/** The content of a file of the cluster, or null when it was never written. */
export function readRecord<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Replaces a file of the cluster as a whole. Synchronous: a process that was started must be on disk before anything
 * else can happen.
 */
export function writeRecord(file: string, record: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.${process.pid}`;
  writeFileSync(next, JSON.stringify(record, null, 2));
  renameSync(next, file);
}

/** The last state written under a data directory, or null when nothing was ever started there. */
export function readState(dataDir: string): ClusterState | null {
  return readRecord(clusterPaths(dataDir).state);
}

export function writeState(dataDir: string, state: ClusterState): void {
  writeRecord(clusterPaths(dataDir).state, state);
}

export function removeState(dataDir: string): void {
  rmSync(clusterPaths(dataDir).state, { force: true });
}

/** The state of a supervisor that runs now, or null. */
export function runningState(dataDir: string): ClusterState | null {
  const state = readState(dataDir);
  return state && isRunning(state.supervisor) ? state : null;
}
