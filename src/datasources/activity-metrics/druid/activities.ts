import { C, F, L, SqlExpression, SqlFunction, type SqlQuery } from 'druid-query-toolkit';
import { areWholeHours, DAY_MS, HOUR_MS } from '../../../domain/time/buckets.ts';
import { DomainError } from '../../../lib/errors.ts';
import { attributeCode, attributeEntry, ENTRY_SEPARATOR, revenueFrom } from '../facts.ts';
import type { ActivityMeasure, AggregatePlan, AttributeDimension, DimensionFilter, Figure } from '../port.ts';
import type { DruidRow } from './client.ts';
import { SKETCH_LG_K } from './specs.ts';
import {
  bucketOf,
  count,
  groupedBy,
  isTrue,
  isVisit,
  type Named,
  over,
  passes,
  rowsOf,
  type Scope,
  selecting,
  sum,
} from './sql.ts';

type ActivityPlan = Extract<AggregatePlan, { dataset: 'activities' }>;
type Dimension = ActivityPlan['dimensions'][number];

export const isUnique = (measure: ActivityMeasure): boolean => measure.startsWith('unique');

/** Whether the data source `hours` holds all that the plan asks for; unique persons only as estimates. */
export const isInHours = (plan: ActivityPlan): boolean =>
  plan.dimensions.every((dimension) => typeof dimension === 'string') &&
  plan.filters.every((filter) => typeof filter.dimension === 'string') &&
  areWholeHours(plan.buckets) &&
  plan.from % HOUR_MS === 0 &&
  plan.to % HOUR_MS === 0;

/** An attribute's value as text, without its escapes undone; null where a row hasn't the attribute. */
const attributeValue = ({ attribute }: AttributeDimension): SqlExpression =>
  F(
    'REGEXP_EXTRACT',
    L(ENTRY_SEPARATOR).concat(F('MV_TO_STRING', C('attributes'), ENTRY_SEPARATOR)),
    `${ENTRY_SEPARATOR}${attributeCode(attribute)}([^${ENTRY_SEPARATOR}]*)`,
    1,
  );

/** Days since 1970. */
const utcDay = (): SqlExpression =>
  F('TIMESTAMP_TO_MILLIS', F('TIME_FLOOR', C('__time'), 'P1D'))
    .divide(L(DAY_MS))
    .cast('VARCHAR');

function columnOf(dimension: Dimension): SqlExpression {
  if (typeof dimension !== 'string') return attributeValue(dimension);
  return dimension === 'utcDay' ? utcDay() : C(dimension);
}

function condition(filter: DimensionFilter<Dimension>): SqlExpression {
  const { dimension, values } = filter;
  if (typeof dimension === 'string') return passes({ ...filter, dimension }, columnOf(dimension));
  const entryOf = (value: string) => attributeEntry(dimension.attribute, value);
  // An index finds rows that have one of some entries; all else is decided row by row.
  if (!filter.negate && values.length > 0 && !values.includes(null))
    return F('MV_OVERLAP', C('attributes'), F.array(...values.map((value) => entryOf(value ?? ''))));
  const code = attributeCode(dimension.attribute);
  return passes(filter, attributeValue(dimension), (value) => entryOf(value).slice(code.length));
}

const conditionsOf = (plan: ActivityPlan): SqlExpression =>
  SqlExpression.and(plan.includeBots ? undefined : C('isBot').equal('false'), ...plan.filters.map(condition));

/** Columns b, d0 …, by which a plan groups. */
const groupsOf = (plan: ActivityPlan): Named[] => [
  ...(plan.buckets === null ? [] : [['b', bucketOf(C('__time'), plan.buckets)] as const]),
  ...plan.dimensions.map((dimension, index) => [`d${index}`, columnOf(dimension)] as const),
];

const limited = (query: SqlQuery, plan: ActivityPlan): SqlQuery => query.changeLimitValue(plan.maxGroups + 1);

