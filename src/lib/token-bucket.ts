import { LRUCache } from 'lru-cache';

/** Points a tenant has left. */
type BudgetStatus = {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
};

export interface Budget {
  /**
   * Takes points; undefined when there were enough, else how long to wait for them, in milliseconds. A request for more
   * than the whole capacity is served when the bucket is full, and leaves a debt.
   */
  take(tenantId: string, points: number): number | undefined;
  /** The answer that `take` would give; takes nothing. */
  wait(tenantId: string, points: number): number | undefined;
  /** Returns unused points. */
  refund(tenantId: string, points: number): void;
  status(tenantId: string): BudgetStatus;
}

/**
 * One bucket of points for each tenant, in this process.
 * @param capacity points a tenant can save up
 * @param restoreRate points that come back each second
 * @param now clock in milliseconds
 */
export function createBudget(capacity: number, restoreRate: number, now: () => number = Date.now): Budget {
  const buckets = new LRUCache<string, { points: number; at: number }>({ max: 100_000 });

  const bucketOf = (tenantId: string) => {
    const time = now();
    const bucket = buckets.get(tenantId);
    if (!bucket) {
      const fresh = { points: capacity, at: time };
      buckets.set(tenantId, fresh);
      return fresh;
    }
    bucket.points = Math.min(capacity, bucket.points + (Math.max(0, time - bucket.at) / 1000) * restoreRate);
    bucket.at = time;
    return bucket;
  };

  const wait = (tenantId: string, points: number): number | undefined => {
    const missing = Math.min(points, capacity) - bucketOf(tenantId).points;
    // Sums of fractions: whoever waited as long as told is served.
    return missing > 1e-6 ? Math.ceil((missing / restoreRate) * 1000) : undefined;
  };

  return {
    take(tenantId, points) {
      const missing = wait(tenantId, points);
      if (missing === undefined) bucketOf(tenantId).points -= points;
      return missing;
    },
    wait,
    refund(tenantId, points) {
      const bucket = bucketOf(tenantId);
      bucket.points = Math.min(capacity, bucket.points + points);
    },
    status: (tenantId) => ({
      maximumAvailable: capacity,
      currentlyAvailable: Math.max(0, Math.floor(bucketOf(tenantId).points)),
      restoreRate,
    }),
  };
}
