import { limitOf } from './abort.ts';
import type { DomainError } from './errors.ts';
import { wait } from './retry.ts';

export type RoundsOptions = {
  /** From the end of one to the next, in milliseconds. */
  readonly everyMs: number;
  /** The same after a failed round; `everyMs` by default. */
  readonly retryMs?: number;
  /** Of one round, in milliseconds; then its signal aborts with `timedOut`. */
  readonly timeoutMs: number;
  timedOut(): DomainError;
  /** Receives errors of failed rounds; the next round retries. */
  onError(error: unknown): void;
};

/** Does `round` at once, and again and again until it is closed, which ends the one under way. */
export function runRounds(
  round: (signal: AbortSignal) => Promise<void>,
  { everyMs, retryMs = everyMs, timeoutMs, timedOut, onError }: RoundsOptions,
): { close(): Promise<void> } {
  const closed = new AbortController();
  const run = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      let pauseMs = everyMs;
      const limit = limitOf(closed.signal, { ms: timeoutMs, timedOut });
      try {
        await round(limit.signal);
      } catch (error) {
        pauseMs = retryMs;
        if (!closed.signal.aborted) onError(error);
      } finally {
        limit.end();
      }
      await wait(pauseMs, closed.signal).catch(() => {});
    }
  };
  const running = run();
  return {
    async close() {
      closed.abort();
      await running;
    },
  };
}
