import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFINITIONS, withNeeds } from './engine/all.ts';
import { fetchJars, LOCK_FILE, parseLock } from './jars.ts';
import { cacheDirectory, findJava, findMaven } from './java.ts';
import { endLeftovers } from './leftovers.ts';
import { lastLines } from './logs.ts';
import { addressesAt, freePortOffset, portsAt } from './ports.ts';
import { endGroup, identify, isRunning, residentBytes, signalGroup, untilGone } from './processes.ts';
import { type ClusterState, clusterPaths, type EngineState, readState, runningState } from './state.ts';
import type { SupervisorOptions } from './supervisor.ts';
import { ENGINES, type EngineName, type EngineStatus, type Engines, type StartOptions } from './types.ts';

export type { Addresses, EngineName, EngineStatus, Engines, StartOptions } from './types.ts';

const READY_TIMEOUT_MS = 300_000;
const POLL_MS = 100;
/** An engine that ends this often while somebody waits for it won't come up. */
const GIVE_UP_AFTER_RESTARTS = 5;
/** Every engine gets 15 s to end by itself, at most two after one another. */
const STOP_GRACE_MS = 60_000;

/**
 * Starts the engines and resolves when all of them are ready. They end with `stop`, or when the calling process
 * ends, however it ends.
 * @throws Error that says what to install, which port is in use, or which engine didn't come up and why
 */
export async function startEngines(options: StartOptions): Promise<Engines> {
  return launchEngines(options, false);
}

/** As `startEngines`; `detached` engines go on when the calling process ends. */
export async function launchEngines(options: StartOptions, detached: boolean): Promise<Engines> {
  const dataDir = resolve(options.dataDir);
  const names = withNeeds(options.only ?? ENGINES);
  const onProgress = options.onProgress ?? (() => {});
  const cache = cacheDirectory();
  findJava();
  if (runningState(dataDir))
    throw new Error('Engines with this data directory run already: npm run cluster -- status');
  const sets = [...new Set(names.flatMap((name) => DEFINITIONS[name].sets))];
  await fetchJars({ cache, sets, lock: parseLock(readFileSync(LOCK_FILE, 'utf8')), onProgress });
  await endLeftovers(dataDir, onProgress);
  const wanted = options.portOffset ?? 'free';
  const portOffset = wanted === 'free' ? await freePortOffset(names) : wanted;
  portsAt(portOffset);
  const owner = detached ? null : identify(process.pid);
  await startSupervisor({ dataDir, cache, portOffset, engines: names, owner });
  const engines = attachEngines(dataDir);
  if (!engines) throw await whyEnded(dataDir);
  try {
    await untilReady(dataDir, names, options.timeoutMs ?? READY_TIMEOUT_MS, onProgress);
    return engines;
  } catch (error) {
    await engines.stop();
    throw error;
  }
}

