import type { ServerResponse } from 'node:http';
import { DomainError } from '../../lib/errors.ts';

export type AdmissionLimits = {
  /** Bytes of bodies that are handled at once; a single request is let in whatever its size. */
  readonly maxBytes: number;
  /** Least bytes that a request counts for. */
  readonly minBytes: number;
  /** Longest wait in milliseconds. Must be shorter than the senders' time-out. */
  readonly maxWaitMs: number;
};

/**
 * Resolves when there is a place for a request with a body of so many bytes; the end of its response gives it back.
 * @throws DomainError `BACKEND_UNAVAILABLE` with a time to wait
 */
export type Admit = (bytes: number, response: Response) => Promise<void>;

type Response = Pick<ServerResponse, 'once' | 'off' | 'destroyed'>;

type Waiting = { readonly weight: number; admit(): void };

const LIMITS: AdmissionLimits = { maxBytes: 4 * 1024 * 1024, minBytes: 4 * 1024, maxWaitMs: 5_000 };

/**
 * Admits a bounded number of requests, first come, first served; the others wait with their bodies undecoded. Without
 * this limit an overloaded process works on requests whose clients have already timed out and retried.
 */
export function createAdmission({ maxBytes, minBytes, maxWaitMs }: AdmissionLimits = LIMITS): Admit {
  const line = new Set<Waiting>();
  let used = 0;

  const fits = (weight: number): boolean => used === 0 || used + weight <= maxBytes;
  const admitNext = (): void => {
    for (const next of line) {
      if (!fits(next.weight)) return;
      next.admit();
    }
  };
  const enter = (weight: number, response: Response): void => {
    used += weight;
    response.once('close', () => {
      used -= weight;
      admitNext();
    });
  };

  return (bytes, response) => {
    // It would never be heard to end.
    if (response.destroyed) return Promise.reject(refusal(maxWaitMs));
    const weight = Math.max(minBytes, bytes);
    if (line.size === 0 && fits(weight)) {
      enter(weight, response);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        line.delete(waiting);
        clearTimeout(timer);
        response.off('close', refuse);
      };
      const refuse = (): void => {
        leave();
        reject(refusal(maxWaitMs));
        admitNext();
      };
      const waiting: Waiting = {
        weight,
        admit() {
          leave();
          enter(weight, response);
          resolve();
        },
      };
      const timer = setTimeout(refuse, maxWaitMs);
      response.once('close', refuse);
      line.add(waiting);
    });
  };
}

const refusal = (retryAfterMs: number): DomainError =>
  new DomainError('BACKEND_UNAVAILABLE', 'More is sent than can be taken in right now. Try again later.', {
    retryAfterMs,
  });
