import { STORED_NAME } from './keyword-fields.ts';
import type { FacetField, FacetRequest, FacetResult } from './port.ts';
import { harmlessSql } from './postgres-filter.ts';
import type { Params } from './postgres-params.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** 1970-01-01 was a Thursday; weeks begin on Monday. */
const SINCE_MONDAY = 3 * DAY;

/** Start of the time span of `occurred_at` (epoch milliseconds, never negative), in UTC. */
const BUCKETS = {
  HOUR: `(occurred_at - occurred_at % ${HOUR})`,
  DAY: `(occurred_at - occurred_at % ${DAY})`,
  WEEK: `(occurred_at - (occurred_at + ${SINCE_MONDAY}) % ${WEEK})`,
  MONTH: `(extract(epoch FROM date_trunc('month', to_timestamp(occurred_at / 1000) AT TIME ZONE 'UTC'))::int8 * 1000)`,
} as const;

function valueSql(field: FacetField, pii: boolean, params: Params): string {
  switch (field.kind) {
    case 'field':
      return STORED_NAME[field.field];
    case 'time':
      return `${BUCKETS[field.grain]}::text`;
    case 'attribute': {
      const name = `${params.bind(field.name)}::text`;
      const text = `(attributes ->> ${name})`;
      const shown = pii ? '' : ` AND ${harmlessSql(text)}`;
      return `CASE WHEN jsonb_typeof(attributes -> ${name}) IN ('string', 'number', 'boolean')${shown} THEN ${text} END`;
    }
    default:
      return field satisfies never;
  }
}

/**
 * Counts by all facets in one pass over the matches (grouping sets), cut to each one's limit.
 * OFFSET 0 keeps two facets of the same field apart, which would else be one expression.
 * @param source FROM and WHERE of the matches
 */
export function facetsSql(
  facets: readonly FacetRequest[],
  pii: boolean,
  source: string,
  params: Params,
): string {
  const columns = facets.map(({ field }, index) => `${valueSql(field, pii, params)} AS f${index}`);
  const sets = facets.map((_, index) => `(f${index})`);
  const branches = facets.map(({ field, limit }, index) => {
    const order = field.kind === 'time' ? `f${index}::int8 DESC` : `n DESC, f${index} COLLATE "C"`;
    return `(SELECT ${index} AS facet, f${index} AS value, n FROM counts
      WHERE grouping = ${groupingBits(facets.length, index)} AND f${index} IS NOT NULL
      ORDER BY ${order} LIMIT ${params.bind(limit)})`;
  });
  const names = facets.map((_, index) => `f${index}`).join(', ');
  return `WITH counts AS MATERIALIZED (
    SELECT GROUPING(${names}) AS grouping, ${names}, count(*) AS n
    FROM (SELECT ${columns.join(', ')} ${source} OFFSET 0) AS matches GROUP BY GROUPING SETS (${sets.join(', ')}))
  ${branches.join(' UNION ALL ')}`;
}

/** GROUPING() has a 0 bit for the column grouped by; the rightmost column is the lowest bit. */
const groupingBits = (count: number, index: number): number => 2 ** count - 1 - 2 ** (count - 1 - index);

export type FacetRow = { readonly facet: number; readonly value: string; readonly n: number };

export function facetResults(facets: readonly FacetRequest[], rows: readonly FacetRow[]): FacetResult[] {
  const byFacet = Map.groupBy(rows, (row) => row.facet);
  return facets.map(({ name, field }, index) => {
    const values = byFacet.get(index) ?? [];
    if (field.kind !== 'time') return { name, values: values.map(({ value, n }) => ({ value, count: n })) };
    const byTime = values
      .map(({ value, n }) => ({ time: Number(value), count: n }))
      .sort((a, b) => a.time - b.time);
    return {
      name,
      values: byTime.map(({ time, count }) => ({ value: new Date(time).toISOString(), count })),
    };
  });
}
