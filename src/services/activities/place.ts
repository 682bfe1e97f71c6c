import { decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import type { Json } from '../../domain/json.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { badInput } from '../../lib/errors.ts';

/**
 * The place of a client that follows a tenant's activities. The client reads in rounds. A round has the activities that
 * occurred at or after `since` and were received in the window (`receivedAfter`, `receivedUntil`], by the time when they
 * occurred. At the end of a round the next window begins. So each activity comes once, even if it arrives late: its time
 * belongs to pages that were read, but its arrival doesn't.
 */
export type Place = {
  /** Epoch milliseconds, as all times here. */
  readonly since: number;
  readonly receivedAfter: number;
  /** Null: the next call begins a round. */
  readonly receivedUntil: number | null;
  /** The position of the last activity that was read of this round. */
  readonly position: readonly Json[] | null;
};

const scopeOf = (tenant: Tenant) => ({ tenantId: tenant.id, query: 'marketo-activities' });

export const encodePlace = (tenant: Tenant, place: Place): string =>
  encodeCursor(scopeOf(tenant), [place.since, place.receivedAfter, place.receivedUntil, place.position]);

/** @throws DomainError `BAD_USER_INPUT` at `token` for a token that isn't of this tenant */
export function decodePlace(tenant: Tenant, token: string): Place {
  const parts = decodeCursor(scopeOf(tenant), token, 'token');
  const [since, receivedAfter, receivedUntil = null, position = null] = parts;
  const isTime = (value: Json | undefined): value is number => Number.isSafeInteger(value);
  const isPosition = (value: Json): value is readonly Json[] | null => value === null || Array.isArray(value);
  if (
    isTime(since) &&
    isTime(receivedAfter) &&
    (receivedUntil === null || isTime(receivedUntil)) &&
    isPosition(position)
  )
    return { since, receivedAfter, receivedUntil, position };
  throw badInput('This token is broken.', 'token');
}