/** From `hours`: columns b (with a grain), d0 …, m0 …; unique persons estimated. */
export function selectHours(scope: Scope, plan: ActivityPlan): SqlQuery {
  const persons = (where?: SqlExpression) =>
    SqlFunction.simple('APPROX_COUNT_DISTINCT_DS_HLL', [C('leads'), SKETCH_LG_K], where);
  const measure = (name: Sum): SqlExpression => {
    switch (name) {
      case 'activities':
        return sum(C('activities'));
      case 'visits':
        return sum(C('activities'), isVisit());
      case 'conversions':
        return sum(C('activities'), isTrue('conversion'));
      case 'revenueThousands':
        return sum(C('revenueThousands'));
      case 'revenueRest':
        return sum(C('revenueMicros'));
      case 'uniqueLeads':
        return persons();
      case 'uniqueVisitors':
        return persons(isVisit());
      case 'uniqueConverters':
        return persons(isTrue('conversion'));
      default:
        return name satisfies never;
    }
  };
  const rows = rowsOf(scope, 'hours', plan.from, plan.to).addWhere(conditionsOf(plan));
  return limited(selecting(groupedBy(rows, groupsOf(plan)), measuresOf(plan, measure)), plan);
}

/** Sums that Druid adds up; an amount of money is two sums, see `revenueParts`. */
type Sum = Exclude<ActivityMeasure, 'revenueMicros'> | 'revenueThousands' | 'revenueRest';

/** Columns m0 …; of an amount of money m0 and m0r, as text, since sums may be greater than a JSON number can tell. */
const measuresOf = (plan: ActivityPlan, measure: (name: Sum) => SqlExpression): Named[] =>
  plan.measures.flatMap((name, index): Named[] =>
    name === 'revenueMicros'
      ? [
          [`m${index}`, measure('revenueThousands').cast('VARCHAR')],
          [`m${index}r`, measure('revenueRest').cast('VARCHAR')],
        ]
      : [[`m${index}`, measure(name)]],
  );

/** How many activities `selectDetails` would look at, nearly: hours that the plan cuts count as a whole. */
export const selectSize = (scope: Scope, plan: ActivityPlan): SqlQuery => {
  const filters = plan.filters.filter((filter) => typeof filter.dimension === 'string');
  const hours = {
    from: Math.floor(plan.from / HOUR_MS) * HOUR_MS,
    to: Math.ceil(plan.to / HOUR_MS) * HOUR_MS,
  };
  const rows = rowsOf(scope, 'hours', hours.from, hours.to).addWhere(conditionsOf({ ...plan, filters }));
  return selecting(rows, [['m0', sum(C('activities'))]]);
};

/** From `details`, with the columns of `selectHours`; everything exact. */
export function selectDetails(scope: Scope, plan: ActivityPlan): SqlQuery {
  const rows = rowsOf(scope, 'details', plan.from, plan.to).addWhere(conditionsOf(plan));
  if (!plan.measures.some(isUnique)) {
    const measure = (name: Sum) => aggregates[name as keyof typeof aggregates]();
    return limited(selecting(groupedBy(rows, groupsOf(plan)), measuresOf(plan, measure)), plan);
  }
  // First by person, then persons are counted.
  const byPerson = selecting(
    groupedBy(rows, [...groupsOf(plan), ['lead', C('lead')]]),
    Object.entries(aggregates).map(([name, aggregate]) => [name, aggregate()]),
  );
  const measure = (name: Sum): SqlExpression => {
    switch (name) {
      case 'uniqueLeads':
        return count();
      case 'uniqueVisitors':
        return count(C('visits').greaterThan(0));
      case 'uniqueConverters':
        return count(C('conversions').greaterThan(0));
      default:
        return sum(C(name));
    }
  };
  const groups = groupsOf(plan).map(([name]) => [name, C(name)] as const);
  return limited(selecting(groupedBy(over(byPerson), groups), measuresOf(plan, measure)), plan);
}

const aggregates = {
  activities: () => count(),
  visits: () => count(isVisit()),
  conversions: () => count(isTrue('conversion')),
  revenueThousands: () => sum(C('revenueThousands')),
  revenueRest: () => sum(C('revenueMicros')),
};

/** In the order of the plan's measures; an amount of money is in two columns. */
export function figuresFrom(plan: AggregatePlan, columns: DruidRow): Figure[] {
  const left = [...columns];
  const amountFrom = (value: DruidRow[number] | undefined) => BigInt(String(value ?? 0));
  return plan.measures.map((measure) =>
    measure === 'revenueMicros'
      ? revenueFrom(amountFrom(left.shift()), amountFrom(left.shift()))
      : numberFrom(left.shift() ?? null),
  );
}

/** Sums over nothing are null. */
function numberFrom(value: DruidRow[number]): number {
  const number = Number(value ?? 0);
  if (Number.isSafeInteger(number)) return number;
  throw new DomainError('INTERNAL', 'A figure is greater than can be said exactly.');
}
