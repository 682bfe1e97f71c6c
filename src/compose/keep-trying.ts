import { DomainError } from '../lib/errors.ts';
import { backoff, retry } from '../lib/retry.ts';

/** Processes that wait for one engine do not all come back in the same moment. */
const delayMs = backoff({ firstMs: 500, maxMs: 10_000, jitter: 0.2 });

/** Settings that contradict one another stay so however often they are tried. */
const isRetryable = (error: unknown): boolean =>
  !(error instanceof DomainError && error.code === 'BAD_USER_INPUT');

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
  await retry(work, {
    signal,
    delayMs,
    isRetryable,
    onError(error) {
      if (!signal.aborted) onError(error);
    },
  });
}
