import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that runs in the foreground, with our streams. */
export type Part = {
  readonly name: string;
  /** Arguments of Node. */
  readonly arguments: readonly string[];
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
};

/** A part that ends sooner than this by itself has a fault that starting it again won't mend. */
const STABLE_MS = 10_000;
const RESTART_PAUSE_MS = 500;

/**
 * Runs parts side by side and restarts them when they are killed or fail, until `signal` is aborted. Then it ends all
 * of them. A part that ends within 10 s of its start ends the others too: a part alone would look healthy. `onStart`
 * receives each process.
 * @returns the greatest exit code, when all have ended
 */
export async function runTogether(
  parts: readonly Part[],
  {
    signal,
    onStart,
  }: { readonly signal: AbortSignal; readonly onStart?: (name: string, pid: number) => void },
): Promise<number> {
  const running = parts.map((part) => keepRunning(part, onStart));
  const end = (): void => running.forEach((part) => part.end());
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const codes = await Promise.all(
    running.map(async (part) => {
      const code = await part.ended;
      end();
      return code;
    }),
  );
  return Math.max(...codes);
}

function keepRunning({ name, arguments: args, env }: Part, onStart?: (name: string, pid: number) => void) {
  let isEnding = false;
  let child: ChildProcess | undefined;
  const run = async (): Promise<number> => {
    for (;;) {
      const begun = performance.now();
      child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
      if (child.pid !== undefined) onStart?.(name, child.pid);
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      if (isEnding) return code ?? 0;
      if (signal === null && performance.now() - begun < STABLE_MS) return code ?? 1;
      console.error(`${name} ended (${signal ?? `code ${code}`}) and is started again`);
      await sleep(RESTART_PAUSE_MS);
      if (isEnding) return 0;
    }
  };
  const ended = run();
  return {
    ended,
    end() {
      isEnding = true;
      child?.kill('SIGTERM');
    },
  };
}
