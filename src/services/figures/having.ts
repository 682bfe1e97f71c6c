import type { Optional } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import type { Measure } from './model.ts';
import type { MetricsQuestion } from './plan.ts';
import { byKeys, type MetricsRow } from './rows.ts';

/** Keeps rows whose measure is within these bounds. */
export type HavingQuestion = { readonly measure: Measure } & {
  readonly [K in 'gt' | 'gte' | 'lt' | 'lte']?: Optional<number>;
};
/** By a measure, by the dimension at a place, or, without either, by time. Descending unless it says `ASC`. */
export type OrderQuestion = {
  readonly measure?: Optional<Measure>;
  readonly dimension?: Optional<number>;
  readonly direction?: Optional<'ASC' | 'DESC'>;
};

/** @throws DomainError `BAD_USER_INPUT` for a measure or a dimension that the question doesn't ask for */
export function checkHavingAndOrder(
  question: MetricsQuestion,
  having: readonly HavingQuestion[],
  order: readonly OrderQuestion[],
): void {
  const asked = new Set<string>(question.measures);
  const notAsked = (measure: Measure, field: string) =>
    badInput(`${measure} is not among the measures asked for; add it to 'measures'.`, field);
  having.forEach(({ measure }, index) => {
    if (!asked.has(measure)) throw notAsked(measure, `having[${index}].measure`);
  });
  order.forEach(({ measure, dimension }, index) => {
    const field = `order[${index}]`;
    if (measure && !asked.has(measure)) throw notAsked(measure, field);
    if (typeof dimension === 'number' && (dimension < 0 || dimension >= question.dimensions.length))
      throw badInput(`There is no dimension at ${dimension}; places count from 0.`, field);
  });
}

/** Whether a row meets a condition. A rate without a value meets no condition. */
export function holds(row: MetricsRow, { measure, gt, gte, lt, lte }: HavingQuestion): boolean {
  const value = row.values.get(measure);
  if (value === null || value === undefined) return false;
  return (
    value > (gt ?? Number.NEGATIVE_INFINITY) &&
    value >= (gte ?? Number.NEGATIVE_INFINITY) &&
    value < (lt ?? Number.POSITIVE_INFINITY) &&
    value <= (lte ?? Number.POSITIVE_INFINITY)
  );
}

/** Rates without a value come last in both directions. Ties are broken by time and keys, so that order is always the same. */
export function comparatorOf(order: readonly OrderQuestion[]): (a: MetricsRow, b: MetricsRow) => number {
  return (a, b) => {
    for (const { measure, dimension, direction } of order) {
      const sign = direction === 'ASC' ? 1 : -1;
      let difference: number;
      if (measure) {
        const [x, y] = [a.values.get(measure) ?? null, b.values.get(measure) ?? null];
        if (x === null || y === null) difference = x === y ? 0 : (x === null ? 1 : -1) * sign;
        else difference = x - y;
      } else if (typeof dimension === 'number')
        difference = byKeys([a.keys[dimension] ?? null], [b.keys[dimension] ?? null]);
      else difference = (a.time ?? 0) - (b.time ?? 0);
      if (difference !== 0) return difference * sign;
    }
    return (a.time ?? 0) - (b.time ?? 0) || byKeys(a.keys, b.keys);
  };
}
