import type { Range } from '../../domain/filter.ts';
import { badInput } from '../../lib/errors.ts';
import type { InputMaybe, KeywordCondition, TimeRange } from './generated.ts';

const MAX_CONDITIONS = 100;
const MAX_DEPTH = 10;
const MAX_VALUES = 1_000;

export type Scalar = string | number | boolean;

/** Counts the conditions of one filter. */
export type Budget = { left: number };
export const newBudget = (): Budget => ({ left: MAX_CONDITIONS });

/** @throws DomainError when the filter nests too deep or has too many parts */
export function spend(budget: Budget, depth: number, path: string): void {
  if (depth > MAX_DEPTH)
    throw badInput(`The filter is more than ${MAX_DEPTH} levels deep; simplify it.`, path);
  budget.left -= 1;
  if (budget.left < 0)
    throw badInput(`The filter has more than ${MAX_CONDITIONS} conditions; use 'in' instead of many.`, path);
}

/** The one of these fields that is set. @throws DomainError when it is none or several */
export function exactlyOne<T extends object, K extends keyof T & string>(
  input: T,
  names: readonly K[],
  path: string,
): K {
  const set = names.filter((name) => input[name] !== null && input[name] !== undefined);
  const [only, ...more] = set;
  if (only !== undefined && more.length === 0) return only;
  const found = set.length === 0 ? 'none is' : `${set.map((name) => `'${name}'`).join(' and ')} are`;
  throw badInput(`Set exactly one of ${names.map((name) => `'${name}'`).join(', ')}; ${found} set.`, path);
}

/** @throws DomainError for no values at all, or too many */
function checkValues<T>(values: readonly T[], path: string): readonly T[] {
  if (values.length === 0) throw badInput("'in' must have at least one value.", path);
  if (values.length > MAX_VALUES)
    throw badInput(`'in' has ${values.length} values; at most ${MAX_VALUES} are allowed.`, path);
  return values;
}

/** What an equality asks for: one of the values, or none of them. */
export type Equality<T> = { readonly values: readonly T[]; readonly negated: boolean };

/** Reads `{eq}`, `{in}` or `{ne}`, of which the schema lets exactly one be given. `read` takes one value at its path. */
export function equality<T>(
  { eq, in: list, ne }: KeywordCondition,
  path: string,
  read: (value: string, path: string) => T,
): Equality<T> {
  if (list !== undefined)
    return {
      values: checkValues(list, `${path}.in`).map((value, index) => read(value, `${path}.in[${index}]`)),
      negated: false,
    };
  if (ne !== undefined) return { values: [read(ne, `${path}.ne`)], negated: true };
  return { values: [read(eq, `${path}.eq`)], negated: false };
}

/** Reads bounds. @throws DomainError for two lower or two upper ones */
export function range<T>(
  bounds: { readonly [K in 'gt' | 'gte' | 'lt' | 'lte']?: InputMaybe<T> },
  path: string,
  read: (value: T) => number,
): Range<number> {
  const { gt, gte, lt, lte } = bounds;
  const isSet = (value: InputMaybe<T> | undefined): value is T => value !== null && value !== undefined;
  if (isSet(gt) && isSet(gte)) throw badInput("Set 'gt' or 'gte', not both.", path);
  if (isSet(lt) && isSet(lte)) throw badInput("Set 'lt' or 'lte', not both.", path);
  return {
    ...(isSet(gt) && { gt: read(gt) }),
    ...(isSet(gte) && { gte: read(gte) }),
    ...(isSet(lt) && { lt: read(lt) }),
    ...(isSet(lte) && { lte: read(lte) }),
  };
}

export function timeRange(bounds: TimeRange, path: string): Range<number> {
  const read = range(bounds, path, (time) => time.getTime());
  if (Object.keys(read).length === 0)
    throw badInput("Set at least one of 'gt', 'gte', 'lt' and 'lte'.", path);
  return read;
}

/** A value that conditions compare. @throws DomainError for null, lists and objects */
function scalar(value: unknown, path: string): Scalar {
  if (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  )
    return value;
  throw badInput('This must be a string, a number or a boolean.', path);
}

/** Reads `{eq}` or `{in}` of JSON values. */
export function scalars(
  condition: { readonly eq?: unknown; readonly in?: InputMaybe<readonly unknown[]> },
  test: 'eq' | 'in',
  path: string,
): Scalar[] {
  if (test === 'eq') return [scalar(condition.eq, `${path}.eq`)];
  return checkValues(condition.in ?? [], `${path}.in`).map((value, index) =>
    scalar(value, `${path}.in[${index}]`),
  );
}
