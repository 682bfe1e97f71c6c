import { setTimeout as sleep } from 'node:timers/promises';
import { abortReason } from './errors.ts';

/** Waits before the next attempt. */
export type Wait = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

export type RetryPolicy = {
  /** How many attempts there are, the first included; without end unless given. */
  readonly attempts?: number;
  /** The pause after a failed attempt, in milliseconds; the first attempt is number 1. See `backoff`. */
  delayMs(attempt: number, error: unknown): number;
  /** Whether another attempt can help; always unless given. */
  isRetryable?(error: unknown, attempt: number): boolean;
  /** Receives the error of each failed attempt, the last included. */
  onError?(error: unknown, attempt: number): void;
  /** Ends the attempts, also in the middle of a pause. A time limit is the timeout of a signal. */
  readonly signal?: AbortSignal | undefined;
  /** `wait` unless given. */
  readonly wait?: Wait;
};

export type Backoff = {
  readonly firstMs: number;
  readonly maxMs: number;
  /** The part of a pause that is random, from 0 to 1, so that processes do not retry in step; none unless given. */
  readonly jitter?: number;
  /** From 0 to below 1. */
  readonly random?: () => number;
};

/** Pauses that double with each attempt, up to `maxMs`. Jitter makes them shorter, never longer. */
export const backoff =
  ({ firstMs, maxMs, jitter = 0, random = Math.random }: Backoff) =>
  (attempt: number): number =>
    Math.min(firstMs * 2 ** (attempt - 1), maxMs) * (1 - jitter * random());

/**
 * Retries `work` until it succeeds, the attempts are used up, an error is not retryable, or the signal aborts. There is
 * always a first attempt.
 * @throws the error of the last attempt, also when the signal aborts during the pause after it
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, policy: RetryPolicy): Promise<T> {
  const { attempts = Number.POSITIVE_INFINITY, signal, wait: pause = wait } = policy;
  for (let attempt = 1; ; attempt += 1)
    try {
      return await work(attempt);
    } catch (error) {
      policy.onError?.(error, attempt);
      if (attempt >= attempts || policy.isRetryable?.(error, attempt) === false || signal?.aborted)
        throw error;
      await pause(policy.delayMs(attempt, error), signal).catch(() => {
        throw error;
      });
    }
}

/** Waits. @throws DomainError the signal's reason */
export async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch(() => {
    throw abortReason(signal);
  });
}

/** Waits without keeping the process alive. @throws DomainError the signal's reason */
export async function waitUnref(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { ref: false, ...(signal && { signal }) }).catch(() => {
    throw abortReason(signal);
  });
}

/** Waits until `isSo`, which is looked at again after each pause. @throws DomainError the signal's reason */
export async function pollUntil(
  isSo: () => Promise<boolean>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!(await isSo())) await wait(everyMs, signal);
}
