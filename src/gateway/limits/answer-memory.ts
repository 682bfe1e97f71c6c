import { abortReason, DomainError } from '../../lib/errors.ts';

/** Memory that one answer may take until it is sent. */
export type Lease = {
  /** Takes more where it turns out to be needed and is there. @returns whether it has that many bytes now */
  growTo(bytes: number): boolean;
  /** Returns unneeded bytes, once more is known. */
  shrinkTo(bytes: number): void;
  /** Gives all of it back; once is enough. */
  release(): void;
};

export interface AnswerMemory {
  /** Memory at once, where there is enough and nobody waits for it. */
  take(bytes: number): Lease | undefined;
  /**
   * Memory as soon as there is enough, in the order of asking.
   * @throws DomainError `RATE_LIMITED` after five seconds in vain, or why the caller's signal was aborted
   */
  wait(bytes: number, signal: AbortSignal): Promise<Lease>;
}

/** How long an answer waits for others to be sent, in milliseconds. */
const PATIENCE_MS = 5_000;
/** The most that one answer has to have, of all there is. */
const LARGEST_SHARE = 0.5;

/**
 * The memory that all answers under way in this process share. Each reserves before it begins what it can take at most,
 * so that no number of requests ends the process.
 * @param capacity bytes in all; a request for more than half of it gets half
 */
export function createAnswerMemory(capacity: number, patienceMs: number = PATIENCE_MS): AnswerMemory {
  let left = capacity;
  const waiting: { readonly bytes: number; readonly start: (lease: Lease) => void }[] = [];

  const bounded = (bytes: number): number => Math.min(bytes, capacity * LARGEST_SHARE);

  const leaseOf = (taken: number): Lease => {
    let held = taken;
    left -= held;
    const shrinkTo = (bytes: number): void => {
      if (bytes >= held) return;
      left += held - bytes;
      held = bytes;
      startWaiting();
    };
    const growTo = (bytes: number): boolean => {
      const more = bounded(bytes) - held;
      if (more <= 0) return true;
      if (more > left) return false;
      left -= more;
      held += more;
      return true;
    };
    return { growTo, shrinkTo, release: () => shrinkTo(0) };
  };

  const startWaiting = (): void => {
    for (let next = waiting[0]; next && next.bytes <= left; next = waiting[0]) {
      waiting.shift();
      next.start(leaseOf(next.bytes));
    }
  };

  return {
    take(bytes) {
      const needed = bounded(bytes);
      return waiting.length === 0 && needed <= left ? leaseOf(needed) : undefined;
    },
    wait(bytes, signal) {
      return new Promise((resolve, reject) => {
        const place = { bytes: bounded(bytes), start: (lease: Lease) => end(() => resolve(lease)) };
        const onAbort = (): void => leave(abortReason(signal));
        const timer = setTimeout(() => leave(answersBusy()), patienceMs);
        const end = (settle: () => void): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          settle();
        };
        const leave = (reason: DomainError): void => {
          const at = waiting.indexOf(place);
          if (at === -1) return;
          waiting.splice(at, 1);
          end(() => reject(reason));
          startWaiting();
        };
        waiting.push(place);
        if (signal.aborted) onAbort();
        else signal.addEventListener('abort', onAbort, { once: true });
        startWaiting();
      });
    },
  };
}

/** The error while there is no memory for an answer. */
export const answersBusy = (): DomainError =>
  new DomainError(
    'RATE_LIMITED',
    'This server is busy with large answers. Try again shortly, or ask for smaller pages.',
    { retryAfterMs: 1_000 },
  );
