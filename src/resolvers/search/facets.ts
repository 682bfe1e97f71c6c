import type { Privacy } from '../../auth/privacy.ts';
import type { FacetField, FacetRequest, FacetResult } from '../../datasources/activity-search/port.ts';
import { CAMPAIGN } from '../../domain/activity.ts';
import type { ActivityFilter } from '../../domain/filter.ts';
import { toGlobalId } from '../../domain/ids.ts';
import { boundedList, pageSize } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import { calendarOf } from '../../services/calendar.ts';
import type { AskedAttribute } from '../../services/known-attributes.ts';
import { type Reference, referTo } from '../reference.ts';
import type { Asker } from './activity-filter.ts';
import { exactlyOne } from './conditions.ts';
import type { FacetField as FacetFieldName, FacetInput } from './generated.ts';
import { withoutOwn } from './own-filter.ts';

const MAX_FACETS = 10;
const MAX_VALUES = 100;
const DEFAULT_VALUES = 10;

const FIELDS = {
  TYPE: 'type',
  CAMPAIGN: 'campaignId',
  ASSET: 'assetId',
  CHANNEL: 'channel',
  SOURCE: 'source',
  COUNTRY: 'country',
  DEVICE: 'device',
} as const satisfies Record<FacetFieldName, Extract<FacetField, { kind: 'field' }>['field']>;

/** A facet as it was asked for. */
export type ShownFacet = FacetRequest & {
  /** Count as if the filter had no condition on the same field. */
  readonly ignoreOwnFilter: boolean;
};

/** Counts facets as a search with this filter would. */
type CountFacets = (
  filter: ActivityFilter | null,
  facets: readonly FacetRequest[],
) => Promise<readonly FacetResult[]>;

/**
 * Facets that ignore conditions of the filter, counted apart from the search: those with the same remaining filter at once.
 * @returns in the place of each such facet its result, of others undefined
 */
export async function countApart(
  facets: readonly ShownFacet[],
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
 * Reads the argument `facets`.
 * @param totals whether to count what the values leave out
 * @throws DomainError at the path of what is wrong, or personal without the scope
 */
export function readFacets(
  inputs: readonly FacetInput[] | null | undefined,
  asker: Asker,
  totals: boolean,
): ShownFacet[] {
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

function readField(input: FacetInput, { privacy, types }: Asker, path: string): FacetField {
  exactlyOne(input, ['field', 'attribute', 'time'], path);
  if (input.field) return { kind: 'field', field: FIELDS[input.field] };
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

/** Facets as they are shown: campaigns by global id, and values that look the same then as one. */
export const showFacets = (
  facets: readonly FacetRequest[],
  results: readonly FacetResult[],
  privacy: Privacy,
) =>
  results.map(({ name, values, totals }, index) => {
    const field = facets[index]?.field;
    const isCampaign = field?.kind === 'field' && field.field === 'campaignId';
    const shown = new Map<string, { count: number; campaign: Reference | null }>();
    for (const { value, count } of values) {
      const text = isCampaign ? toGlobalId(CAMPAIGN, value) : privacy.text(value);
      const campaign = isCampaign ? referTo(CAMPAIGN, value) : null;
      shown.set(text, { count: (shown.get(text)?.count ?? 0) + count, campaign });
    }
    return {
      name,
      values: [...shown].map(([value, rest]) => ({ value, ...rest })),
      otherCount: totals?.others ?? 0,
      missingCount: totals?.missing ?? 0,
    };
  });
