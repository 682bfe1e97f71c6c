import { requireViewer } from '../../auth/viewer.ts';
import type { ActivityDimension, DimensionFilter } from '../../datasources/activity-metrics/port.ts';
import { CAMPAIGN } from '../../domain/activity.ts';
import { DEFAULT_OPENS } from '../../domain/agent-kind.ts';
import { badInput } from '../../lib/errors.ts';
import { earlierPeriod } from '../../services/figures/comparison.ts';
import { MEASURES, type Measure } from '../../services/figures/model.ts';
import type { MetricsDimension, MetricsQuestion } from '../../services/figures/plan.ts';
import { type RevenueWarning, warningsOf } from '../../services/figures/revenue.ts';
import { type Analytics, type MetricsRow as AnalyticsRow, byKeys } from '../../services/figures/service.ts';
import { calendarOf } from '../calendar.ts';
import type { RequestContext } from '../context.ts';
import { type AskedAttribute, requireAttributes } from '../known-attributes.ts';
import { boundedList, pageSize } from '../paging.ts';
import { type Reference, referTo } from '../reference.ts';
import type {
  DimensionFilterInput,
  DimensionInput,
  HavingInput,
  MeasureValue,
  MetricsInput,
  MetricsResult,
  MetricsRow,
  OrderInput,
} from './generated.ts';
import { shownMoney } from './money.ts';
import { permitted } from './permitted.ts';

const MAX_ROWS = 10_000;
const MAX_FILTERS = 20;
const MAX_VALUES = 1_000;

type Compared = { readonly row: AnalyticsRow; readonly before: AnalyticsRow | undefined };
type ShownRow = Omit<MetricsRow, 'dimensions' | 'value'> & {
  dimensions: { name: string; value: string | null; campaign: Reference | null }[];
};

/** `Query.metrics`: asks the semantic layer, then filters, orders and cuts its rows. */
export async function metrics(
  query: MetricsInput,
  context: RequestContext,
): Promise<Omit<MetricsResult, 'rows'> & { rows: ShownRow[] }> {
  const { tenant } = requireViewer(context);
  const { analytics } = context.services;
  const question = await permitted(questionOf(query, context), context);
  const limit = pageSize(query.limit, MAX_ROWS, 1_000, 'query.limit');
  const having = boundedList(query.having ?? [], MAX_FILTERS, 'query.having');
  const order = boundedList(query.order ?? [], MAX_FILTERS, 'query.order');
  checkAsked(question, having, order);
  await requireAttributes(attributesIn(query), context);

  const shift = shiftOf(query, question, analytics.buckets);
  const [answer, earlier] = await Promise.all([
    analytics.metrics(tenant, question, context.signal),
    shift === undefined ? undefined : analytics.metrics(tenant, shift.question, context.signal),
  ]);
  const before = new Map(earlier?.rows.map((row) => [rowKey(shift?.place(row.time) ?? null, row), row]));
  let rows: Compared[] = answer.rows.map((row) => ({ row, before: before.get(rowKey(row.time, row)) }));
  rows = rows.filter(({ row }) => having.every((condition) => holds(row, condition)));
  if (order.length > 0) rows.sort(comparatorOf(order));
  return {
    from: question.from,
    to: question.to,
    timeZone: question.calendar.timeZone,
    asOf: question.asOf,
    rows: rows.slice(0, limit).map((compared) => shownRow(compared, question, earlier !== undefined)),
    totalRows: rows.length,
    uniquesExact: answer.uniquesRelativeError === 0,
    uniquesRelativeError: answer.uniquesRelativeError,
    warnings: warningsIn([...answer.rows, ...(earlier?.rows ?? [])]),
  };
}

const attributesIn = ({ dimensions, filter }: MetricsInput): AskedAttribute[] =>
  Object.entries({ dimensions, filter }).flatMap(([place, parts]) =>
    (parts ?? []).flatMap(({ attribute }, index) =>
      attribute ? [{ name: attribute, path: `query.${place}[${index}].attribute` }] : [],
    ),
  );

const warningsIn = (rows: readonly AnalyticsRow[]): RevenueWarning[] =>
  warningsOf(rows.map(({ revenue }) => revenue));

const rowKey = (time: number | null, row: AnalyticsRow): string => JSON.stringify([time, row.keys]);

function questionOf(query: MetricsInput, context: RequestContext): MetricsQuestion {
  return {
    measures: [...new Set(query.measures)],
    dimensions: (query.dimensions ?? []).map((dimension, index) =>
      dimensionOf(dimension, `query.dimensions[${index}]`),
    ),
    filters: boundedList(query.filter ?? [], MAX_FILTERS, 'query.filter').map((filter, index) =>
      filterOf(filter, `query.filter[${index}]`),
    ),
    grain: query.grain ?? null,
    calendar: calendarOf(query, 'query.'),
    ...context.services.analytics.period(query.from?.getTime() ?? null, query.to?.getTime() ?? null),
    includeBots: query.includeBots ?? false,
    opens: query.opens ?? DEFAULT_OPENS,
    asOf: context.services.analytics.asOf(query.asOf?.getTime() ?? null),
  };
}

function dimensionOf({ field, attribute }: DimensionInput, path: string): MetricsDimension {
  if (field !== undefined) return field.toLowerCase() as ActivityDimension;
  if (attribute === '') throw badInput("Say which attribute: 'attribute' is empty.", `${path}.attribute`);
  return { attribute };
}

