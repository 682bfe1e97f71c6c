import { badInput } from '../lib/errors.ts';

/** @throws DomainError for a page size that is not 1 … max; null means the default */
export function pageSize(
  first: number | null | undefined,
  max: number,
  fallback: number,
  path = 'first',
): number {
  const size = first ?? fallback;
  if (size >= 1 && size <= max) return size;
  throw badInput(`'${path}' must be 1 to ${max}.`, path);
}

/** @throws DomainError for a list that is longer than `max` */
export function boundedList<T>(list: readonly T[], max: number, path: string): readonly T[] {
  if (list.length <= max) return list;
  throw badInput(
    `'${path}' has ${list.length} items; at most ${max} are allowed. Send several requests.`,
    path,
  );
}

/** An edge of a Relay connection. Its cursor, which costs a digest, is made when it is asked for, once for all aliases. */
export function edgeOf<T>(node: T, cursorOf: () => string) {
  let cursor: string | undefined;
  return {
    node,
    get cursor() {
      return (cursor ??= cursorOf());
    },
  };
}

/** The parts of a Relay connection that follow from its items. Cursors are made when they are asked for. */
export function pageInfo<T>(
  items: readonly T[],
  cursorOf: (item: T) => string,
  hasNextPage: boolean,
  after: string | null | undefined,
) {
  const cursor = (item: T | undefined): string | null => (item === undefined ? null : cursorOf(item));
  return {
    hasNextPage,
    hasPreviousPage: after !== null && after !== undefined,
    get startCursor() {
      return cursor(items[0]);
    },
    get endCursor() {
      return cursor(items.at(-1));
    },
  };
}
