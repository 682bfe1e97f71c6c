import { hash } from 'node:crypto';
import type { Activity } from '../../domain/activity.ts';
import type { ActivityId } from '../../domain/ids.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { LogPosition } from '../activity-log/port.ts';

/** An activity at its place in the log. */
export type LoggedActivity = { readonly activity: Activity; readonly position: LogPosition };

/** The first activity of a message id, which counts for ever. */
export type First = {
  readonly id: ActivityId;
  readonly position: LogPosition;
  readonly receivedAt: number;
  /** Of the whole activity; a repeat that says the same, and was enriched alike, has the same. */
  readonly digest: string;
  /** As `Activity` has it: tells a retry from another body under the same id. */
  readonly contentDigest: string | null;
};

/** Decides once which log position counts for each message. */
export interface Claims {
  /**
   * Claims each message for the position of its activity, unless another position has it. Returns the first of each, in
   * input order. Idempotent for every caller. No message may be twice in one call.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`: claim again
   */
  claim(tenant: Tenant, entries: readonly LoggedActivity[], signal: AbortSignal): Promise<readonly First[]>;
  /** The first of each message that was claimed, by `messageHash`; of at most 1,000. */
  find(tenant: Tenant, hashes: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, First>>;
}

/** Whether two log positions are equal. */
export const isSamePosition = (a: LogPosition, b: LogPosition): boolean =>
  a.partition === b.partition && a.offset === b.offset;

/** 48 bits of a hash over everything but when it was received: the same for a retry of the same. */
export function digestOf(activity: Activity): string {
  const { receivedAt: _receivedAt, contentDigest: _contentDigest, ...said } = activity;
  return hash('sha256', JSON.stringify(said), 'buffer').subarray(0, 6).toString('base64url');
}
