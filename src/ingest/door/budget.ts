import { LRUCache } from 'lru-cache';
import { DomainError } from '../../lib/errors.ts';
import { createBudget } from '../../lib/token-bucket.ts';
import type { Sender } from '../draft/draft.ts';

/** How much a tenant, or one public key, may send, steadily; null: no limit. */
export type IngestRates = {
  readonly eventsPerSecond: number | null;
  readonly bytesPerSecond: number | null;
  /** How many seconds' worth may come at once after a pause. */
  readonly burstSeconds: number;
};

/** A sender's remaining events, for the headers `X-RateLimit-*`. */
type IngestStatus = {
  readonly limit: number;
  readonly remaining: number;
  /** Until all of it is there again, in seconds. */
  readonly resetSeconds: number;
};

export interface IngestBudget {
  /**
   * Takes the cost of a request. @returns refunds it, for a request that wrote nothing
   * @throws DomainError `RATE_LIMITED` with how long to wait
   */
  take(payer: Payer, events: number, bytes: number): () => void;
  /**
   * Refuses an unread request of so many bytes if `take` would refuse it. That holds for a tenant that is being
   * refused. The number of events is estimated from its recent requests with the fewest events for their size.
   * @throws DomainError `RATE_LIMITED` with how long to wait
   */
  check(payer: Payer, bytes: number): void;
  /** The budget with the least left; undefined where events are not limited. */
  status(payer: Payer): IngestStatus | undefined;
}

/** The payer: a tenant, and a public key by itself. */
type Payer = { readonly tenantId: string; readonly sender: Sender };

type Pace = {
  eventsPerByte: number;
  /** When the last refused request may come again, epoch milliseconds. */
  refusedUntil: number;
};

/** How long a tenant has to wait, and for which budget. */
type Refusal = { readonly waitMs: number; readonly budget: string };

/** Growth of the estimate from request to request, until a request with fewer events comes. */
const FORGET = 1.02;

/**
 * The rate at which one tenant may send, and within it each of its public keys, over all dialects, in this process.
 * Further requests are refused at the door, before they cost other tenants anything.
 * @param now clock, epoch milliseconds
 */
export function createIngestBudget(
  rates: { readonly tenant: IngestRates; readonly publicKey: IngestRates },
  now: () => number = Date.now,
): IngestBudget {
  const tenants = createBuckets('This tenant', rates.tenant, now);
  const keys = createBuckets('This public key', rates.publicKey, now);
  const keyOf = ({ tenantId, sender }: Payer): string | undefined =>
    sender.isPublic ? `${tenantId} ${sender.subject}` : undefined;
  return {
    check(payer, bytes) {
      const key = keyOf(payer);
      if (key !== undefined) keys.check(key, bytes);
      tenants.check(payer.tenantId, bytes);
    },
    take(payer, events, bytes) {
      const key = keyOf(payer);
      const refundKey = key === undefined ? () => {} : keys.take(key, events, bytes);
      try {
        const refundTenant = tenants.take(payer.tenantId, events, bytes);
        return () => {
          refundKey();
          refundTenant();
        };
      } catch (error) {
        refundKey();
        throw error;
      }
    },
    status(payer) {
      const key = keyOf(payer);
      const [ofTenant, ofKey] = [
        tenants.status(payer.tenantId),
        key === undefined ? undefined : keys.status(key),
      ];
      return ofTenant && ofKey
        ? ofKey.remaining < ofTenant.remaining
          ? ofKey
          : ofTenant
        : (ofTenant ?? ofKey);
    },
  };
}

/** Buckets of events and of bytes, one of each for every name. */
function createBuckets(owner: string, rates: IngestRates, now: () => number) {
  const bucketOf = (rate: number | null) =>
    rate === null ? undefined : createBudget(rate * rates.burstSeconds, rate, now);
  const events = bucketOf(rates.eventsPerSecond);
  const bytes = bucketOf(rates.bytesPerSecond);
  const paces = new LRUCache<string, Pace>({ max: 100_000 });
  const refusalOf = (name: string, eventCount: number, byteCount: number): Refusal | undefined => {
    const forEvents = events?.wait(name, eventCount);
    if (forEvents !== undefined) return { waitMs: forEvents, budget: `${rates.eventsPerSecond} events` };
    const forBytes = bytes?.wait(name, byteCount);
    return forBytes === undefined ? undefined : { waitMs: forBytes, budget: `${rates.bytesPerSecond} bytes` };
  };

  return {
    check(name: string, byteCount: number): void {
      const pace = paces.get(name);
      if (!pace || now() >= pace.refusedUntil) return;
      const refusal = refusalOf(name, Math.floor(byteCount * pace.eventsPerByte), byteCount);
      if (refusal) throw overBudget(owner, refusal);
    },
    take(name: string, eventCount: number, byteCount: number): () => void {
      let pace = paces.get(name);
      if (!pace) {
        pace = { eventsPerByte: Number.POSITIVE_INFINITY, refusedUntil: 0 };
        paces.set(name, pace);
      }
      pace.eventsPerByte = Math.min(pace.eventsPerByte * FORGET, eventCount / Math.max(1, byteCount));
      const refusal = refusalOf(name, eventCount, byteCount);
      if (refusal) {
        pace.refusedUntil = now() + refusal.waitMs;
        throw overBudget(owner, refusal);
      }
      events?.take(name, eventCount);
      bytes?.take(name, byteCount);
      return () => {
        events?.refund(name, eventCount);
        bytes?.refund(name, byteCount);
      };
    },
    status(name: string): IngestStatus | undefined {
      if (!events) return undefined;
      const { maximumAvailable, currentlyAvailable, restoreRate } = events.status(name);
      return {
        limit: maximumAvailable,
        remaining: currentlyAvailable,
        resetSeconds: Math.ceil((maximumAvailable - currentlyAvailable) / restoreRate),
      };
    },
  };
}

const overBudget = (owner: string, { waitMs, budget }: Refusal): DomainError =>
  new DomainError(
    'RATE_LIMITED',
    `${owner} has sent more than its budget of ${budget} a second. Send the same again later.`,
    { retryAfterMs: waitMs },
  );
