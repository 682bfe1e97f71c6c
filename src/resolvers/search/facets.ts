import { maskText } from '../../auth/pii.ts';
import type { FacetField, FacetRequest, FacetResult } from '../../datasources/activity-search/port.ts';
import { badInput } from '../../domain/errors.ts';
import { toGlobalId } from '../../domain/ids.ts';
import type { FacetField as FacetFieldName, FacetInput } from '../../generated/search.ts';
import { calendarOf } from '../calendar.ts';
import type { AskedAttribute } from '../known-attributes.ts';
import { boundedList, pageSize } from '../paging.ts';
import type { Privacy } from './activity-filter.ts';
import { exactlyOne, needsPii } from './conditions.ts';

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

/** Reads the argument `facets`. @throws DomainError at the path of what is wrong, or personal without the scope */
export function readFacets(
  inputs: readonly FacetInput[] | null | undefined,
  privacy: Privacy,
): FacetRequest[] {
  const names = new Set<string>();
  return boundedList(inputs ?? [], MAX_FACETS, 'facets').map((input, index) => {
    const path = `facets[${index}]`;
    const field = readField(input, privacy, path);
    const name =
      input.name ?? (field.kind === 'field' ? field.field : field.kind === 'attribute' ? field.name : 'time');
    if (names.has(name))
      throw badInput(`Two facets are named '${name}'. Give each a 'name' of its own.`, `${path}.name`);
    names.add(name);
    return { name, field, limit: pageSize(input.limit, MAX_VALUES, DEFAULT_VALUES, `${path}.limit`) };
  });
}

function readField(input: FacetInput, privacy: Privacy, path: string): FacetField {
  exactlyOne(input, ['field', 'attribute', 'time'], path);
  if (input.field) return { kind: 'field', field: FIELDS[input.field] };
  if (input.time) return { kind: 'time', grain: input.time, calendar: calendarOf(input, `${path}.`) };
  const name = input.attribute ?? '';
  if (name === '') throw badInput("Say which attribute: 'attribute' is empty.", `${path}.attribute`);
  if (!privacy.pii && privacy.personalAttributes.has(name))
    throw needsPii(`The attribute '${name}' is personal data; to count by it`, path);
  return { kind: 'attribute', name };
}

/** The attributes that facets count by. */
export const attributesOf = (facets: readonly FacetRequest[]): AskedAttribute[] =>
  facets.flatMap(({ field }, index) =>
    field.kind === 'attribute' ? [{ name: field.name, path: `facets[${index}].attribute` }] : [],
  );

/** Facets as they are shown: campaigns by global id, addresses masked for who may not see them. */
export const showFacets = (facets: readonly FacetRequest[], results: readonly FacetResult[], pii: boolean) =>
  results.map(({ name, values }, index) => {
    const field = facets[index]?.field;
    const isCampaign = field?.kind === 'field' && field.field === 'campaignId';
    const show = (value: string): string =>
      isCampaign ? toGlobalId('Campaign', value) : pii ? value : maskText(value);
    return { name, values: values.map(({ value, count }) => ({ value: show(value), count })) };
  });
