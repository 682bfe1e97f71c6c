import { LRUCache } from 'lru-cache';
import { DomainError } from '../domain/errors.ts';
import { createBudget } from '../gateway/limits/budget.ts';

/** How much a tenant may send, steadily; null: no limit. */
export type IngestRates = {
  readonly eventsPerSecond: number | null;
  readonly bytesPerSecond: number | null;
  /** How many seconds' worth may come at once after a pause. */
  readonly burstSeconds: number;
};

/** What a tenant has left of its events, as `X-RateLimit-*` headers tell it. */
type IngestStatus = {
  readonly limit: number;
  readonly remaining: number;
  /** Until all of it is there again, in seconds. */
  readonly resetSeconds: number;
};

export interface IngestBudget {
  /**
   * Takes what a request costs. @returns gives it back, for a request of which nothing was written
   * @throws DomainError `RATE_LIMITED` with how long to wait
   */
  take(tenantId: string, events: number, bytes: number): () => void;
  /**
   * Refuses a request of so many bytes that nobody has read yet, if `take` would: of a tenant that is being refused, and
   * as far as bytes tell, by its requests with the fewest events for their size, lately.
   * @throws DomainError `RATE_LIMITED` with how long to wait
   */
  check(tenantId: string, bytes: number): void;
  /** Undefined where events are not limited. */
  status(tenantId: string): IngestStatus | undefined;
}

type Sender = {
  eventsPerByte: number;
  /** When what was refused last may come again, epoch milliseconds. */
  refusedUntil: number;
};

/** By so much more is expected of each request than of the one before, until one with fewer events comes. */
const FORGET = 1.02;

/**
 * The rate at which one tenant may send, over all dialects: buckets of events and of bytes, in this process. Beyond it
 * requests are refused at the door, before they cost the others anything.
 * @param now clock, epoch milliseconds
 */
export function createIngestBudget(rates: IngestRates, now: () => number = Date.now): IngestBudget {
  const bucketOf = (rate: number | null) =>
    rate === null ? undefined : createBudget(rate * rates.burstSeconds, rate, now);
  const events = bucketOf(rates.eventsPerSecond);
  const bytes = bucketOf(rates.bytesPerSecond);
  const senders = new LRUCache<string, Sender>({ max: 100_000 });

  return {
    check(tenantId, byteCount) {
      const sender = senders.get(tenantId);
      if (!sender || now() >= sender.refusedUntil) return;
      const wait = events?.wait(tenantId, Math.floor(byteCount * sender.eventsPerByte));
      if (wait !== undefined) throw overBudget(wait, `${rates.eventsPerSecond} events`);
      const byteWait = bytes?.wait(tenantId, byteCount);
      if (byteWait !== undefined) throw overBudget(byteWait, `${rates.bytesPerSecond} bytes`);
    },
    take(tenantId, eventCount, byteCount) {
      const sender = senders.get(tenantId) ?? { eventsPerByte: Number.POSITIVE_INFINITY, refusedUntil: 0 };
      senders.set(tenantId, sender);
      sender.eventsPerByte = Math.min(sender.eventsPerByte * FORGET, eventCount / Math.max(1, byteCount));
      const refuse = (wait: number, what: string): never => {
        sender.refusedUntil = now() + wait;
        throw overBudget(wait, what);
      };
      const wait = events?.take(tenantId, eventCount);
      if (wait !== undefined) refuse(wait, `${rates.eventsPerSecond} events`);
      const byteWait = bytes?.take(tenantId, byteCount);
      const refundEvents = () => events?.refund(tenantId, eventCount);
      if (byteWait !== undefined) {
        refundEvents();
        refuse(byteWait, `${rates.bytesPerSecond} bytes`);
      }
      return () => {
        refundEvents();
        bytes?.refund(tenantId, byteCount);
      };
    },
    status(tenantId) {
      if (!events) return undefined;
      const { maximumAvailable, currentlyAvailable, restoreRate } = events.status(tenantId);
      return {
        limit: maximumAvailable,
        remaining: currentlyAvailable,
        resetSeconds: Math.ceil((maximumAvailable - currentlyAvailable) / restoreRate),
      };
    },
  };
}

const overBudget = (retryAfterMs: number, what: string): DomainError =>
  new DomainError(
    'RATE_LIMITED',
    `This tenant has sent more than its budget of ${what} a second. Send the same again later.`,
    { retryAfterMs },
  );
