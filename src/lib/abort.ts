import { abortReason, type DomainError } from './errors.ts';

/** A signal of one call, which aborts with a `DomainError`. */
export type Limit = {
  readonly signal: AbortSignal;
  abort(reason: DomainError): void;
  /** Lets go of the timer and of the caller's signal. */
  end(): void;
};

/** How long a call may take, in milliseconds, and its error afterwards. */
export type TimeLimit = { readonly ms: number; timedOut(): DomainError };

/**
 * A call's limit: the caller's signal, or the end of its time. Not `AbortSignal.any` and `AbortSignal.timeout`: they
 * cost more than all else of a short call, and such a timer stays until it fires.
 */
export function limitOf(signal: AbortSignal | undefined, time?: TimeLimit): Limit {
  const controller = new AbortController();
  const timer = time && setTimeout(() => controller.abort(time.timedOut()), time.ms);
  const onAbort = (): void => {
    if (signal) controller.abort(abortReason(signal));
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

/** Resolves or rejects like `work`, or rejects as soon as the signal is aborted; the work itself goes on. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortReason(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * Resolves or rejects like `work`, or rejects as soon as its time is over or the signal is aborted. Then the work's own
 * signal is aborted too; work that does not look at it goes on.
 */
export async function within<T>(
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal | undefined,
  time: TimeLimit,
): Promise<T> {
  const limit = limitOf(signal, time);
  try {
    return await abortable(work(limit.signal), limit.signal);
  } finally {
    limit.end();
  }
}

/** A signal of its own for work that nobody can stop. One for all would gather the listeners of every call. */
export const never = (): AbortSignal => new AbortController().signal;
