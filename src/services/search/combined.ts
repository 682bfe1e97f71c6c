import type { Combined } from '../../domain/filter.ts';
import type { Optional } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';

const MAX_CONDITIONS = 100;
const MAX_DEPTH = 10;

/** Conditions that can be combined: all hold, some hold, or one does not hold. */
type Combinable<C> = {
  readonly and?: Optional<readonly C[]>;
  readonly or?: Optional<readonly C[]>;
  readonly not?: Optional<C>;
};

/** Adds the filter of a condition at its path. */
export type AddFilter<F> = (filter: F, path: string) => void;

/**
 * Reads conditions that must all hold; null for none.
 * @param readOwn adds the filters of the conditions beside `and`, `or` and `not`
 * @param asFilter types a combination as a filter
 * @param onRead hears of each filter with its path
 * @throws DomainError `BAD_USER_INPUT` for more than 100 conditions or 10 levels, and for empty lists
 */
export function readCombined<C extends Combinable<C>, F>(
  input: Optional<C>,
  path: string,
  readOwn: (input: C, path: string, add: AddFilter<F>) => void,
  asFilter: (combined: Combined<F>) => F,
  onRead: AddFilter<F> = () => {},
): F | null {
  let left = MAX_CONDITIONS;
  const spend = (depth: number, at: string): void => {
    if (depth > MAX_DEPTH)
      throw badInput(`The filter is more than ${MAX_DEPTH} levels deep; simplify it.`, at);
    left -= 1;
    if (left < 0)
      throw badInput(`The filter has more than ${MAX_CONDITIONS} conditions; use 'in' instead of many.`, at);
  };
  const readAll = (list: readonly C[], at: string, depth: number): F[] => {
    if (list.length === 0) throw badInput('This must have at least one condition.', at);
    return list.map((part, index) => read(part, `${at}[${index}]`, depth));
  };
  const filtersOf = (part: C, at: string, depth: number): F[] => {
    spend(depth, at);
    const filters: F[] = [];
    if (part.and) filters.push(...readAll(part.and, `${at}.and`, depth + 1));
    const push: AddFilter<F> = (filter, place) => {
      onRead(filter, place);
      filters.push(filter);
    };
    if (part.or) push(asFilter({ op: 'or', filters: readAll(part.or, `${at}.or`, depth + 1) }), `${at}.or`);
    if (part.not) push(asFilter({ op: 'not', filter: read(part.not, `${at}.not`, depth + 1) }), `${at}.not`);
    readOwn(part, at, (filter, place) => {
      spend(depth, place);
      push(filter, place);
    });
    return filters;
  };
  const allOf = (filters: readonly F[]): F => {
    const [only, ...more] = filters;
    return only !== undefined && more.length === 0 ? only : asFilter({ op: 'and', filters });
  };
  const read = (part: C, at: string, depth: number): F => allOf(filtersOf(part, at, depth));

  const filters = input ? filtersOf(input, path, 1) : [];
  return filters.length > 0 ? allOf(filters) : null;
}
