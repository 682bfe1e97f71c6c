import { bucketsOf, type Calendar, DAY_MS, type Grain, HOUR_MS } from '../../domain/time/buckets.ts';
import type { FacetRequest, FacetResult } from './port.ts';

/** When the first and the last match occurred, epoch milliseconds; null without a match. */
export type Extent = { readonly first: number; readonly last: number } | null;

export type TimeFacet = FacetRequest & {
  readonly field: { readonly kind: 'time'; readonly grain: Grain; readonly calendar: Calendar };
};
export const isTimeFacet = (facet: FacetRequest): facet is TimeFacet => facet.field.kind === 'time';

/** No span is longer, whatever clocks do. */
const LONGEST: Readonly<Record<Grain, number>> = {
  HOUR: HOUR_MS,
  DAY: 2 * DAY_MS,
  WEEK: 8 * DAY_MS,
  MONTH: 32 * DAY_MS,
  QUARTER: 93 * DAY_MS,
  YEAR: 367 * DAY_MS,
};

/** Beginnings of a facet's spans, ascending: the last spans up to the last match, none before the first match. */
export function spansOf({ field: { grain, calendar }, limit }: TimeFacet, extent: Extent): readonly number[] {
  if (extent === null || limit === 0) return [];
  const from = Math.max(extent.first, extent.last - limit * LONGEST[grain]);
  return bucketsOf(from, extent.last + 1, grain, calendar).starts.slice(-limit);
}

/** Every span with its count, also where that is 0. */
export const spanResult = (
  name: string,
  spans: readonly number[],
  countAt: (index: number) => number | undefined,
): FacetResult => ({
  name,
  values: spans.map((start, index) => ({ value: new Date(start).toISOString(), count: countAt(index) ?? 0 })),
});
