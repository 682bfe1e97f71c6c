// The process that owns the engines: `node supervisor.ts OPTIONS`, where OPTIONS is a JSON of SupervisorOptions.
// It runs in the background until it gets SIGTERM, and leaves no process behind then.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compile } from './compile.ts';
import { DEFINITIONS } from './engine/all.ts';
import { jarPaths, LOCK_FILE, parseLock } from './jars.ts';
import { findJava } from './java.ts';
import { endLeftovers } from './leftovers.ts';
import { limitLog } from './logs.ts';
import { portsAt, portsInUse, portsOf } from './ports.ts';
import { identify, isRunning, type ProcessIdentity, residentBytes } from './processes.ts';
import { clusterPaths, type EngineState, removeState, writeState } from './state.ts';
import { type SupervisedEngine, supervise } from './supervise.ts';
import type { EngineName } from './types.ts';

export type SupervisorOptions = {
  readonly dataDir: string;
  readonly cache: string;
  readonly portOffset: number;
  readonly engines: readonly EngineName[];
  /** When this process ends, the engines are stopped. */
  readonly owner: ProcessIdentity | null;
};

const REFRESH_MS = 5_000;
const OWNER_MS = 500;

async function main(options: SupervisorOptions): Promise<void> {
  const paths = clusterPaths(options.dataDir);
  mkdirSync(paths.logs, { recursive: true });
  const self = identify(process.pid);
  if (!self) throw new Error('This process does not find itself.');
  const release = claim(join(paths.root, 'supervisor.lock'), self);
  const ports = portsAt(options.portOffset);
  const states = new Map<EngineName, EngineState>(
    options.engines.map((name) => [
      name,
      {
        name,
        phase: 'waiting',
        pid: null,
        process: null,
        port: portsOf(name, ports)[0],
        restarts: 0,
        readySince: null,
        secondsToReady: null,
        rssBytes: null,
      },
    ]),
  );
  const save = (failure: string | null = null) =>
    writeState(options.dataDir, {
      supervisor: self,
      portOffset: options.portOffset,
      engines: [...states.values()],
      failure,
    });
  const report = (name: string, text: string) => console.log(`${new Date().toISOString()} ${name} ${text}`);
  const running = new Map<EngineName, SupervisedEngine>();
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    // Nothing is stopped before what needs it.
    while (running.size > 0) {
      const needed = new Set([...running.keys()].flatMap((name) => [...DEFINITIONS[name].needs]));
      const next = [...running].filter(([name]) => !needed.has(name));
      await Promise.all(next.map(([, engine]) => engine.stop()));
      for (const [name] of next) running.delete(name);
    }
    removeState(options.dataDir);
    release();
    report('supervisor', 'has stopped');
  }
  const end = (reason: string) => {
    report('supervisor', reason);
    stopped ??= stop();
    stopped.then(
      () => process.exit(0),
      (error) => {
        report('supervisor', `could not stop: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => end(`stops: ${signal}`));
  process.on('uncaughtException', (error) => end(`stops: ${error.stack}`));

  try {
    await endLeftovers(options.dataDir, (text) => report('supervisor', text));
    save();
    const taken = await portsInUse(options.engines, options.portOffset);
    if (taken.length > 0)
      throw new Error(
        `Something listens already on ${taken.map((port) => `127.0.0.1:${port}`).join(', ')}. ` +
          'Stop it, or start the engines on other ports with --port-offset.',
      );
    const java = findJava();
    const jars = jarPaths(options.cache, parseLock(readFileSync(LOCK_FILE, 'utf8')));
    const classes = await Promise.all(
      options.engines.map((name) => compile(DEFINITIONS[name], java, options.cache, jars)),
    );
    for (const [index, name] of options.engines.entries()) {
      if (stopped) return;
      const definition = DEFINITIONS[name];
      const engine = supervise({
        definition,
        context: { java, ports, directory: paths.engine(name), jars, classes: classes[index] ?? '' },
        logFile: paths.log(name),
        needsReady: () => definition.needs.every((need) => states.get(need)?.phase === 'ready'),
        onEvent: (text) => report(name, text),
        onChange(change) {
          const known = states.get(name);
          if (!known) return;
          const next = { ...known, ...change };
          const pid = next.process?.pid ?? null;
          states.set(name, { ...next, pid, rssBytes: pid === null ? null : residentBytes(pid) });
          if (known.phase === 'ready' && next.phase !== 'ready')
            for (const [other, supervised] of running)
              if (DEFINITIONS[other].needs.includes(name)) supervised.doubt();
          save();
        },
      });
      running.set(name, engine);
    }
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    report('supervisor', `gives up: ${failure}`);
    save(failure);
    release();
    process.exit(1);
  }

  for (let tick = 1; !stopped; tick += 1) {
    await sleep(OWNER_MS);
    if (options.owner && !isRunning(options.owner)) end('stops: the process that started it has ended');
    if (stopped || (tick * OWNER_MS) % REFRESH_MS !== 0) continue;
    for (const [name, state] of states) {
      limitLog(paths.log(name));
      states.set(name, { ...state, rssBytes: state.pid === null ? null : residentBytes(state.pid) });
    }
    limitLog(paths.log('supervisor'));
    save();
  }
}

/** Makes sure that one supervisor at a time has a data directory. */
function claim(file: string, self: ProcessIdentity): () => void {
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify(self), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = claimant(file);
      if (owner && isRunning(owner))
        throw new Error(`Process ${owner.pid} supervises this data directory already.`);
      rmSync(file, { force: true });
    }
  }
}

function claimant(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    // Its writer was killed while it wrote.
    return null;
  }
}

await main(JSON.parse(process.argv[2] ?? '') as SupervisorOptions);
