import { decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import type { Json } from '../../domain/json.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { DomainError } from '../../lib/errors.ts';
import { MarketoError } from './respond.ts';

/**
 * Where a client who follows a tenant's activities stands. It reads in rounds: a round is what occurred at or after
 * `since` and was received in the window (`receivedAfter`, `receivedUntil`], in the order of when it occurred. When a
 * round is at its end, the next begins where its window ended. So each activity comes once, also one that is reported
 * late: by its time it belongs to pages that were read, but not by its arrival.
 */
export type Place = {
  /** Epoch milliseconds. */
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

/** @throws MarketoError for a token that is none of this tenant's */
export function decodePlace(tenant: Tenant, token: string): Place {
  const [since, receivedAfter, receivedUntil = null, position = null] = partsOf(tenant, token);
  const isTime = (value: Json | undefined): value is number => Number.isSafeInteger(value);
  const isPosition = (value: Json): value is readonly Json[] | null => value === null || Array.isArray(value);
  if (
    isTime(since) &&
    isTime(receivedAfter) &&
    (receivedUntil === null || isTime(receivedUntil)) &&
    isPosition(position)
  )
    return { since, receivedAfter, receivedUntil, position };
  throw invalidToken();
}

function partsOf(tenant: Tenant, token: string): readonly Json[] {
  try {
    return decodeCursor(scopeOf(tenant), token);
  } catch (error) {
    throw error instanceof DomainError ? invalidToken() : error;
  }
}

const invalidToken = (): MarketoError =>
  new MarketoError(
    '1003',
    "Invalid data: 'nextPageToken' is none of this API. Get one from pagingtoken.json.",
  );