function filterOf(input: DimensionFilterInput, path: string): DimensionFilter<MetricsDimension> {
  const { field, attribute } = input;
  if (Boolean(field) === (typeof attribute === 'string'))
    throw badInput("Give exactly one of 'field' and 'attribute'.", path);
  const dimension = dimensionOf(field ? { field } : { attribute: attribute ?? '' }, path);
  if (Boolean(input.in) === Boolean(input.notIn))
    throw badInput("Give exactly one of 'in' and 'notIn'.", path);
  const values = boundedList(
    input.in ?? input.notIn ?? [],
    MAX_VALUES,
    `${path}.${input.in ? 'in' : 'notIn'}`,
  );
  return { dimension, values, negate: !input.in };
}

function checkAsked(
  question: MetricsQuestion,
  having: readonly HavingInput[],
  order: readonly OrderInput[],
): void {
  const asked = new Set<string>(question.measures);
  having.forEach(({ measure }, index) => {
    if (!asked.has(measure))
      throw badInput(
        `${measure} is not among the measures asked for; add it to 'measures'.`,
        `query.having[${index}].measure`,
      );
  });
  order.forEach(({ measure, dimension }, index) => {
    const path = `query.order[${index}]`;
    if (measure && !asked.has(measure))
      throw badInput(`${measure} is not among the measures asked for; add it to 'measures'.`, path);
    if (
      dimension !== null &&
      dimension !== undefined &&
      (dimension < 0 || dimension >= question.dimensions.length)
    )
      throw badInput(`There is no dimension at ${dimension}; places count from 0.`, path);
  });
}

function holds(row: AnalyticsRow, condition: HavingInput): boolean {
  const value = row.values.get(condition.measure as Measure);
  if (value === null || value === undefined) return false;
  const { gt, gte, lt, lte } = condition;
  return (
    (gt === null || gt === undefined || value > gt) &&
    (gte === null || gte === undefined || value >= gte) &&
    (lt === null || lt === undefined || value < lt) &&
    (lte === null || lte === undefined || value <= lte)
  );
}

/** Rates that can't be told come last, whichever direction. Ties are broken by time and keys, so that order is always the same. */
function comparatorOf(order: readonly OrderInput[]): (a: Compared, b: Compared) => number {
  return ({ row: a }, { row: b }) => {
    for (const { measure, dimension, direction } of order) {
      const sign = direction === 'ASC' ? 1 : -1;
      let difference: number;
      if (measure) {
        const [x, y] = [a.values.get(measure as Measure) ?? null, b.values.get(measure as Measure) ?? null];
        if (x === null || y === null) difference = x === y ? 0 : (x === null ? 1 : -1) * sign;
        else difference = x - y;
      } else if (dimension !== null && dimension !== undefined)
        difference = byKeys([a.keys[dimension] ?? null], [b.keys[dimension] ?? null]);
      else difference = (a.time ?? 0) - (b.time ?? 0);
      if (difference !== 0) return difference * sign;
    }
    return (a.time ?? 0) - (b.time ?? 0) || byKeys(a.keys, b.keys);
  };
}

/**
 * The earlier period, and which time of the period asked for one of its times is compared with: the first hour,
 * day, week or month with the first, and so on.
 */
function shiftOf(
  query: MetricsInput,
  question: MetricsQuestion,
  bucketsOf: Analytics['buckets'],
): { question: MetricsQuestion; place(time: number | null): number | null } | undefined {
  if (!query.compare) return undefined;
  const { grain } = question;
  const earlier = earlierPeriod(query.compare, question);
  if (grain === null) return { question: { ...question, ...earlier }, place: () => null };
  const now = bucketsOf(question);
  const places = new Map(
    bucketsOf({ ...question, ...earlier }).map((time, index) => [time, now[index] ?? null]),
  );
  return {
    question: { ...question, ...earlier },
    place: (time) => (time === null ? null : (places.get(time) ?? null)),
  };
}

function shownRow({ row, before }: Compared, question: MetricsQuestion, compared: boolean): ShownRow {
  return {
    time: row.time,
    dimensions: question.dimensions.map((dimension, index) => {
      const value = row.keys[index] ?? null;
      return {
        name: typeof dimension === 'string' ? dimension : dimension.attribute,
        value,
        campaign: dimension === 'campaign' && value !== null ? referTo(CAMPAIGN, value) : null,
      };
    }),
    values: question.measures.map((measure) => shownValue(measure, row, compared ? before : null)),
  };
}

/** @param before the same row of the earlier period, undefined where it has none; null without a comparison */
function shownValue(
  measure: Measure,
  row: AnalyticsRow,
  before: AnalyticsRow | undefined | null,
): MeasureValue {
  const value = row.values.get(measure) ?? null;
  const previous = before === null ? null : previousOf(measure, row, before);
  const change = value === null || !previous ? null : (value - previous) / previous;
  if (measure === 'REVENUE') return { measure, value, ...shownMoney(row.revenue), previous, change };
  const text = value !== null && isCount(measure) ? String(value) : null;
  return { measure, value, text, currency: null, byCurrency: null, previous, change };
}

function previousOf(measure: Measure, row: AnalyticsRow, before: AnalyticsRow | undefined): number | null {
  if (!before) return isCount(measure) ? 0 : null;
  const currencies = [row, before].map(
    ({ revenue: { byCurrency, total } }) => byCurrency.length > 0 && total?.currency,
  );
  const isOther = currencies.every((currency) => currency !== false) && currencies[0] !== currencies[1];
  return measure === 'REVENUE' && isOther ? null : (before.values.get(measure) ?? null);
}

/** Counts of an absent row are 0; a rate of nothing can't be told. */
const isCount = (measure: Measure): boolean => MEASURES[measure].kind === 'base';
