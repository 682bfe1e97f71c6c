import type { Grain } from '../datasources/activity-metrics/port.ts';
import { badInput } from '../domain/errors.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of what is always as long as any other of its kind. */
export const LENGTH_MS = { HOUR: HOUR_MS, DAY: DAY_MS, WEEK: 7 * DAY_MS } as const;
/** Day 4 of the epoch was a Monday. */
const MONDAY_SHIFT = 3 * DAY_MS;
const MAX_BUCKETS = 10_000;

/** Start of the hour, day, week or month in UTC that a moment lies in. Epoch milliseconds. */
export function bucketStart(time: number, grain: Grain): number {
  switch (grain) {
    case 'HOUR':
      return Math.floor(time / HOUR_MS) * HOUR_MS;
    case 'DAY':
      return Math.floor(time / DAY_MS) * DAY_MS;
    case 'WEEK':
      return Math.floor((time + MONDAY_SHIFT) / (7 * DAY_MS)) * 7 * DAY_MS - MONDAY_SHIFT;
    case 'MONTH': {
      const date = new Date(time);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    }
    default:
      return grain satisfies never;
  }
}

function nextBucket(start: number, grain: Grain): number {
  if (grain === 'MONTH') {
    const date = new Date(start);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  }
  return start + LENGTH_MS[grain];
}

/** The starts of all buckets that a period touches, oldest first. @throws DomainError when they are too many */
export function bucketsOf(from: number, to: number, grain: Grain): number[] {
  const starts: number[] = [];
  for (let start = bucketStart(from, grain); start < to; start = nextBucket(start, grain)) {
    if (starts.length === MAX_BUCKETS)
      throw badInput(
        `This period has more than ${MAX_BUCKETS} of that grain. Take a coarser grain or a shorter period.`,
        'grain',
      );
    starts.push(start);
  }
  return starts;
}
