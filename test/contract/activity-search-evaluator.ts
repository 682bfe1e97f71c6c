import { visitActivity, type Weight } from '../../src/datasources/activity-search/activity-texts.ts';
import type { FacetField } from '../../src/datasources/activity-search/port.ts';
import { lengthNorm, POINTS } from '../../src/datasources/activity-search/ranking.ts';
import type { Activity } from '../../src/domain/activity.ts';
import type { ActivityTypeDefinition } from '../../src/domain/activity-types.ts';
import type { ActivityFilter, Range } from '../../src/domain/filter.ts';
import { plainDecimal } from '../../src/domain/json.ts';
import { mayHoldPersonal } from '../../src/domain/personal/text.ts';
import { type TextQuery, tokenize } from '../../src/domain/text/text-query.ts';
import { bucketsOf } from '../../src/domain/time/buckets.ts';

/** The texts of a document as tokens, with their weights; two texts are never next to one another. */
export type Texts = readonly { readonly weight: Weight; readonly tokens: readonly string[] }[];

/** What of an activity can be searched, with or without the right to personal data. */
export function textsOf(activity: Activity, type: ActivityTypeDefinition | undefined, pii: boolean): Texts {
  const texts: { weight: Weight; tokens: string[] }[] = [];
  visitActivity(activity, type, (_field, text, weight) => {
    if (pii || weight !== 'D') texts.push({ weight, tokens: tokenize(text) });
  });
  return texts;
}

/** The score of an activity, word for word as `POINTS` and `lengthNorm` say it. */
export const activityScore = (query: TextQuery, texts: Texts): number =>
  Math.fround(points(query, texts) * lengthNorm(new Set(texts.flatMap(({ tokens }) => tokens)).size));

/** What a query is worth in these texts. */
export function points(query: TextQuery, texts: Texts): number {
  if (!matchesText(query, texts) || query.op === 'not') return 0;
  if (query.op === 'and' || query.op === 'or')
    return query.parts.reduce((sum, part) => sum + points(part, texts), 0);
  return Object.entries(POINTS).reduce((sum, [weight, worth]) => {
    const ofWeight = texts.filter((text) => text.weight === weight);
    return matchesText(query, ofWeight) ? sum + worth : sum;
  }, 0);
}

/** The meaning of a query, word for word: what every search adapter is held against. */
export function matchesText(query: TextQuery, texts: Texts): boolean {
  switch (query.op) {
    case 'word':
      return texts.some(({ tokens }) => tokens.includes(query.token));
    case 'prefix':
      return texts.some(({ tokens }) => tokens.some((token) => token.startsWith(query.token)));
    case 'phrase':
      return texts.some(({ tokens }) =>
        tokens.some((_, at) => query.tokens.every((token, offset) => tokens[at + offset] === token)),
      );
    case 'and':
      return query.parts.every((part) => matchesText(part, texts));
    case 'or':
      return query.parts.some((part) => matchesText(part, texts));
    case 'not':
      return !matchesText(query.part, texts);
    default:
      return query satisfies never;
  }
}

export const within = (value: number, { gt, gte, lt, lte }: Range<number>): boolean =>
  (gt === undefined || value > gt) &&
  (gte === undefined || value >= gte) &&
  (lt === undefined || value < lt) &&
  (lte === undefined || value <= lte);

/**
 * The meaning of a filter. `canonicalOf` gives the lead that a lead key belongs to. Without the right to
 * personal data no prefix fits an e-mail address, which could be guessed letter by letter.
 */
export function matchesFilter(
  filter: ActivityFilter,
  activity: Activity,
  pii: boolean,
  canonicalOf: (key: string) => string,
): boolean {
  switch (filter.op) {
    case 'and':
      return filter.filters.every((part) => matchesFilter(part, activity, pii, canonicalOf));
    case 'or':
      return filter.filters.some((part) => matchesFilter(part, activity, pii, canonicalOf));
    case 'not':
      return !matchesFilter(filter.filter, activity, pii, canonicalOf);
    case 'isBot':
      return activity.isBot === filter.value;
    case 'time':
      return within(activity[filter.field], filter.range);
    case 'in': {
      if (filter.field === 'leadKey')
        return filter.values.map(canonicalOf).includes(canonicalOf(activity.leadKey));
      const value = filter.field === 'campaignId' ? activity.campaign?.id : activity[filter.field];
      return value !== null && value !== undefined && filter.values.includes(value);
    }
    case 'attribute': {
      const value = activity.attributes[filter.name];
      if (filter.test === 'exists') return (value !== undefined && value !== null) === filter.value;
      if (filter.test === 'in') return filter.values.some((wanted) => wanted === value);
      if (filter.test === 'range') return typeof value === 'number' && within(value, filter.range);
      return typeof value === 'string' && value.startsWith(filter.value) && (pii || !mayHoldPersonal(value));
    }
    default:
      return filter satisfies never;
  }
}

/** The value an activity is counted under; null where it is not counted. */
export function facetValue(activity: Activity, field: FacetField): string | null {
  if (field.kind === 'field')
    return field.field === 'campaignId' ? (activity.campaign?.id ?? null) : activity[field.field];
  if (field.kind === 'attribute') {
    if (field.types && !field.types.includes(activity.type)) return null;
    const value = activity.attributes[field.name];
    if (typeof value === 'number') return plainDecimal(value);
    return typeof value === 'string' || typeof value === 'boolean' ? String(value) : null;
  }
  const { occurredAt: at } = activity;
  return new Date(bucketsOf(at, at + 1, field.grain, field.calendar).starts[0] ?? Number.NaN).toISOString();
}
