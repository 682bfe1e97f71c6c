import { hash } from 'node:crypto';
import { badInput } from '../lib/errors.ts';
import type { Json } from './json.ts';

/**
 * Opaque keyset cursors: the position of a row, and 9 bytes of a digest of tenant and query. A cursor of another query
 * or tenant is refused, because its page would be meaningless. The tenant's predicate does not depend on it: a forged
 * cursor can only move its owner to another place among its own rows.
 */
export type CursorScope = {
  readonly tenantId: string;
  /** Names the query and everything that decides its order and content, but not the page size. */
  readonly query: Json;
};

const digest = (scope: CursorScope, position: string): Buffer =>
  hash('sha256', `${JSON.stringify([scope.tenantId, scope.query])}\0${position}`, 'buffer').subarray(0, 9);

/** Makes the cursor of a row at `position` (JSON values in the order of the sort). */
export function encodeCursor(scope: CursorScope, position: readonly Json[]): string {
  const text = JSON.stringify(position);
  return Buffer.concat([digest(scope, text), Buffer.from(text)]).toString('base64url');
}

/** The position in a cursor. @throws DomainError `BAD_USER_INPUT` at `path` when it is of another query or tenant. */
export function decodeCursor(scope: CursorScope, cursor: string, path = 'after'): readonly Json[] {
  const bytes = Buffer.from(cursor, 'base64url');
  const text = bytes.subarray(9).toString();
  if (
    bytes.length > 11 &&
    bytes.toString('base64url') === cursor &&
    digest(scope, text).equals(bytes.subarray(0, 9))
  )
    return JSON.parse(text) as Json[];
  throw badInput(
    "This cursor does not belong to this query. Pass 'endCursor' of a page of the same query, with the same filters and sort.",
    path,
  );
}
