import { type FilterLeaf, foldFilter, type Range } from '../../domain/filter.ts';
import type { TextQuery } from '../../domain/text-query.ts';

/**
 * A query of Solr's JSON query language, in which values are parameters of a parser and not text that is parsed;
 * or, as a string, one in Lucene's syntax, made of quoted tokens, numbers and names of ours alone.
 */
export type SolrQuery = string | { readonly [parser: string]: unknown };

export const EVERYTHING = '*:*';
export const NOTHING = '(*:* -*:*)';

/** A text as one literal of Lucene's syntax. */
export const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** A token has letters and digits only; what it is not is no token, and never a piece of a query's syntax. */
const TOKEN = /^[\p{L}\p{N}]+$/u;
function checked(token: string): string {
  if (!TOKEN.test(token))
    throw new TypeError('a query has a token with other characters than letters and digits');
  return token;
}

/**
 * Fields of the weights and what a match there adds to a score. Powers of two: their sums are exact, so that a
 * score is the same number in whatever order Lucene adds it up, and a page can go on after it.
 */
const FIELDS = [
  ['text_a', 1],
  ['text_b', 0.5],
  ['text_c', 0.25],
] as const;
const PERSONAL_FIELD = ['text_d', 0.125] as const;

/**
 * A text query in Lucene's syntax. A match adds the weight of the field it is in, whatever else is in the index:
 * with BM25 each document that comes in would change the scores of all others, and with them the order between
 * two pages; and a tenant's scores would tell of other tenants' words.
 * @param pii whether personal data is searched
 */
export function textQuery(query: TextQuery, pii: boolean): string {
  const fields = pii ? [...FIELDS, PERSONAL_FIELD] : FIELDS;
  const anywhere = (term: string): string =>
    `(${fields.map(([field, weight]) => `${field}:${term}^=${weight}`).join(' OR ')})`;
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
