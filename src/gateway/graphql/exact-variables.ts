import { quoteInexact } from '../../domain/exact-json.ts';

/**
 * The query of an address whose `variables` are JSON text, which Apollo Server parses. A number that a double can't
 * hold becomes its own text, so that none is rounded. Other text stays as it is.
 * @param search with its question mark, or empty
 */
export function searchWithExactVariables(search: string): string {
  const query = new URLSearchParams(search);
  const said = query.get('variables');
  if (said === null) return search;
  let exact: string;
  try {
    exact = quoteInexact(said);
  } catch {
    return search;
  }
  if (exact === said) return search;
  query.set('variables', exact);
  return `?${query}`;
}
