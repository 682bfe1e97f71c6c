import type {
  ActivityDimension,
  AggregatePlan,
  AttributeDimension,
  DimensionFilter,
  SendDimension,
} from '../../datasources/activity-metrics/port.ts';
import type { Opens } from '../../domain/agent-kind.ts';
import { bucketsOf, type Calendar, type Grain } from '../../domain/time/buckets.ts';
import { badInput } from '../../lib/errors.ts';
import { type BaseMeasure, basesOf, type Measure } from './model.ts';

export type MetricsDimension = ActivityDimension | AttributeDimension;

/** A question for figures, in domain values. Times are epoch milliseconds. */
export type MetricsQuestion = {
  readonly measures: readonly Measure[];
  readonly dimensions: readonly MetricsDimension[];
  readonly filters: readonly DimensionFilter<MetricsDimension>[];
  readonly grain: Grain | null;
  readonly calendar: Calendar;
  readonly from: number;
  readonly to: number;
  /** Of measures of activities: whether what robots did counts. */
  readonly includeBots: boolean;
  /** The rows that must share a currency, or their revenue is null. The default is all rows. */
  readonly oneCurrency?: 'by campaign';
  /** Of measures of e-mails: which opens, clicks and unsubscribes count. */
  readonly opens: Opens;
  /** Of measures of e-mails: when sends without an outcome are looked at, epoch milliseconds. */
  readonly asOf: number;
  /** A key as it may be shown; rows whose keys are the same then are one. Left out: as it is. */
  readonly showKey?: (key: string) => string;
};

/** The most groups one data set may give; beyond it the question is refused, never cut. */
const MAX_GROUPS = 50_000;
/** Of revenue by currency, and by day where it is converted: parts of groups, which nobody sees. */
const MAX_REVENUE_GROUPS = 500_000;
const MAX_MEASURES = 20;
const MAX_DIMENSIONS = 4;
const MAX_YEARS = 10;
const SEND_DIMENSIONS: ReadonlySet<string> = new Set<SendDimension>(['campaign', 'asset']);

/**
 * The base figures that a question needs: at most one plan for each data set, and another plan for revenue. Revenue
 * is split by the question's dimensions and `currency`, and by `utcDay` where it is converted.
 * @throws DomainError `BAD_USER_INPUT` for a combination that has no meaning
 */
export function plansFor(question: MetricsQuestion, isConverted: boolean): AggregatePlan[] {
  if (question.measures.length === 0) throw badInput("Name at least one measure in 'measures'.", 'measures');
  if (question.measures.length > MAX_MEASURES)
    throw badInput(`At most ${MAX_MEASURES} measures are allowed.`, 'measures');
  if (question.dimensions.length > MAX_DIMENSIONS)
    throw badInput(`At most ${MAX_DIMENSIONS} dimensions are allowed.`, 'dimensions');
  checkPeriod(question.from, question.to);
  const bases = new Map<string, BaseMeasure>();
  for (const measure of question.measures)
    for (const base of basesOf(measure)) {
      if (base.dataset === 'sends') checkSendDimensions(measure, question);
      bases.set(`${base.dataset} ${base.measure}`, base);
    }
  const common = {
    buckets: question.grain && bucketsOf(question.from, question.to, question.grain, question.calendar),
    from: question.from,
    to: question.to,
    maxGroups: MAX_GROUPS,
  };
  const plans: AggregatePlan[] = [];
  const ofActivities = [...bases.values()]
    .filter((base) => base.dataset === 'activities')
    .map((base) => base.measure)
    .filter((measure) => measure !== 'revenueMicros');
  if (ofActivities.length > 0)
    plans.push({
      dataset: 'activities',
      measures: ofActivities,
      dimensions: question.dimensions,
      filters: question.filters,
      includeBots: question.includeBots,
      ...common,
    });
  if (question.measures.includes('REVENUE'))
    plans.push({
      dataset: 'activities',
      measures: ['revenueMicros'],
      dimensions: revenueDimensions(question, isConverted),
      filters: question.filters,
      includeBots: question.includeBots,
      ...common,
      maxGroups: MAX_REVENUE_GROUPS,
    });
  const ofSends = [...bases.values()].filter((base) => base.dataset === 'sends').map((base) => base.measure);
  if (ofSends.length > 0)
    plans.push({
      dataset: 'sends',
      measures: ofSends,
      dimensions: question.dimensions as readonly SendDimension[],
      filters: question.filters as readonly DimensionFilter<SendDimension>[],
      opens: question.opens,
      asOf: question.asOf,
      ...common,
    });
  return plans;
}

/** The question's dimensions, then those that split revenue. */
function revenueDimensions({ dimensions }: MetricsQuestion, isConverted: boolean): MetricsDimension[] {
  const currency = dimensions.includes('currency') ? [] : ['currency' as const];
  return [...dimensions, ...currency, ...(isConverted ? ['utcDay' as const] : [])];
}

/** @throws DomainError for a period that is empty, or longer than any history */
function checkPeriod(from: number, to: number): void {
  if (from >= to) throw badInput("'from' must be before 'to'.", 'from');
  if (to - from > MAX_YEARS * 366 * 24 * 3_600_000)
    throw badInput(`A period has at most ${MAX_YEARS} years.`, 'from');
}

function checkSendDimensions(measure: Measure, question: MetricsQuestion): void {
  const isOfSends = (dimension: MetricsDimension) =>
    typeof dimension === 'string' && SEND_DIMENSIONS.has(dimension);
  const name = (dimension: MetricsDimension) =>
    typeof dimension === 'string'
      ? dimension.toUpperCase()
      : `attribute '${dimension.attribute.slice(0, 64)}'`;
  const wrong = question.dimensions.findIndex((dimension) => !isOfSends(dimension));
  const remedy =
    'E-mail measures can be told by CAMPAIGN and ASSET only; ask for the other measures in a query of their own.';
  if (wrong !== -1)
    throw badInput(
      `${measure} can't be told by ${name(question.dimensions[wrong] as MetricsDimension)}. ${remedy}`,
      `dimensions[${wrong}]`,
    );
  const filtered = question.filters.findIndex(({ dimension }) => !isOfSends(dimension));
  if (filtered !== -1)
    throw badInput(
      `${measure} can't be filtered by ${name(question.filters[filtered]?.dimension as MetricsDimension)}. ${remedy}`,
      `filter[${filtered}]`,
    );
}
