import type { ServerResponse } from 'node:http';
import { DomainError } from '../domain/errors.ts';

/** A signal for one request, with a way to let go of its timer and listener when the answer is out. */
export type Deadline = {
  readonly signal: AbortSignal;
  /** Resolves or rejects like `work`, or rejects with the reason as soon as the signal is aborted. */
  race<T>(work: Promise<T>): Promise<T>;
  clear(): void;
};

/** Aborts when the time is up (`TIMEOUT`) or the caller has gone. */
export function createDeadline(response: ServerResponse, timeoutMs: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(
      new DomainError(
        'TIMEOUT',
        `The request took longer than ${timeoutMs} ms and was stopped. Ask for less, or try again.`,
      ),
    );
  }, timeoutMs);
  const onClose = () => {
    if (!response.writableEnded)
      controller.abort(new DomainError('TIMEOUT', 'The caller closed the connection before the answer.'));
  };
  response.once('close', onClose);
  return {
    signal: controller.signal,
    race: (work) =>
      new Promise((resolve, reject) => {
        const onAbort = () => reject(controller.signal.reason);
        controller.signal.addEventListener('abort', onAbort, { once: true });
        work.then(resolve, reject);
      }),
    clear() {
      clearTimeout(timer);
      response.off('close', onClose);
    },
  };
}
