import type { Viewer } from '../../auth/viewer.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import { marketoAssetId } from '../../domain/marketo-ids.ts';
import { DomainError } from '../../lib/errors.ts';
import type { Page } from '../../services/page.ts';
import { integers, list, size } from './query.ts';
import { MarketoError } from './respond.ts';

const MAX_PAGE = 300;
const MAX_VALUES = 300;
/** The most that services give at once. */
const MAX_AT_ONCE = 200;

type Numbered = { readonly id: string; readonly name: string };

/** Everything that a service gives by pages. A tenant has at most 1,000 campaigns and lists. */
export async function everyOne<T>(
  pageAfter: (question: { readonly first: number; readonly after: string | null }) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page<T> = await pageAfter({ first: MAX_AT_ONCE, after });
    found.push(...page.items);
    const last = page.items.at(-1);
    if (!page.hasNextPage || last === undefined) return found;
    after = page.cursorOf(last);
  }
}

/** The item with this number. @throws MarketoError 1013 */
export function withNumber<T extends Numbered>(all: readonly T[], number: number): T {
  const found = all.find(({ id }) => marketoAssetId(id) === number);
  if (!found) throw new MarketoError('1013', 'Object not found');
  return found;
}

/** A page of those that the parameters `id` and `name` leave, with a token while more follow. */
export function pageOf<T extends Numbered>(
  { tenant }: Viewer,
  kind: string,
  all: readonly T[],
  query: URLSearchParams,
): { readonly items: readonly T[]; readonly more: { readonly nextPageToken?: string } } {
  const ids = integers(query, 'id', MAX_VALUES);
  const names = list(query, 'name', MAX_VALUES);
  const scope: CursorScope = {
    tenantId: tenant.id,
    query: ['marketo', kind, ids ?? null, names && [...names]],
  };
  const token = query.get('nextPageToken');
  const after = token ? String(decodeToken(scope, token)) : '';
  const left = all.filter(
    ({ id, name }) =>
      id > after &&
      (ids === undefined || ids.includes(marketoAssetId(id))) &&
      (names === null || names.includes(name)),
  );
  const items = left.slice(0, size(query, 'batchSize', MAX_PAGE));
  const last = items.at(-1);
  const hasMore = last !== undefined && left.length > items.length;
  return { items, more: hasMore ? { nextPageToken: encodeCursor(scope, [last.id]) } : {} };
}

function decodeToken(scope: CursorScope, token: string) {
  try {
    return decodeCursor(scope, token)[0];
  } catch (error) {
    throw tokenFault(error);
  }
}

/** The fault of a token of another query; any other error as it is. */
export const tokenFault = (error: unknown): unknown =>
  error instanceof DomainError && error.field === 'after'
    ? new MarketoError(
        '1003',
        "Invalid data: 'nextPageToken' is none of this query. Leave it out for the first page.",
      )
    : error;

/** To the second, as Marketo writes it and its clients parse it. */
export const secondOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
