import { badInput } from './errors.ts';

/** Something that a caller may leave out. */
export type Optional<T> = T | null | undefined;

/** @throws DomainError for a page size that is not 1 … max; null means the default */
export function pageSize(first: Optional<number>, max: number, fallback: number, field = 'first'): number {
  const size = first ?? fallback;
  if (size >= 1 && size <= max) return size;
  throw badInput(`'${field}' must be 1 to ${max}.`, field);
}

/** @throws DomainError for a list that is longer than `max` */
export function boundedList<T>(list: readonly T[], max: number, field: string): readonly T[] {
  if (list.length <= max) return list;
  throw badInput(
    `'${field}' has ${list.length} items; at most ${max} are allowed. Send several requests.`,
    field,
  );
}
