/** Counts times in buckets of about 1 %, so that any number of them takes the same memory. */
export type Latencies = {
  add(milliseconds: number): void;
  /** The time that a share `q` (0 … 1) stays within, in milliseconds; NaN without any. */
  quantile(q: number): number;
  readonly count: number;
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
    get count() {
      return count;
    },
  };
}
