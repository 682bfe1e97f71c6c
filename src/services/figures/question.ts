import type { ActivityDimension, DimensionFilter } from '../../datasources/activity-metrics/port.ts';
import { DEFAULT_OPENS, type Opens } from '../../domain/agent-kind.ts';
import type { Grain } from '../../domain/time/buckets.ts';
import { boundedList, type Optional } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import { type CalendarQuestion, calendarOf } from '../calendar.ts';
import type { AskedAttribute } from '../known-attributes.ts';
import type { HavingQuestion, OrderQuestion } from './having.ts';
import type { Measure } from './model.ts';
import type { PeriodQuestion, Periods } from './period.ts';
import type { MetricsDimension, MetricsQuestion } from './plan.ts';

/** A field or an attribute, exactly one of the two. */
type DimensionQuestion = {
  readonly field?: Optional<ActivityDimension>;
  readonly attribute?: Optional<string>;
};
/** Keeps rows with one of these values, or with none of them. The value null means unknown. */
type FilterQuestion = DimensionQuestion & {
  readonly in?: Optional<readonly Optional<string>[]>;
  readonly notIn?: Optional<readonly Optional<string>[]>;
};

/** A caller's question for figures. Fields have defaults. Times are epoch milliseconds. */
export type FiguresQuestion = PeriodQuestion &
  CalendarQuestion & {
    readonly measures: readonly Measure[];
    readonly dimensions?: Optional<readonly DimensionQuestion[]>;
    readonly filter?: Optional<readonly FilterQuestion[]>;
    readonly grain?: Optional<Grain>;
    readonly includeBots?: Optional<boolean>;
    readonly opens?: Optional<Opens>;
    readonly compare?: Optional<'PREVIOUS_PERIOD' | 'PREVIOUS_YEAR'>;
    readonly having?: Optional<readonly HavingQuestion[]>;
    readonly order?: Optional<readonly OrderQuestion[]>;
    readonly limit?: Optional<number>;
  };

export const MAX_FILTERS = 20;
const MAX_VALUES = 1_000;

/** The question in domain values. @throws DomainError `BAD_USER_INPUT` at the field that is wrong */
export const questionOf = (asked: FiguresQuestion, periods: Periods): MetricsQuestion => ({
  measures: [...new Set(asked.measures)],
  dimensions: (asked.dimensions ?? []).map((dimension, index) =>
    dimensionOf(dimension, `dimensions[${index}]`),
  ),
  filters: boundedList(asked.filter ?? [], MAX_FILTERS, 'filter').map((filter, index) =>
    filterOf(filter, `filter[${index}]`),
  ),
  grain: asked.grain ?? null,
  calendar: calendarOf(asked),
  ...periods.period(asked),
  includeBots: asked.includeBots ?? false,
  opens: asked.opens ?? DEFAULT_OPENS,
  asOf: periods.asOf(asked),
});

function dimensionOf({ field, attribute }: DimensionQuestion, at: string): MetricsDimension {
  if (Boolean(field) === (typeof attribute === 'string'))
    throw badInput("Give exactly one of 'field' and 'attribute'.", at);
  if (field) return field;
  if (!attribute) throw badInput("Say which attribute: 'attribute' is empty.", `${at}.attribute`);
  return { attribute };
}

function filterOf(asked: FilterQuestion, at: string): DimensionFilter<MetricsDimension> {
  const dimension = dimensionOf(asked, at);
  if (Boolean(asked.in) === Boolean(asked.notIn)) throw badInput("Give exactly one of 'in' and 'notIn'.", at);
  const values = boundedList(asked.in ?? asked.notIn ?? [], MAX_VALUES, `${at}.${asked.in ? 'in' : 'notIn'}`);
  return { dimension, values: values.map((value) => value ?? null), negate: !asked.in };
}

/** The attributes that a question names. */
export const attributesIn = ({ dimensions, filter }: FiguresQuestion): AskedAttribute[] =>
  Object.entries({ dimensions, filter }).flatMap(([place, parts]) =>
    (parts ?? []).flatMap(({ attribute }, index) =>
      attribute ? [{ name: attribute, path: `${place}[${index}].attribute` }] : [],
    ),
  );
