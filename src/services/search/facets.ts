import type { Privacy } from '../../auth/privacy.ts';
import type { FacetField, FacetRequest, FacetResult } from '../../datasources/activity-search/port.ts';
import { CAMPAIGN } from '../../domain/activity.ts';
import type { ActivityFilter } from '../../domain/filter.ts';
import { toGlobalId } from '../../domain/ids.ts';
import type { Grain } from '../../domain/time/buckets.ts';
import { boundedList, type Optional, pageSize } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import { type CalendarQuestion, calendarOf } from '../calendar.ts';
import type { AskedAttribute } from '../known-attributes.ts';
import type { Asker } from './activity-filter.ts';
import { exactlyOne } from './conditions.ts';
import { withoutOwn } from './own-filter.ts';

const MAX_FACETS = 10;
const MAX_VALUES = 100;
const DEFAULT_VALUES = 10;

/** A field for counting matches: exactly one of `field`, `attribute` and `time`. */
export type FacetQuestion = CalendarQuestion & {
  /** Of the result; the name of the field, when left out. */
  readonly name?: Optional<string>;
  readonly field?: Optional<KeywordFacet>;
  readonly attribute?: Optional<string>;
  readonly time?: Optional<Grain>;
  /** Values at most. */
  readonly limit?: Optional<number>;
  /** Count as if the filter had no condition on the same field. */
  readonly ignoreOwnFilter?: Optional<boolean>;
};
/** A field whose values can be counted. */
export type KeywordFacet = Extract<FacetField, { kind: 'field' }>['field'];

/** Counts by the values of a field, as the viewer may see them. */
export type FoundFacet = {
  readonly name: string;
  readonly values: readonly {
    /** Of a campaign its global id. */
    readonly value: string;
    readonly count: number;
    readonly campaignId: string | null;
  }[];
  /** Matches with other values, and without a value; 0 where they were not counted. */
  readonly otherCount: number;
  readonly missingCount: number;
};

/** A facet that was read. */
export type ReadFacet = FacetRequest & { readonly ignoreOwnFilter: boolean };

/** Counts facets as a search with this filter would. */
type CountFacets = (
  filter: ActivityFilter | null,
  facets: readonly FacetRequest[],
) => Promise<readonly FacetResult[]>;

/**
 * Counts the facets that ignore conditions of the filter. They are apart from the search, and facets with the same
 * remaining filter are counted together.
 * @returns in the place of each such facet its result, of others undefined
 */
export async function countApart(
  facets: readonly ReadFacet[],
  filter: ActivityFilter | null,
  count: CountFacets,
): Promise<readonly (FacetResult | undefined)[]> {
  const results: (FacetResult | undefined)[] = facets.map(() => undefined);
  const apart = facets.flatMap((facet, at) =>
    facet.ignoreOwnFilter ? [{ facet, at, remaining: withoutOwn(filter, facet.field) }] : [],
  );
  const groups = Map.groupBy(apart, ({ remaining }) => JSON.stringify(remaining));
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const counted = await count(
        group[0]?.remaining ?? null,
        group.map(({ facet }) => facet),
      );
      group.forEach(({ at }, index) => {
        results[at] = counted[index];
      });
    }),
  );
  return results;
}

/**
 * Reads the facets of a question.
 * @param totals whether to count matches beyond the values
 * @throws DomainError at the field that is wrong, or personal
 */
export function readFacets(
  inputs: Optional<readonly FacetQuestion[]>,
  asker: Asker,
  totals: boolean,
): ReadFacet[] {
  const names = new Set<string>();
  return boundedList(inputs ?? [], MAX_FACETS, 'facets').map((input, index) => {
    const path = `facets[${index}]`;
    const field = readField(input, asker, path);
    const name =
      input.name ?? (field.kind === 'field' ? field.field : field.kind === 'attribute' ? field.name : 'time');
    if (names.has(name))
      throw badInput(`Two facets are named '${name}'. Give each a 'name' of its own.`, `${path}.name`);
    names.add(name);
    return {
      name,
      field,
      limit: pageSize(input.limit, MAX_VALUES, DEFAULT_VALUES, `${path}.limit`),
      totals,
      ignoreOwnFilter: input.ignoreOwnFilter ?? false,
    };
  });
}

function readField(input: FacetQuestion, { privacy, types }: Asker, path: string): FacetField {
  exactlyOne(input, ['field', 'attribute', 'time'], path);
  if (input.field) return { kind: 'field', field: input.field };
  if (input.time) return { kind: 'time', grain: input.time, calendar: calendarOf(input, `${path}.`) };
  const name = input.attribute ?? '';
  if (name === '') throw badInput("Say which attribute: 'attribute' is empty.", `${path}.attribute`);
  const allowed = privacy.typesBy(name, types, 'to count by it', path);
  return { kind: 'attribute', name, ...(allowed && { types: allowed }) };
}

/** The attributes that facets count by. */
export const attributesOf = (facets: readonly FacetRequest[]): AskedAttribute[] =>
  facets.flatMap(({ field }, index) =>
    field.kind === 'attribute' ? [{ name: field.name, path: `facets[${index}].attribute` }] : [],
  );

/** Facets as the viewer may see them. Values that look the same after masking count as one value. */
export const showFacets = (
  facets: readonly FacetRequest[],
  results: readonly FacetResult[],
  privacy: Privacy,
): FoundFacet[] =>
  results.map(({ name, values, totals }, index) => {
    const field = facets[index]?.field;
    const isCampaign = field?.kind === 'field' && field.field === 'campaignId';
    const shown = new Map<string, { count: number; campaignId: string | null }>();
    for (const { value, count } of values) {
      const text = isCampaign ? toGlobalId(CAMPAIGN, value) : privacy.text(value);
      shown.set(text, {
        count: (shown.get(text)?.count ?? 0) + count,
        campaignId: isCampaign ? value : null,
      });
    }
    return {
      name,
      values: [...shown].map(([value, rest]) => ({ value, ...rest })),
      otherCount: totals?.others ?? 0,
      missingCount: totals?.missing ?? 0,
    };
  });
