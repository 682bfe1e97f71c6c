import type { Parameters } from '../../db/sql.ts';
import type { AggregatePlan, DimensionFilter } from '../port.ts';

/** The parts of a SELECT; the columns are named b, d0 …, m0 …. */
export type Select = {
  readonly bucket: string;
  readonly dimensions: readonly string[];
  readonly measures: readonly string[];
  readonly from: string;
  readonly where: readonly string[];
};

/** The number of the plan's bucket for a column of epoch milliseconds: 1 is the first. */
export const bucket = (column: string, { buckets }: AggregatePlan, parameters: Parameters): string =>
  buckets === null
    ? 'NULL::int4 AS b'
    : `width_bucket(${column}, ${parameters.bind(buckets.starts)}::int8[]) AS b`;

/** Whether a column passes the filter; columns are null where nothing is known. */
export function condition<D>(filter: DimensionFilter<D>, column: string, parameters: Parameters): string {
  const values = filter.values.filter((value) => value !== null);
  const parts = [`${column} = ANY(${parameters.bind(values)}::text[])`];
  if (values.length < filter.values.length) parts.push(`${column} IS NULL`);
  const holds = `coalesce(${parts.join(' OR ')}, false)`;
  return filter.negate ? `NOT ${holds}` : holds;
}
