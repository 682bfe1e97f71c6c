import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process of a test, and what it printed so far. */
export type Child = {
  readonly process: ChildProcess;
  readonly lines: readonly string[];
  readonly errors: () => string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Asks it to end, and waits for it. */
  stop(): Promise<void>;
};

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Ends `child` when this process ends, by a signal too. */
export function endWithUs(child: ChildProcess): void {
  const kill = () => child.kill('SIGKILL');
  const onSignal = () => process.exit(1);
  process.once('exit', kill);
  for (const signal of SIGNALS) process.once(signal, onSignal);
  child.once('exit', () => {
    process.off('exit', kill);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  });
}

/** Starts a TypeScript file under this Node. */
export function startChild(file: string, args: readonly string[]): Child {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-8_000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const closed = once(child, 'close');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await closed;
  };
  return {
    process: child,
    lines,
    errors: () => errors,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}