/** Why the engines can't run on this machine (a JDK 17 or Maven is missing), or null. */
export function enginesMissing(): string | null {
  try {
    findJava();
    findMaven();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function startSupervisor(options: SupervisorOptions): Promise<void> {
  const paths = clusterPaths(options.dataDir);
  mkdirSync(paths.logs, { recursive: true });
  const log = openSync(paths.log('supervisor'), 'a');
  const program = join(import.meta.dirname, 'supervisor.ts');
  const supervisor = spawn(process.execPath, [program, JSON.stringify(options)], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = new AbortController();
  const exit = once(supervisor, 'exit').then(() => ended.abort());
  supervisor.unref();
  while (readState(options.dataDir)?.supervisor.pid !== supervisor.pid && !ended.signal.aborted)
    await sleep(POLL_MS);
  if (!ended.signal.aborted) return;
  await exit;
  throw await whyEnded(options.dataDir);
}

/** It may end at any moment of a start: it says in its state why it gave up, and else in its log. */
async function whyEnded(dataDir: string): Promise<Error> {
  const said = readState(dataDir)?.failure;
  if (said) return new Error(said);
  const log = await lastLines(clusterPaths(dataDir).log('supervisor'), 10);
  return new Error(`The supervisor of the engines has ended:\n${log}`);
}

/** The engines of a supervisor that runs with a data directory, or null. */
export function attachEngines(dataDir: string): Engines | null {
  const state = runningState(dataDir);
  if (!state) return null;
  const { supervisor, portOffset } = state;
  const names = state.engines.map(({ name }) => name);
  const engineNow = (name: EngineName): EngineState => {
    const engine = runningState(dataDir)?.engines.find((candidate) => candidate.name === name);
    if (!engine) throw new Error(`${name} is not among the engines that run.`);
    return engine;
  };
  return {
    addresses: addressesAt(portsAt(portOffset)),
    portOffset,
    status: () => readStatus(dataDir),
    async kill(name, signal = 'SIGKILL') {
      const engine = engineNow(name).process;
      if (!engine) throw new Error(`${name} does not run now.`);
      signalGroup(engine, signal);
      if (!(await untilGone(engine, 60_000))) throw new Error(`${name} did not end.`);
    },
    async restart(name, timeoutMs = READY_TIMEOUT_MS) {
      await this.kill(name, 'SIGTERM');
      await this.untilReady(name, timeoutMs);
    },
    untilReady: (name, timeoutMs = READY_TIMEOUT_MS) =>
      untilReady(dataDir, name ? [name] : names, timeoutMs, () => {}),
    async stop() {
      await endGroup(supervisor, STOP_GRACE_MS);
      // In case it had to be killed.
      await endLeftovers(dataDir, () => {});
    },
  };
}

/** The current state of the engines; empty when no supervisor runs. */
export function readStatus(dataDir: string): readonly EngineStatus[] {
  return (runningState(dataDir)?.engines ?? []).map(({ process: _, ...engine }) => ({
    ...engine,
    rssBytes: engine.pid === null ? null : residentBytes(engine.pid),
  }));
}

/** `ready` may have been written before the process died. */
function isReady({ phase, process: engine }: EngineState): boolean {
  return phase === 'ready' && engine !== null && isRunning(engine);
}

async function untilReady(
  dataDir: string,
  names: readonly EngineName[],
  timeoutMs: number,
  onProgress: (line: string) => void,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const paths = clusterPaths(dataDir);
  const reported = new Set<EngineName>();
  const find = (state: ClusterState, name: EngineName) =>
    state.engines.find((engine) => engine.name === name);
  const first = readState(dataDir);
  for (;;) {
    const state = readState(dataDir);
    if (!state || !isRunning(state.supervisor)) throw await whyEnded(dataDir);
    const waiting: EngineName[] = [];
    for (const name of names) {
      const engine = find(state, name);
      if (!engine) throw new Error(`${name} is not among the engines that run.`);
      if (isReady(engine)) {
        if (!reported.has(name)) onProgress(describe(engine));
        reported.add(name);
        continue;
      }
      waiting.push(name);
      const restarts = engine.restarts - ((first && find(first, name)?.restarts) || 0);
      if (restarts >= GIVE_UP_AFTER_RESTARTS)
        throw new Error(
          `${name} has ended ${restarts} times. Its log ends with:\n${await lastLines(paths.log(name), 20)}`,
        );
    }
    if (waiting.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(
        `Not ready after ${Math.round(timeoutMs / 1000)} s: ${waiting.join(', ')}. ` +
          `${paths.log('supervisor')} says what is missing.`,
      );
    await sleep(POLL_MS);
  }
}

/** One line of one engine: `kafka  ready  127.0.0.1:9092  after 4.2 s  380 MB`. */
export function describe(engine: EngineStatus): string {
  const parts = [
    engine.name.padEnd(6),
    engine.phase.padEnd(8),
    `127.0.0.1:${engine.port}`.padEnd(16),
    engine.secondsToReady === null ? '' : `after ${engine.secondsToReady.toFixed(1)} s`,
    engine.pid === null ? '' : `${Math.round((residentBytes(engine.pid) ?? 0) / 1e6)} MB`,
    engine.pid === null ? '' : `process ${engine.pid}`,
    engine.restarts === 0 ? '' : `started again ${engine.restarts} times`,
  ];
  return parts.filter((part) => part !== '').join('  ');
}
