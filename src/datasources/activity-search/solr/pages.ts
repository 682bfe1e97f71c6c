import { type SearchRequest, TOTAL_BOUND } from '../port.ts';
import { NOTHING, quoted, type SolrQuery } from './query.ts';
import type { Select } from './select.ts';

/** The text query in the parameter `text`. */
export const TEXT = '{!lucene v=$text}';

/** The same, scored by what matches and by the length of the document. */
export const ranked = (pii: boolean): string => `{!boost b=${pii ? 'norm_all' : 'norm_open'} v=$text}`;

/**
 * The documents strictly after a place in the order of a list. Not a cursorMark: each hit needs a place, and Solr gives
 * a mark for the last hit only. A place also survives a rebuild of the index.
 * @param byScore whether the list is by score first; then the parameter `RANKED` has the query
 * @param names of the fields that the list is in the order of, ending in a unique one
 */
export function beyond(
  byScore: boolean,
  place: readonly (number | string)[],
  names: readonly string[],
  direction: 'asc' | 'desc',
): SolrQuery {
  if (!byScore) return after(place, names, direction);
  const [score, ...rest] = place;
  const frange = (bounds: Record<string, string>): SolrQuery => ({
    frange: { ...bounds, query: `query($${RANKED})` },
  });
  const same = frange({ l: String(score), u: String(score) });
  return {
    bool: {
      must: [frange({ u: String(score) })],
      must_not: [{ bool: { must: [same], must_not: [after(rest, names, direction)] } }],
    },
  };
}

/** The name of the parameter that `beyond` takes the ranked query from. */
export const RANKED = 'ranked';

function after(
  place: readonly (number | string)[],
  names: readonly string[],
  direction: 'asc' | 'desc',
): string {
  const [value, ...rest] = place;
  const [name, ...others] = names;
  if (value === undefined || name === undefined) return NOTHING;
  const literal = typeof value === 'number' ? String(value) : quoted(value);
  const past = `${name}:${direction === 'asc' ? `{${literal} TO *]` : `[* TO ${literal}}`}`;
  if (rest.length === 0) return past;
  return `(${past} OR (+${name}:${literal} +${after(rest, others, direction)}))`;
}

/** How far to count for a total of this kind. */
export const countBound = (total: SearchRequest<never, never>['total']): Pick<Select, 'countTo'> =>
  total === 'exact' ? {} : { countTo: total === null ? 1 : TOTAL_BOUND + 1 };

export function totalOf(
  kind: 'exact' | 'bounded',
  { found, exact }: { readonly found: number; readonly exact: boolean },
): { value: number; exact: boolean } {
  if (kind === 'bounded' && (found > TOTAL_BOUND || !exact)) return { value: TOTAL_BOUND, exact: false };
  return { value: found, exact: true };
}
