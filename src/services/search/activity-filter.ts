import type { Privacy } from '../../auth/privacy.ts';
import { CAMPAIGN } from '../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { ActivityFilter, ActivityKeywordField } from '../../domain/filter.ts';
import { requireGlobalId } from '../../domain/ids.ts';
import { LEAD } from '../../domain/lead.ts';
import type { Optional } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import type { AskedAttribute } from '../known-attributes.ts';
import { type AddFilter, readCombined } from './combined.ts';
import {
  type Bound,
  type Equality,
  equality,
  exactlyOne,
  type KeywordCondition,
  range,
  scalars,
  type TimeRange,
  timeRange,
  type ValueCondition,
} from './conditions.ts';

/** The viewer's privacy, with the types that declare personal attributes. */
export type Asker = { readonly privacy: Privacy; readonly types: readonly ActivityTypeDefinition[] };

/** Conditions on activities that must all hold. Ids are global. */
export type ActivityConditions = {
  readonly [K in (typeof KEYWORDS)[number] | 'campaignId' | 'leadId']?: Optional<KeywordCondition>;
} & {
  readonly [K in (typeof TIMES)[number]]?: Optional<TimeRange>;
} & {
  readonly attribute?: Optional<AttributeCondition>;
  readonly isBot?: Optional<boolean>;
  readonly and?: Optional<readonly ActivityConditions[]>;
  readonly or?: Optional<readonly ActivityConditions[]>;
  readonly not?: Optional<ActivityConditions>;
};
/** One test of an attribute's value, or bounds. */
type AttributeCondition = ValueCondition & {
  readonly name: string;
  readonly exists?: Optional<boolean>;
  readonly startsWith?: Optional<string>;
} & { readonly [K in Bound]?: Optional<number> };

const KEYWORDS = ['type', 'assetId', 'channel', 'source', 'country', 'device', 'messageId'] as const;
const TIMES = ['occurredAt', 'receivedAt'] as const;

/**
 * Reads the conditions of a question; null for none.
 * @param onRead hears of each filter with its path
 * @throws DomainError at the field of the condition: `BAD_USER_INPUT`, or `FORBIDDEN` for personal data without the
 * scope `leads:pii`
 */
export function readActivityFilter(
  input: Optional<ActivityConditions>,
  asker: Asker,
  path = 'filter',
  onRead?: AddFilter<ActivityFilter>,
): ActivityFilter | null {
  return readCombined<ActivityConditions, ActivityFilter>(
    input,
    path,
    (part, at, add) => readOwn(part, asker, at, add),
    (combined) => combined,
    onRead,
  );
}

/** The attributes that a filter names. It was read before, so that it nests no deeper than is allowed. */
export function attributesIn(input: Optional<ActivityConditions>, path = 'filter'): AskedAttribute[] {
  if (!input) return [];
  const { and, or, not, attribute: condition } = input;
  return [
    ...(condition ? [{ name: condition.name, path: `${path}.attribute.name` }] : []),
    ...(and ?? []).flatMap((part, index) => attributesIn(part, `${path}.and[${index}]`)),
    ...(or ?? []).flatMap((part, index) => attributesIn(part, `${path}.or[${index}]`)),
    ...attributesIn(not, `${path}.not`),
  ];
}

function readOwn(
  input: ActivityConditions,
  asker: Asker,
  path: string,
  add: AddFilter<ActivityFilter>,
): void {
  for (const field of KEYWORDS) {
    const condition = input[field];
    const at = `${path}.${field}`;
    if (condition) add(keyword(field, equality(condition, at, asker.privacy.wanted)), at);
  }
  if (input.campaignId) {
    const at = `${path}.campaignId`;
    add(
      keyword(
        'campaignId',
        equality(input.campaignId, at, (id, place) =>
          asker.privacy.wanted(requireGlobalId(CAMPAIGN, id, place), place),
        ),
      ),
      at,
    );
  }
  if (input.leadId) {
    const at = `${path}.leadId`;
    add(
      keyword(
        'leadKey',
        equality(input.leadId, at, (id, place) => requireGlobalId(LEAD, id, place)),
      ),
      at,
    );
  }
  for (const field of TIMES) {
    const bounds = input[field];
    if (bounds) add({ op: 'time', field, range: timeRange(bounds, `${path}.${field}`) }, `${path}.${field}`);
  }
  if (input.attribute) add(attribute(input.attribute, asker, `${path}.attribute`), `${path}.attribute`);
  if (typeof input.isBot === 'boolean') add({ op: 'isBot', value: input.isBot }, `${path}.isBot`);
}

const keyword = (field: ActivityKeywordField, { values, negated }: Equality<string>): ActivityFilter => {
  const filter: ActivityFilter = { op: 'in', field, values };
  return negated ? { op: 'not', filter } : filter;
};

const BOUNDS = ['gt', 'gte', 'lt', 'lte'] as const;

/** Where the caller may look at activities of some types only, a condition on an attribute holds of those. */
function attribute(condition: AttributeCondition, { privacy, types }: Asker, path: string): ActivityFilter {
  const { name } = condition;
  if (name === '') throw badInput("Say which attribute: 'name' is empty.", `${path}.name`);
  const allowed = privacy.typesBy(name, types, 'a condition on it', path);
  const filter = attributeTest(condition, privacy, path);
  return allowed === null
    ? filter
    : { op: 'and', filters: [{ op: 'in', field: 'type', values: allowed }, filter] };
}

function attributeTest(condition: AttributeCondition, privacy: Privacy, path: string): ActivityFilter {
  const { name } = condition;
  const isRange = BOUNDS.some((bound) => typeof condition[bound] === 'number');
  const others = ['eq', 'in', 'exists', 'startsWith'] as const;
  if (isRange) {
    const clash = others.find((test) => condition[test] !== null && condition[test] !== undefined);
    if (clash) throw badInput(`Set '${clash}' or bounds, not both; use 'and' for two conditions.`, path);
    return { op: 'attribute', name, test: 'range', range: range(condition, path, (value: number) => value) };
  }
  const test = exactlyOne(condition, [...others, ...BOUNDS], path);
  switch (test) {
    case 'exists':
      return { op: 'attribute', name, test, value: condition.exists === true };
    case 'startsWith':
      return {
        op: 'attribute',
        name,
        test: 'prefix',
        value: privacy.wanted(condition.startsWith ?? '', `${path}.startsWith`),
      };
    case 'eq':
    case 'in': {
      const values = scalars(condition, test, path);
      for (const value of values) if (typeof value === 'string') privacy.wanted(value, `${path}.${test}`);
      return { op: 'attribute', name, test: 'in', values };
    }
    default:
      throw badInput('A bound must be a number.', path);
  }
}
