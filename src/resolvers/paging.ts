import type { Page } from '../services/page.ts';

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

/** The parts of a Relay connection that follow from its page. Cursors are made when they are asked for. */
export function pageInfo<T>({ items, cursorOf, hasNextPage }: Page<T>, after: string | null | undefined) {
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
