import { type ChildProcess, fork } from 'node:child_process';
import type { Answer, Request } from './serve-writer.ts';

type Body = Request extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never;

/** Ended before it answered: whether it did what was asked is not known. */
export class Killed extends Error {}
/** Answered with an error. */
export class Refused extends Error {
  readonly code: string;
  readonly retryable: boolean;
  constructor(code: string, retryable: boolean) {
    super(code);
    this.code = code;
    this.retryable = retryable;
  }
}

/** A child process with the durable write in it. */
export type Victim = {
  readonly pid: number;
  /** Rejects with `Killed` if it ends before it is ready. */
  readonly ready: Promise<{ readonly replayed: number; readonly tornBytes: number }>;
  /** @throws Killed, Refused */
  ask(request: Body): Promise<unknown>;
  /** SIGKILL, then waits until it is gone. */
  kill(): Promise<void>;
  readonly exit: Promise<number | null>;
};

export type VictimOptions = {
  readonly directory: string;
  readonly database?: string;
  readonly onProgress?: (done: number, total: number) => void;
  /** A shell limit that the process runs under, e.g. `ulimit -f 512`. */
  readonly limit?: string;
  /** How long the writer waits for the store, in milliseconds; 1,000 unless given. */
  readonly storeTimeoutMs?: number;
  /** One of several processes on the database, which has the log as well. */
  readonly isShared?: boolean;
};

const pathOf = (file: string): string => new URL(file, import.meta.url).pathname;
const CHILD = pathOf('./child.ts');
const SHARED_CHILD = pathOf('./shared-child.ts');

export function startVictim({
  directory,
  database = '',
  onProgress,
  limit,
  storeTimeoutMs = 1_000,
  isShared,
}: VictimOptions): Victim {
  const args = [directory, database, `${storeTimeoutMs}`];
  const child: ChildProcess = limit
    ? fork(CHILD, args, {
        execPath: '/bin/bash',
        execArgv: ['-c', `${limit}; exec "$0" "$@"`, process.execPath],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      })
    : fork(isShared ? SHARED_CHILD : CHILD, args, {
        execArgv: [],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let nextId = 0;
  const exit = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  const ready = new Promise<{ replayed: number; tornBytes: number }>((resolve, reject) => {
    child.on('message', (answer: Answer) => {
      if (answer.kind === 'progress') return onProgress?.(answer.done, answer.total);
      if (answer.kind === 'ready') return resolve(answer);
      const call = pending.get(answer.id);
      pending.delete(answer.id);
      if (answer.kind === 'done') call?.resolve(answer.value);
      else call?.reject(new Refused(answer.code, answer.retryable));
      return undefined;
    });
    child.once('exit', () => {
      reject(new Killed());
      for (const { reject: fail } of pending.values()) fail(new Killed());
      pending.clear();
    });
  });
  // Whoever kills it before it is ready doesn't wait for that.
  ready.catch(() => {});

  return {
    pid: child.pid ?? 0,
    ready,
    exit,
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Killed());
        const id = nextId++;
        pending.set(id, { resolve, reject });
        child.send({ ...request, id } as Request, (error) => {
          if (error && pending.delete(id)) reject(new Killed());
        });
      }),
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
