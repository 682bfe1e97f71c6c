import type { TextQuery } from '../../../domain/text/text-query.ts';
import type { Weight } from '../activity-texts.ts';
import { POINTS, pointsOf, weightsFor } from '../ranking.ts';
import type { Params } from './params.ts';

/** Quotes a lexeme for the text of a tsquery. */
const quote = (lexeme: string): string => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/**
 * A query as the text of a PostgreSQL tsquery, to be bound as a value. Without `pii` only the weights A to C
 * match: D marks personal data.
 */
export const tsqueryText = (query: TextQuery, pii: boolean): string => tsqueryOf(query, pii ? '' : 'ABC');

/** @param only the weights that a match must have; empty for any */
function tsqueryOf(query: TextQuery, only: string): string {
  const weights = only === '' ? '' : `:${only}`;
  const compile = (node: TextQuery): string => {
    switch (node.op) {
      case 'word':
        return quote(node.token) + weights;
      case 'prefix':
        return `${quote(node.token)}:*${only}`;
      case 'phrase':
        return `(${node.tokens.map((token) => quote(token) + weights).join(' <-> ')})`;
      case 'and':
        return `(${node.parts.map(compile).join(' & ')})`;
      case 'or':
        return `(${node.parts.map(compile).join(' | ')})`;
      case 'not':
        return `!${compile(node.part)}`;
      default:
        return node satisfies never;
    }
  };
  return compile(query);
}

/** Whether `column` has what a query of one word, phrase or beginning asks for, in texts of one weight. */
export const hasSql = (query: TextQuery, weight: Weight, column: string, params: Params): string =>
  `${column} @@ ${params.bind(tsqueryOf(query, weight))}::tsquery`;

/**
 * The score of a query as SQL, before its length is looked at (see `POINTS`).
 * @param has whether a document has a word, phrase or beginning in texts of a weight
 * @param holds whether a document matches a part of the query
 */
export const pointsSql = (
  query: TextQuery,
  pii: boolean,
  has: (leaf: TextQuery, weight: Weight) => string,
  holds: (part: TextQuery) => string,
): string =>
  pointsOf<string>(query, {
    none: '0::float8',
    leaf: (leaf) =>
      weightsFor(pii)
        .map((weight) => `CASE WHEN ${has(leaf, weight)} THEN ${POINTS[weight]}::float8 ELSE 0 END`)
        .join(' + '),
    sum: (parts) => `(${parts.join(' + ')})`,
    whenHolds: (part, points) => `CASE WHEN ${holds(part)} THEN ${points} ELSE 0 END`,
  });

/** The score of an activity by its column `search`, as float8: exact in JSON, so that a cursor can hold it. */
export function activityScoreSql(query: TextQuery, pii: boolean, column: string, params: Params): string {
  const points = pointsSql(
    query,
    pii,
    (leaf, weight) => hasSql(leaf, weight, column, params),
    (part) => `${column} @@ ${params.bind(tsqueryText(part, pii))}::tsquery`,
  );
  const searched = pii ? column : `ts_filter(${column}, '{a,b,c}')`;
  // A float of 32 bits, as Lucene's.
  return `((${points}) * ${lengthNormSql(`length(${searched})`)})::float4::float8`;
}

/** `lengthNorm` of a count, as SQL. */
export const lengthNormSql = (count: string): string =>
  `(1 / (1 + ln(greatest(1, ${count})::float8)))::float4::float8`;
