import { badInput } from '../domain/errors.ts';

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

/** The parts of a Relay connection that follow from its edges. */
export const pageInfo = (
  edges: readonly { readonly cursor: string }[],
  hasNextPage: boolean,
  after: string | null | undefined,
) => ({
  hasNextPage,
  hasPreviousPage: after !== null && after !== undefined,
  startCursor: edges[0]?.cursor ?? null,
  endCursor: edges.at(-1)?.cursor ?? null,
});
