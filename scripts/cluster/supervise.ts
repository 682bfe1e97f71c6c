import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineContext, EngineDefinition } from './definition.ts';
import { logLength, readLog } from './logs.ts';
import { endGroup, identify, type ProcessIdentity, signalGroup } from './processes.ts';
import type { Phase } from './types.ts';

const STARTING_PROBE_MS = 250;
const READY_PROBE_MS = 5_000;
/** A first connection makes Phoenix create its system tables. */
const STARTING_PROBE_TIMEOUT_MS = 60_000;
const READY_PROBE_TIMEOUT_MS = 10_000;
/** After this many probes in a row without an answer an engine is no longer called ready. */
const PROBES_TO_UNREADY = 2;
/** An engine that was ready, and then does not answer for so long, is ended and started again: it may be half dead. */
const SILENT_MS = 90_000;
const FIRST_BACKOFF_MS = 250;
const GREATEST_BACKOFF_MS = 30_000;
/** An engine that ran for this long starts again with the first back-off. */
const STEADY_MS = 60_000;
const GRACE_MS = 15_000;

type Change = {
  phase: Phase;
  process?: ProcessIdentity | null;
  readySince?: string | null;
  secondsToReady?: number | null;
  restarts?: number;
};
export type SuperviseOptions = {
  readonly definition: EngineDefinition;
  readonly context: EngineContext;
  readonly logFile: string;
  /** Called synchronously, for a new process before anything else happens. */
  readonly onChange: (change: Change) => void;
  readonly onEvent: (text: string) => void;
  /** Whether everything that the engine needs is ready. */
  readonly needsReady: () => boolean;
};
export type SupervisedEngine = {
  stop(): Promise<void>;
  /** Something that it needs has died: it isn't ready before it has answered again. */
  doubt(): void;
};

/** The environment of an engine: nothing of the caller's that could change how it runs, or that is secret. */
function engineEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'LC_ALL'] as const;
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Keeps one engine running until `stop`. */
export function supervise(options: SuperviseOptions): SupervisedEngine {
  const { definition, context, onChange, onEvent } = options;
  const stopping = new AbortController();
  let current: ProcessIdentity | null = null;
  let ready = false;
  let wake = new AbortController();

  async function start(): Promise<ProcessIdentity & { readonly exited: Promise<unknown> }> {
    const argumentsFile = join(context.directory, 'launch.args');
    await rm(join(context.directory, 'tmp'), { recursive: true, force: true });
    await mkdir(join(context.directory, 'tmp'), { recursive: true });
    await definition.prepare(context);
    // A class path of hundreds of jars would hide everything else in a list of processes.
    const quoted = definition.arguments(context).map((argument) => JSON.stringify(argument));
    await writeFile(argumentsFile, `${quoted.join('\n')}\n`);
    stopping.signal.throwIfAborted();
    const log = openSync(options.logFile, 'a');
    const child = spawn(context.java.java, [`@${argumentsFile}`], {
      cwd: context.directory,
      env: engineEnvironment(),
      // The leader of a group of its own, which can be ended as a whole.
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const exited = once(child, 'exit');
    const identity = child.pid === undefined ? null : identify(child.pid);
    if (!identity) {
      await exited;
      throw new Error('it ended at once');
    }
    return { ...identity, exited };
  }

  function unready(): void {
    if (!ready) return;
    ready = false;
    onChange({ phase: 'unready', readySince: null });
  }

  async function watch(logFrom: number, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    let wasReady = false;
    let failures = 0;
    let lastReason = '';
    let answeredAt = begun;
    while (!signal.aborted) {
      wake = new AbortController();
      try {
        if (!options.needsReady()) {
          answeredAt = performance.now();
          throw new Error('what it needs is not ready');
        }
        const limit = wasReady ? READY_PROBE_TIMEOUT_MS : STARTING_PROBE_TIMEOUT_MS;
        await definition.probe({
          ...context,
          wasReady,
          log: () => readLog(options.logFile, logFrom),
          signal: AbortSignal.any([signal, AbortSignal.timeout(limit)]),
        });
        failures = 0;
        lastReason = '';
        answeredAt = performance.now();
        // Woken in the meantime: the answer may be from before.
        if (!ready && !signal.aborted && !wake.signal.aborted) {
          const secondsToReady = wasReady ? undefined : Math.round((performance.now() - begun) / 100) / 10;
          ready = wasReady = true;
          onChange({
            phase: 'ready',
            readySince: new Date().toISOString(),
            ...(secondsToReady !== undefined && { secondsToReady }),
          });
          onEvent(secondsToReady === undefined ? 'is ready again' : `is ready after ${secondsToReady} s`);
        }
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== lastReason) onEvent(`does not answer: ${reason}`);
        lastReason = reason;
        if (failures >= PROBES_TO_UNREADY) unready();
        if (wasReady && current && performance.now() - answeredAt > SILENT_MS) {
          onEvent('is ended, because it does not answer any more');
          signalGroup(current, 'SIGKILL');
          return;
        }
      }
      const pause = ready && failures === 0 ? READY_PROBE_MS : STARTING_PROBE_MS;
      await sleep(pause, undefined, { signal: AbortSignal.any([signal, wake.signal]) }).catch(() => {});
    }
  }

  async function keepRunning(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    let restarts = 0;
    while (!stopping.signal.aborted) {
      const begun = performance.now();
      try {
        const logFrom = logLength(options.logFile);
        const { exited, ...identity } = await start();
        current = identity;
        onChange({ phase: 'starting', process: identity, readySince: null, secondsToReady: null });
        onEvent(`starts as process ${identity.pid}`);
        const ended = new AbortController();
        const watching = watch(logFrom, ended.signal);
        const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null];
        ended.abort();
        await watching;
        onEvent(`ended with ${signal ?? `code ${code}`}`);
      } catch (error) {
        if (!stopping.signal.aborted) onEvent(`could not be started: ${String(error)}`);
      }
      current = null;
      ready = false;
      if (stopping.signal.aborted) break;
      if (performance.now() - begun > STEADY_MS) backoff = FIRST_BACKOFF_MS;
      restarts += 1;
      onChange({ phase: 'waiting', process: null, readySince: null, secondsToReady: null, restarts });
      await sleep(backoff, undefined, { signal: stopping.signal }).catch(() => {});
      backoff = Math.min(backoff * 2, GREATEST_BACKOFF_MS);
    }
    onChange({ phase: 'stopped', process: null, readySince: null });
  }

  const finished = keepRunning();
  return {
    async stop() {
      stopping.abort();
      if (current) await endGroup(current, GRACE_MS);
      await finished;
    },
    doubt() {
      unready();
      wake.abort();
    },
  };
}
