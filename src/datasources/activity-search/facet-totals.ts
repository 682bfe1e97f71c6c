import type { FacetResult } from './port.ts';

/**
 * A facet with what its values leave out.
 * @param matches all matches of the search
 * @param having those that have a value which the caller may see
 */
export function withTotals(
  result: FacetResult,
  { matches, having }: { readonly matches: number; readonly having: number },
): FacetResult {
  const shown = result.values.reduce((sum, { count }) => sum + count, 0);
  return { ...result, totals: { others: having - shown, missing: matches - having } };
}
