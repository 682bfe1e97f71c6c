import type { ServerResponse } from 'node:http';
import { DomainError } from '../../lib/errors.ts';

/** A signal for one request, with a way to let go of its timer when the answer is out. */
export type Deadline = {
  readonly signal: AbortSignal;
  /** Resolves or rejects like `work`, or rejects with the reason as soon as the signal is aborted. For one piece of work. */
  race<T>(work: Promise<T>): Promise<T>;
  clear(): void;
};

/** Aborts when the time is up (`TIMEOUT`) or the caller disconnects. */
export function createDeadline(response: ServerResponse, timeoutMs: number): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  // Not a listener of the signal, which costs as much as the rest of a deadline.
  let lose: ((reason: unknown) => void) | undefined;
  const abort = (message: string) => {
    controller.abort(new DomainError('TIMEOUT', message));
    lose?.(signal.reason);
  };
  const timer = setTimeout(
    () => abort(`The request took longer than ${timeoutMs} ms and was stopped. Ask for less, or try again.`),
    timeoutMs,
  );
  response.on('close', () => {
    if (!response.writableEnded) abort('The caller closed the connection before the answer.');
  });
  return {
    signal,
    race: (work) =>
      new Promise((resolve, reject) => {
        lose = reject;
        work.then(resolve, reject);
        if (signal.aborted) reject(signal.reason);
      }),
    clear: () => clearTimeout(timer),
  };
}
