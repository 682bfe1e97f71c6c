import { type FilterLeaf, foldFilter } from '../../../domain/filter.ts';
import type { SqlValue } from '../../db/db.ts';

/** Collects the values of a statement; its text gets placeholders only. */
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

/**
 * Compiles and/or/not over conditions. A condition on a missing value is NULL, which counts as not true. So `not` is IS
 * NOT TRUE, and three-valued logic needs no other care.
 */
export const combineSql = <F extends { readonly op: string }>(
  filter: F,
  condition: (leaf: FilterLeaf<F>) => string,
): string =>
  foldFilter(
    filter,
    {
      not: (part) => `((${part}) IS NOT TRUE)`,
      and: (parts) => (parts.length === 0 ? 'true' : `(${parts.join(' AND ')})`),
      or: (parts) => (parts.length === 0 ? 'false' : `(${parts.join(' OR ')})`),
    },
    condition,
  );
