import type { ActivityMetrics, AggregateResult, Grain } from '../datasources/activity-metrics/port.ts';
import type { Tenant } from '../domain/tenant.ts';
import { bucketsOf } from './buckets.ts';
import { type BaseMeasure, type Measure, measureValue } from './model.ts';
import { type MetricsQuestion, plansFor } from './plan.ts';

export type MetricsRow = {
  /** Start of the bucket, epoch milliseconds; null without a grain. */
  readonly time: number | null;
  readonly keys: readonly (string | null)[];
  readonly values: ReadonlyMap<Measure, number | null>;
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
  /** Starts of the hours, days, weeks or months of a period, oldest first. @throws DomainError when they are too many */
  buckets(from: number, to: number, grain: Grain): readonly number[];
}

const HOUR_MS = 3_600_000;
const DEFAULT_PERIOD_MS = 30 * 24 * HOUR_MS;

/** @param now clock, epoch milliseconds */
export function createAnalytics(metrics: ActivityMetrics, now: () => number = Date.now): Analytics {
  return {
    buckets: bucketsOf,

    period(from, to) {
      // The end of the hour, not this millisecond: whole hours are what the roll-ups can answer.
      const end = to ?? (Math.floor(now() / HOUR_MS) + 1) * HOUR_MS;
      return { from: from ?? end - DEFAULT_PERIOD_MS, to: end };
    },

    async metrics(tenant, question, signal) {
      const plans = plansFor(question);
      const results = await Promise.all(plans.map((plan) => metrics.aggregate(tenant, plan, signal)));
      const groups = new Map<string, Group>();
      const groupOf = (time: number | null, keys: readonly (string | null)[]): Group => {
        const text = JSON.stringify([time, keys]);
        let group = groups.get(text);
        if (!group) groups.set(text, (group = { time, keys, base: new Map() }));
        return group;
      };
      if (question.dimensions.length === 0) for (const time of times(question)) groupOf(time, []);
      plans.forEach((plan, index) => {
        for (const row of results[index]?.rows ?? []) {
          const group = groupOf(row.bucket, row.keys);
          plan.measures.forEach((measure, place) =>
            group.base.set(`${plan.dataset} ${measure}`, row.values[place] ?? 0),
          );
        }
      });
      const rows = [...groups.values()].map((group) => finish(group, question.measures));
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
};

const times = (question: {
  readonly from: number;
  readonly to: number;
  readonly grain: Grain | null;
}): (number | null)[] =>
  question.grain === null ? [null] : bucketsOf(question.from, question.to, question.grain);

function finish(group: Group, measures: readonly Measure[]): MetricsRow {
  const base = (of: BaseMeasure) => group.base.get(`${of.dataset} ${of.measure}`) ?? 0;
  return {
    time: group.time,
    keys: group.keys,
    values: new Map(measures.map((measure) => [measure, measureValue(measure, base)])),
  };
}

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
