import type { SqlValue } from '../db/db.ts';

/** Collects the values of a statement; what goes into its text is placeholders only. */
export class Params {
  readonly values: SqlValue[] = [];

  /** Binds a value and gives its placeholder. */
  bind(value: SqlValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** JSON values as an array of jsonb. */
  bindJson(values: readonly (string | number | boolean)[]): string {
    return `${this.bind(values.map((value) => JSON.stringify(value)))}::text[]::jsonb[]`;
  }
}

/** `column` within bounds, for numbers. */
export function rangeSql(
  column: string,
  range: { readonly gt?: number; readonly gte?: number; readonly lt?: number; readonly lte?: number },
  type: 'int8' | 'float8',
  params: Params,
): string {
  const tests: string[] = [];
  if (range.gt !== undefined) tests.push(`${column} > ${params.bind(range.gt)}::${type}`);
  if (range.gte !== undefined) tests.push(`${column} >= ${params.bind(range.gte)}::${type}`);
  if (range.lt !== undefined) tests.push(`${column} < ${params.bind(range.lt)}::${type}`);
  if (range.lte !== undefined) tests.push(`${column} <= ${params.bind(range.lte)}::${type}`);
  return tests.length === 0 ? 'true' : `(${tests.join(' AND ')})`;
}

type Combined<F> =
  | { readonly op: 'and' | 'or'; readonly filters: readonly F[] }
  | { readonly op: 'not'; readonly filter: F };

/**
 * Compiles and/or/not over conditions. A condition on a missing value is NULL, which counts as not true; so
 * `not` is IS NOT TRUE, and the rest of three-valued logic needs no care.
 */
export function combineSql<F extends { readonly op: string }>(
  filter: F,
  condition: (leaf: Exclude<F, Combined<unknown>>) => string,
): string {
  const compile = (node: F): string => {
    const combined = node as unknown as Combined<F>;
    if (combined.op === 'not') return `((${compile(combined.filter)}) IS NOT TRUE)`;
    if (combined.op === 'and')
      return combined.filters.length === 0 ? 'true' : `(${combined.filters.map(compile).join(' AND ')})`;
    if (combined.op === 'or')
      return combined.filters.length === 0 ? 'false' : `(${combined.filters.map(compile).join(' OR ')})`;
    return condition(node as unknown as Exclude<F, Combined<unknown>>);
  };
  return compile(filter);
}
