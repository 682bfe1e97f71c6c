import type {
  ActivityMetrics,
  AggregatePlan,
  AggregateResult,
} from '../../datasources/activity-metrics/port.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { bucketsOf } from '../../domain/time/buckets.ts';
import { type Exchange, noExchange } from './exchange.ts';
import { type Measure, measureValue } from './model.ts';
import { type MetricsQuestion, plansFor } from './plan.ts';
import { areMixed, besideOthers, NO_REVENUE, type Revenue, RevenueSum, unitsOf } from './revenue.ts';

export type MetricsRow = {
  /** Start of the bucket, epoch milliseconds; null without a grain. */
  readonly time: number | null;
  readonly keys: readonly (string | null)[];
  readonly values: ReadonlyMap<Measure, number | null>;
  /** What REVENUE is made of. */
  readonly revenue: Revenue;
};
type MetricsAnswer = {
  readonly rows: readonly MetricsRow[];
  /** Relative error of unique figures (three standard errors); 0 where they are exact. */
  readonly uniquesRelativeError: number;
};

/** The semantic layer: questions in the terms of the business, answered from any metrics store. */
export interface Analytics {
  /** All rows, by time and then by the first measure, most first. Without dimensions empty buckets are there too. */
  metrics(tenant: Tenant, question: MetricsQuestion, signal: AbortSignal): Promise<MetricsAnswer>;
  /** The period a caller means: `to` is the end of the current hour and `from` 30 days before `to` when left out. */
  period(from: number | null, to: number | null): { readonly from: number; readonly to: number };
  /** Starts of the parts of a period, oldest first; none without a grain. @throws DomainError when they are too many */
  buckets(period: Pick<MetricsQuestion, 'from' | 'to' | 'grain' | 'calendar'>): readonly number[];
  /** The time that a question is of, where its caller names none: the start of the current minute. Epoch milliseconds. */
  asOf(said: number | null): number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DEFAULT_PERIOD_MS = 30 * 24 * HOUR_MS;

/**
 * @param exchange by which revenue is converted
 * @param now clock, epoch milliseconds
 */
export function createAnalytics(
  metrics: ActivityMetrics,
  exchange: Exchange = noExchange,
  now: () => number = Date.now,
): Analytics {
  return {
    buckets: startsOf,

    period(from, to) {
      // The end of the hour, not this millisecond: whole hours are what the roll-ups can answer.
      const end = to ?? (Math.floor(now() / HOUR_MS) + 1) * HOUR_MS;
      return { from: from ?? end - DEFAULT_PERIOD_MS, to: end };
    },

    // Whole minutes: what is asked in one request by several fields is asked together.
    asOf: (said) => said ?? Math.floor(now() / MINUTE_MS) * MINUTE_MS,

    async metrics(tenant, question, signal) {
      // By currency, each row is told in its own.
      const reporting = question.dimensions.includes('currency')
        ? null
        : exchange.reportingCurrency(tenant.id);
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
    },
  };
}

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

  /** The plan's dimensions are the question's, then what revenue is told apart by. */
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

const startsOf: Analytics['buckets'] = ({ from, to, grain, calendar }) =>
  grain === null ? [] : bucketsOf(from, to, grain, calendar).starts;

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
