/**
 * Spares callers the wait for a side that does not answer. After a failure it is open for a while, in which nobody
 * should ask; then one at a time may try, until one succeeds.
 */
export type Breaker = {
  /** Whether to call now. A caller that is allowed through must report success or failure. */
  allows(): boolean;
  succeeded(): void;
  failed(): void;
};

/** @param openMs how long after a failure nobody asks, and between two tries */
export function createBreaker(openMs: number, now: () => number = () => performance.now()): Breaker {
  let isOpen = false;
  let nextTryAt = 0;
  return {
    allows() {
      if (!isOpen) return true;
      if (now() < nextTryAt) return false;
      nextTryAt = now() + openMs;
      return true;
    },
    succeeded() {
      isOpen = false;
    },
    failed() {
      isOpen = true;
      nextTryAt = now() + openMs;
    },
  };
}
