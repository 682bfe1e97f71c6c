import type { TextQuery } from '../../domain/text-query.ts';
import type { Params } from './postgres-params.ts';

/** Quotes a lexeme for the text of a tsquery. */
const quote = (lexeme: string): string => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/**
 * A query as the text of a PostgreSQL tsquery, to be bound as a value. Without `pii` only the weights A to C
 * match: D marks personal data.
 */
export function tsqueryText(query: TextQuery, pii: boolean): string {
  const weights = pii ? '' : ':ABC';
  const compile = (node: TextQuery): string => {
    switch (node.op) {
      case 'word':
        return quote(node.token) + weights;
      case 'prefix':
        return `${quote(node.token)}:*${pii ? '' : 'ABC'}`;
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

/**
 * Weights of D, C, B and A in a score. `ts_rank` does not look at the weights that a query is confined to, so
 * that personal data must count nothing for who may not search it.
 */
const rankWeights = (pii: boolean): string => (pii ? '{0.1,0.2,0.4,1}' : '{0,0.2,0.4,1}');

/**
 * What of a query makes a score: all but what must not occur, which `ts_rank` would take for something that
 * should. Null when nothing is left.
 */
function rankedPart(query: TextQuery): TextQuery | null {
  if (query.op === 'not') return null;
  if (query.op !== 'and' && query.op !== 'or') return query;
  const parts = query.parts.flatMap((part) => rankedPart(part) ?? []);
  const [only, ...more] = parts;
  if (only === undefined) return null;
  return more.length === 0 ? only : { op: query.op, parts };
}

/** The score of a row by its column `search`, as float8: exact in JSON, so that a cursor can hold it. */
export function scoreSql(
  query: TextQuery,
  pii: boolean,
  column: string,
  normalization: number,
  params: Params,
): string {
  const ranked = rankedPart(query);
  if (!ranked) return '0::float8';
  const weights = `${params.bind(rankWeights(pii))}::float4[]`;
  return `ts_rank(${weights}, ${column}, ${params.bind(tsqueryText(ranked, pii))}::tsquery, ${normalization})::float8`;
}
