import type { Activity } from '../activity.ts';
import {
  type ActivityFilter,
  type ActivityKeywordField,
  type FilterLeaf,
  foldFilter,
  type Range,
} from '../filter.ts';
import type { Json } from '../json.ts';

/** The part of an activity that conditions look at. */
export type Conditioned = Pick<
  Activity,
  | 'type'
  | 'campaign'
  | 'assetId'
  | 'channel'
  | 'source'
  | 'country'
  | 'device'
  | 'leadKey'
  | 'messageId'
  | 'occurredAt'
  | 'receivedAt'
  | 'isBot'
  | 'attributes'
>;

/** Whether a condition holds for an activity, as every search adapter answers it. */
export const holds = (filter: ActivityFilter, activity: Conditioned): boolean =>
  foldFilter<ActivityFilter, boolean>(
    filter,
    {
      and: (parts) => parts.every(Boolean),
      or: (parts) => parts.some(Boolean),
      not: (part) => !part,
    },
    (leaf) => leafHolds(leaf, activity),
  );

function leafHolds(leaf: FilterLeaf<ActivityFilter>, activity: Conditioned): boolean {
  switch (leaf.op) {
    case 'in': {
      const value = fieldOf(leaf.field, activity);
      return value !== null && leaf.values.includes(value);
    }
    case 'isBot':
      return activity.isBot === leaf.value;
    case 'time':
      return isInRange(activity[leaf.field], leaf.range);
    case 'attribute':
      return valueHolds(leaf, ownValue(activity.attributes, leaf.name));
    default:
      return leaf satisfies never;
  }
}

const fieldOf = (field: ActivityKeywordField, activity: Conditioned): string | null =>
  field === 'campaignId' ? (activity.campaign?.id ?? null) : activity[field];

/** A test of one JSON value. */
export type ValueTest =
  | { readonly test: 'in'; readonly values: readonly (string | number | boolean)[] }
  | { readonly test: 'range'; readonly range: Range<number> }
  | { readonly test: 'exists'; readonly value: boolean }
  | { readonly test: 'prefix' | 'contains'; readonly value: string };

/** Whether a value passes a test; undefined and null are no value. Equality compares JSON values: 1 and "1" differ. */
export function valueHolds(test: ValueTest, value: Json | undefined): boolean {
  switch (test.test) {
    case 'in':
      return typeof value !== 'object' && value !== undefined && test.values.includes(value);
    case 'range':
      return typeof value === 'number' && isInRange(value, test.range);
    case 'exists':
      return (value !== undefined && value !== null) === test.value;
    case 'prefix':
      return typeof value === 'string' && value.startsWith(test.value);
    case 'contains':
      return typeof value === 'string' && value.includes(test.value);
    default:
      return test satisfies never;
  }
}

/** The value under a name; nothing that JavaScript objects have by themselves. */
export const ownValue = (values: { readonly [name: string]: Json }, name: string): Json | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;

const isInRange = (value: number, { gt, gte, lt, lte }: Range<number>): boolean =>
  (gt === undefined || value > gt) &&
  (gte === undefined || value >= gte) &&
  (lt === undefined || value < lt) &&
  (lte === undefined || value <= lte);
