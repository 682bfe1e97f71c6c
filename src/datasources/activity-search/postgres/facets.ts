import { withTotals } from '../facet-totals.ts';
import { STORED_NAME } from '../keyword-fields.ts';
import type { FacetField, FacetRequest, FacetResult } from '../port.ts';
import { spanResult } from '../time-spans.ts';
import { harmlessSql } from './filter.ts';
import type { Params } from './params.ts';

/** Where the spans of each `time` facet begin, by its place among the facets. */
export type Spans = ReadonlyMap<number, readonly number[]>;

function valueSql(field: FacetField, spans: readonly number[], pii: boolean, params: Params): string {
  switch (field.kind) {
    case 'field':
      return STORED_NAME[field.field];
    case 'time':
      // The place among the spans; 0 is before the first.
      return `nullif(width_bucket(occurred_at, ${params.bind(spans)}::int8[]), 0)::text`;
    case 'attribute': {
      const name = `${params.bind(field.name)}::text`;
      const text = `(attributes ->> ${name})`;
      const ofTypes = field.types === undefined ? '' : ` AND type = ANY(${params.bind(field.types)}::text[])`;
      const shown = `${pii ? '' : ` AND ${harmlessSql(text)}`}${ofTypes}`;
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
  spans: Spans,
  pii: boolean,
  source: string,
  params: Params,
): string {
  const columns = facets.map(
    ({ field }, index) => `${valueSql(field, spans.get(index) ?? [], pii, params)} AS f${index}`,
  );
  const sets = facets.map((_, index) => `(f${index})`);
  const branches = facets.map(({ field, limit, totals }, index) => {
    const order = field.kind === 'time' ? `f${index}::int4 DESC` : `n DESC, f${index} COLLATE "C"`;
    const counted = `FROM counts WHERE grouping = ${groupingBits(facets.length, index)}`;
    const values = `(SELECT ${index} AS facet, f${index} AS value, n, NULL::int8 AS missing ${counted}
      AND f${index} IS NOT NULL ORDER BY ${order} LIMIT ${params.bind(limit)})`;
    // Without a match there is no row to add up.
    return totals
      ? `${values} UNION ALL (SELECT ${index}, NULL, coalesce(sum(n) FILTER (WHERE f${index} IS NOT NULL), 0)::int8,
          coalesce(sum(n) FILTER (WHERE f${index} IS NULL), 0)::int8 ${counted})`
      : values;
  });
  const names = facets.map((_, index) => `f${index}`).join(', ');
  return `WITH counts AS MATERIALIZED (
    SELECT GROUPING(${names}) AS grouping, ${names}, count(*) AS n
    FROM (SELECT ${columns.join(', ')} ${source} OFFSET 0) AS matches GROUP BY GROUPING SETS (${sets.join(', ')}))
  ${branches.join(' UNION ALL ')}`;
}

/** GROUPING() has a 0 bit for the column grouped by; the rightmost column is the lowest bit. */
const groupingBits = (count: number, index: number): number => 2 ** count - 1 - 2 ** (count - 1 - index);

/** A value with its count, or of the whole facet how many matches have a value (`n`) and how many have none (`missing`). */
export type FacetRow = { readonly facet: number; readonly n: number } & (
  | { readonly value: string; readonly missing: null }
  | { readonly value: null; readonly missing: number }
);

export function facetResults(
  facets: readonly FacetRequest[],
  spans: Spans,
  rows: readonly FacetRow[],
): FacetResult[] {
  const byFacet = Map.groupBy(rows, (row) => row.facet);
  return facets.map(({ name, field }, index) => {
    const own = byFacet.get(index) ?? [];
    const values = own.flatMap(({ value, n }) => (value === null ? [] : [{ value, count: n }]));
    const whole = own.find(({ missing }) => missing !== null);
    const counts = new Map(values.map(({ value, count }) => [Number(value) - 1, count]));
    const result =
      field.kind === 'time'
        ? spanResult(name, spans.get(index) ?? [], (place) => counts.get(place))
        : { name, values };
    if (!whole) return result;
    const matches = whole.n + (whole.missing ?? 0);
    return withTotals(result, { matches, having: field.kind === 'time' ? matches : whole.n });
  });
}
