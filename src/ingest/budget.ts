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

/** How long a tenant has to wait, and for which budget. */
type Refusal = { readonly waitMs: number; readonly budget: string };

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
  const refusalOf = (tenantId: string, eventCount: number, byteCount: number): Refusal | undefined => {
    const forEvents = events?.wait(tenantId, eventCount);
    if (forEvents !== undefined) return { waitMs: forEvents, budget: `${rates.eventsPerSecond} events` };
    const forBytes = bytes?.wait(tenantId, byteCount);
    return forBytes === undefined ? undefined : { waitMs: forBytes, budget: `${rates.bytesPerSecond} bytes` };
  };

  return {
    check(tenantId, byteCount) {
      const sender = senders.get(tenantId);
      if (!sender || now() >= sender.refusedUntil) return;
      const refusal = refusalOf(tenantId, Math.floor(byteCount * sender.eventsPerByte), byteCount);
      if (refusal) throw overBudget(refusal);
    },
    take(tenantId, eventCount, byteCount) {
      let sender = senders.get(tenantId);
      if (!sender) {
        sender = { eventsPerByte: Number.POSITIVE_INFINITY, refusedUntil: 0 };
        senders.set(tenantId, sender);
      }
      sender.eventsPerByte = Math.min(sender.eventsPerByte * FORGET, eventCount / Math.max(1, byteCount));
      const refusal = refusalOf(tenantId, eventCount, byteCount);
      if (refusal) {
        sender.refusedUntil = now() + refusal.waitMs;
        throw overBudget(refusal);
      }
      events?.take(tenantId, eventCount);
      bytes?.take(tenantId, byteCount);
      return () => {
        events?.refund(tenantId, eventCount);
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

const overBudget = ({ waitMs, budget }: Refusal): DomainError =>
  new DomainError(
    'RATE_LIMITED',
    `This tenant has sent more than its budget of ${budget} a second. Send the same again later.`,
    { retryAfterMs: waitMs },
  );
