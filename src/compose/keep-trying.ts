import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../lib/errors.ts';

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 10_000;

/**
 * Retries `work` with backoff until it succeeds. Faults that an operator must fix (anything but an engine that does not
 * answer) are reported, and retried all the same.
 * @throws the last error of `work`, once `signal` is aborted
 */
export async function keepTrying(
  work: () => Promise<unknown>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS))
    try {
      await work();
      return;
    } catch (error) {
      if (signal.aborted) throw error;
      onError(error);
      // Settings that contradict one another stay so however often they are tried.
      if (error instanceof DomainError && error.code === 'BAD_USER_INPUT') throw error;
      await sleep(pause, undefined, { signal }).catch(() => {
        throw error;
      });
    }
}
