import { durationMs } from './duration.ts';
import type { Qualification } from './model.ts';

/**
 * Whether a person may enter a campaign. The span from the last entry counts in hours of log time, in both directions:
 * decisions of one person may be judged out of order.
 * @param last `receivedAt` of the decision of the person's latest entry, epoch milliseconds; null for none
 */
export function mayEnter(qualification: Qualification, last: number | null, receivedAt: number): boolean {
  if (last === null || qualification.kind === 'EVERY_TIME') return true;
  return qualification.kind === 'ONCE_PER' && Math.abs(receivedAt - last) >= durationMs(qualification.every);
}

/** The least span between two entries, in milliseconds: 0 for every time, infinite for once. */
export const spanOf = (qualification: Qualification): number =>
  qualification.kind === 'EVERY_TIME'
    ? 0
    : qualification.kind === 'ONCE'
      ? Number.POSITIVE_INFINITY
      : durationMs(qualification.every);
