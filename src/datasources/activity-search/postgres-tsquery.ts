import type { TextQuery } from '../../domain/text-query.ts';

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
export const rankWeights = (pii: boolean): string => (pii ? '{0.1,0.2,0.4,1}' : '{0,0.2,0.4,1}');
