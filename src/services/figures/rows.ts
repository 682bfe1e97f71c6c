import type {
  ActivityMetrics,
  AggregatePlan,
  AggregateResult,
} from '../../datasources/activity-metrics/port.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { bucketsOf } from '../../domain/time/buckets.ts';
import type { Exchange } from './exchange.ts';
import { type Measure, measureValue } from './model.ts';
import { type MetricsQuestion, plansFor } from './plan.ts';
import { areMixed, besideOthers, NO_REVENUE, type Revenue, RevenueSum, unitsOf } from './revenue.ts';

export type MetricsRow = {
  /** Start of the bucket, epoch milliseconds; null without a grain. */
  readonly time: number | null;
  readonly keys: readonly (string | null)[];
  readonly values: ReadonlyMap<Measure, number | null>;
  /** The parts of REVENUE. */
  readonly revenue: Revenue;
};
export type MetricsAnswer = {
  readonly rows: readonly MetricsRow[];
  /** Relative error of unique figures (three standard errors); 0 where they are exact. */
  readonly uniquesRelativeError: number;
};

/**
 * The semantic layer: questions in the terms of the business, answered from any metrics store. All rows, by time and then
 * by the first measure, most first. Without dimensions empty buckets are there too.
 */
export type ReadRows = (
  tenant: Tenant,
  question: MetricsQuestion,
  signal: AbortSignal,
) => Promise<MetricsAnswer>;

/** @param exchange by which revenue is converted */
export const createReadRows =
  (metrics: ActivityMetrics, exchange: Exchange): ReadRows =>
  async (tenant, question, signal) => {
    // By currency, each row is told in its own.
    const reporting = question.dimensions.includes('currency') ? null : exchange.reportingCurrency(tenant.id);
    const plans = plansFor(question, reporting !== null);
    const results = await Promise.all(plans.map((plan) => metrics.aggregate(tenant, plan, signal)));
    const groups = new Groups(question);
    plans.forEach((plan, index) => {
      const rows = results[index]?.rows ?? [];
      if (plan.measures[0] === 'revenueMicros') groups.addRevenue(plan, rows, reporting, exchange);
      else groups.add(plan, rows);
    });
    const rows = groups.rows(reporting);
    return {
      rows: rows.sort(byTimeThenFirst(question.measures[0])),
      uniquesRelativeError: errorOf(results),
    };
  };

/** Starts of the parts of a period, oldest first; none without a grain. @throws DomainError when they are too many */
export const startsOf = ({
  from,
  to,
  grain,
  calendar,
}: Pick<MetricsQuestion, 'from' | 'to' | 'grain' | 'calendar'>): readonly number[] =>
  grain === null ? [] : bucketsOf(from, to, grain, calendar).starts;

type Group = {
  readonly time: number | null;
  readonly keys: readonly (string | null)[];
  readonly base: Map<string, number>;
  revenue: RevenueSum | null;
};

/** The rows of an answer while they are put together from those of several plans. */
class Groups {
  readonly #question: MetricsQuestion;
  readonly #groups = new Map<string, Group>();

  constructor(question: MetricsQuestion) {
    this.#question = question;
    if (question.dimensions.length === 0) for (const time of times(question)) this.#at(time, []);
  }

  #at(time: number | null, found: readonly (string | null)[]): Group {
    const { showKey } = this.#question;
    const keys = showKey ? found.map((key) => (key === null ? null : showKey(key))) : found;
    const text = JSON.stringify([time, keys]);
    let group = this.#groups.get(text);
    if (!group) this.#groups.set(text, (group = { time, keys, base: new Map(), revenue: null }));
    return group;
  }

  add(plan: AggregatePlan, rows: AggregateResult['rows']): void {
    for (const row of rows) {
      const group = this.#at(row.bucket, row.keys);
      plan.measures.forEach((measure, place) => {
        const name = `${plan.dataset} ${measure}`;
        group.base.set(name, (group.base.get(name) ?? 0) + Number(row.values[place] ?? 0));
      });
    }
  }

  /** The plan's dimensions are the question's, then those that split revenue. */
  addRevenue(
    plan: AggregatePlan,
    rows: AggregateResult['rows'],
    reporting: string | null,
    exchange: Exchange,
  ): void {
    const dimensions: readonly unknown[] = plan.dimensions;
    const [currencyAt, dayAt] = [dimensions.indexOf('currency'), dimensions.indexOf('utcDay')];
    for (const { bucket, keys, values } of rows) {
      const group = this.#at(bucket, keys.slice(0, this.#question.dimensions.length));
      group.revenue ??= new RevenueSum();
      const amount = { currency: keys[currencyAt] ?? null, micros: BigInt(values[0] ?? 0) };
      if (reporting === null) group.revenue.add(amount.currency, amount.micros);
      else group.revenue.addConverted(amount, Number(keys[dayAt]), reporting, exchange);
    }
  }

  rows(reporting: string | null): MetricsRow[] {
    const { measures, dimensions, oneCurrency } = this.#question;
    const found = [...this.#groups.values()].map((group) => ({
      ...group,
      revenue: group.revenue?.result(reporting) ?? NO_REVENUE,
    }));
    const answerOf = (keys: Group['keys']) => (oneCurrency === 'by campaign' ? (keys[0] ?? null) : '');
    const mixed = new Set(
      [...Map.groupBy(found, ({ keys }) => answerOf(keys))].flatMap(([answer, rows]) =>
        areMixed(rows.map(({ revenue }) => revenue)) ? [answer] : [],
      ),
    );
    return found.map(({ time, keys, base, revenue: own }) => {
      const isOfMany = !dimensions.includes('currency') && mixed.has(answerOf(keys));
      const revenue = isOfMany ? besideOthers(own) : own;
      const value = (measure: Measure) =>
        measure === 'REVENUE'
          ? revenue.total && unitsOf(revenue.total)
          : measureValue(measure, (of) => base.get(`${of.dataset} ${of.measure}`) ?? 0);
      return { time, keys, values: new Map(measures.map((measure) => [measure, value(measure)])), revenue };
    });
  }
}

const times = (question: MetricsQuestion): readonly (number | null)[] =>
  question.grain === null ? [null] : startsOf(question);

const byTimeThenFirst =
  (measure: Measure | undefined) =>
  (a: MetricsRow, b: MetricsRow): number =>
    (a.time ?? 0) - (b.time ?? 0) ||
    (measure ? (b.values.get(measure) ?? -1) - (a.values.get(measure) ?? -1) : 0) ||
    byKeys(a.keys, b.keys);

/** By value, those without one last. */
export function byKeys(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (const [index, key] of a.entries()) {
    const other = b[index] ?? null;
    if (key === other) continue;
    if (key === null || other === null) return key === null ? 1 : -1;
    return key < other ? -1 : 1;
  }
  return 0;
}

const errorOf = (results: readonly AggregateResult[]): number =>
  Math.max(0, ...results.map(({ uniques }) => (uniques.exact ? 0 : uniques.relativeError)));
