import type { Range } from '../../domain/filter.ts';
import type { Optional } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';

const MAX_VALUES = 1_000;

type Scalar = string | number | boolean;

/** Exactly one of these: equal to a value, to some of several, or to any other than a value. */
export type KeywordCondition = {
  readonly eq?: Optional<string>;
  readonly in?: Optional<readonly string[]>;
  readonly ne?: Optional<string>;
};
/** Bounds of a time: epoch milliseconds or a date. */
export type TimeRange = { readonly [K in Bound]?: Optional<Date | number> };
/** A value of JSON: equal to a string, a number or a boolean, or to some of several. */
export type ValueCondition = {
  readonly eq?: unknown;
  readonly in?: Optional<readonly unknown[]>;
};
export type Bound = 'gt' | 'gte' | 'lt' | 'lte';

/** The only field of these that is set. @throws DomainError when it is none or several */
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

/** An equality asks for some of the values, or for none of them. */
export type Equality<T> = { readonly values: readonly T[]; readonly negated: boolean };

/** Reads `{eq}`, `{in}` or `{ne}`. `read` takes a value at its path. @throws DomainError for none or several of them */
export function equality<T>(
  condition: KeywordCondition,
  path: string,
  read: (value: string, path: string) => T,
): Equality<T> {
  const test = exactlyOne(condition, ['eq', 'in', 'ne'], path);
  if (test === 'in')
    return {
      values: checkValues(condition.in ?? [], `${path}.in`).map((value, index) =>
        read(value, `${path}.in[${index}]`),
      ),
      negated: false,
    };
  return { values: [read(condition[test] ?? '', `${path}.${test}`)], negated: test === 'ne' };
}

/** Reads bounds. @throws DomainError for two lower or two upper bounds */
export function range<T>(
  bounds: { readonly [K in Bound]?: Optional<T> },
  path: string,
  read: (value: T) => number,
): Range<number> {
  const { gt, gte, lt, lte } = bounds;
  const isSet = (value: Optional<T>): value is T => value !== null && value !== undefined;
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
  const read = range(bounds, path, Number);
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
export function scalars(condition: ValueCondition, test: 'eq' | 'in', path: string): Scalar[] {
  if (test === 'eq') return [scalar(condition.eq, `${path}.eq`)];
  return checkValues(condition.in ?? [], `${path}.in`).map((value, index) =>
    scalar(value, `${path}.in[${index}]`),
  );
}
