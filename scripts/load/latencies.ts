/** Counts times in buckets of about 1 %, so that any number of them takes the same memory. */
export type Latencies = {
  add(milliseconds: number): void;
  /** The time that a share `q` (0 … 1) stays within, in milliseconds; NaN without any. */
  quantile(q: number): number;
  /** Takes in what others counted. */
  merge(others: Latencies): void;
  readonly count: number;
  /** How many there are of each bucket. */
  readonly buckets: readonly (number | undefined)[];
};

const GROWTH = Math.log(1.01);
const LEAST_MS = 0.05;

export function createLatencies(): Latencies {
  const buckets: number[] = [];
  let count = 0;
  return {
    add(milliseconds) {
      const bucket = Math.max(0, Math.ceil(Math.log(milliseconds / LEAST_MS) / GROWTH));
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      count += 1;
    },
    quantile(q) {
      let seen = 0;
      for (const [bucket, n = 0] of buckets.entries()) {
        seen += n;
        if (seen >= q * count && n > 0) return LEAST_MS * Math.exp(bucket * GROWTH);
      }
      return Number.NaN;
    },
    merge(others) {
      for (const [bucket, n = 0] of others.buckets.entries()) buckets[bucket] = (buckets[bucket] ?? 0) + n;
      count += others.count;
    },
    buckets,
    get count() {
      return count;
    },
  };
}
