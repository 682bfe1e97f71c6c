import { type FilterLeaf, foldFilter, type Range } from '../../../domain/filter.ts';
import { isToken, type TextQuery } from '../../../domain/text/text-query.ts';
import { POINTS, weightsFor } from '../ranking.ts';

/**
 * A query of Solr's JSON query language, in which values are parameters of a parser, not parsed text. As a string it is
 * a query in Lucene's syntax, made only of quoted tokens, numbers and names of ours.
 */
export type SolrQuery = string | { readonly [parser: string]: unknown };

export const EVERYTHING = '*:*';
export const NOTHING = '(*:* -*:*)';

/** A text as one literal of Lucene's syntax. */
export const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Anything else is no token, and never becomes a piece of a query's syntax. */
function checked(token: string): string {
  if (!isToken(token)) throw new TypeError('a query has a token that no text can have');
  return token;
}

/** Where texts of a weight are. */
export const TEXT_FIELDS = { A: 'text_a', B: 'text_b', C: 'text_c', D: 'text_d' } as const;

/**
 * A text query in Lucene's syntax, scored as `POINTS` says.
 * @param pii whether personal data is searched
 */
export function textQuery(query: TextQuery, pii: boolean): string {
  const anywhere = (term: string): string =>
    `(${weightsFor(pii)
      .map((weight) => `${TEXT_FIELDS[weight]}:${term}^=${POINTS[weight]}`)
      .join(' OR ')})`;
  const compile = (node: TextQuery): string => {
    switch (node.op) {
      case 'word':
        return anywhere(quoted(checked(node.token)));
      case 'prefix':
        return anywhere(`${checked(node.token)}*`);
      case 'phrase':
        return anywhere(quoted(node.tokens.map(checked).join(' ')));
      case 'and':
        return `(${node.parts.map((part) => `+${compile(part)}`).join(' ')})`;
      case 'or':
        return `(${node.parts.map(compile).join(' ')})`;
      case 'not':
        return `(*:*^=0 -${compile(node.part)})`;
      default:
        return node satisfies never;
    }
  };
  return compile(query);
}

/** A number field within bounds. */
export function rangeQuery(field: string, range: Range<number>): SolrQuery {
  const tests: string[] = [];
  if (range.gt !== undefined) tests.push(`+${field}:{${range.gt} TO *]`);
  if (range.gte !== undefined) tests.push(`+${field}:[${range.gte} TO *]`);
  if (range.lt !== undefined) tests.push(`+${field}:[* TO ${range.lt}}`);
  if (range.lte !== undefined) tests.push(`+${field}:[* TO ${range.lte}]`);
  return tests.length === 0 ? EVERYTHING : tests.join(' ');
}

/** Compiles and/or/not over conditions. */
export const combine = <F extends { readonly op: string }>(
  filter: F,
  condition: (leaf: FilterLeaf<F>) => SolrQuery,
): SolrQuery =>
  foldFilter<F, SolrQuery>(
    filter,
    {
      not,
      and: (parts) => (parts.length === 0 ? EVERYTHING : { bool: { must: parts } }),
      or: (parts) => (parts.length === 0 ? NOTHING : { bool: { should: parts } }),
    },
    condition,
  );

export const not = (query: SolrQuery): SolrQuery => ({ bool: { must: [EVERYTHING], must_not: [query] } });
