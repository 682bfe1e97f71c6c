import { badInput, DomainError } from '../../domain/errors.ts';
import { assertTenant } from '../../domain/tenant.ts';
import { isInHours, isUnique, selectDetails, selectHours, selectSize } from './druid-activities.ts';
import { type DruidConfig, type DruidRow, openDruid } from './druid-client.ts';
import { selectAssets, selectSends } from './druid-sends.ts';
import { SKETCH_RELATIVE_ERROR } from './druid-specs.ts';
import type { Scope } from './druid-sql.ts';
import { entryText } from './facts.ts';
import type { ActivityMetrics, AggregatePlan, AggregateResult, AggregateRow } from './port.ts';

/** Unique persons among so many activities are counted one by one, among more estimated. */
const COUNTED_ACTIVITIES = 500_000;

export type DruidMetrics = ActivityMetrics & { close(): Promise<void> };

/**
 * KPI aggregates on Druid. Sums, and all of e-mail, are exact. Unique persons are counted one by one where the
 * question is about few activities or about attributes, and else estimated from sketches.
 * @param options.countedActivities up to how many activities unique persons are exact
 */
export function createDruidMetrics(
  config: DruidConfig,
  options: { readonly countedActivities?: number } = {},
): DruidMetrics {
  const druid = openDruid(config);
  const counted = options.countedActivities ?? COUNTED_ACTIVITIES;
  const rowsOf = (query: object, signal: AbortSignal) => druid.sql(String(query), signal);

  const activities = async (
    scope: Scope,
    plan: ActivityPlan,
    signal: AbortSignal,
  ): Promise<{ rows: DruidRow[]; uniques: AggregateResult['uniques'] }> => {
    const exact = { exact: true } as const;
    const isEstimated =
      isInHours(plan) &&
      plan.measures.some(isUnique) &&
      Number((await rowsOf(selectSize(scope, plan), signal))[0]?.[0] ?? 0) > counted;
    if (isEstimated)
      return {
        rows: await rowsOf(selectHours(scope, plan), signal),
        uniques: { exact: false, relativeError: SKETCH_RELATIVE_ERROR },
      };
    const select = isInHours(plan) && !plan.measures.some(isUnique) ? selectHours : selectDetails;
    return { rows: await rowsOf(select(scope, plan), signal), uniques: exact };
  };

  return {
    async aggregate(tenant, plan, signal) {
      assertTenant(tenant);
      const scope: Scope = { prefix: config.prefix, tenant };
      if (plan.dataset === 'activities') {
        const { rows, uniques } = await activities(scope, plan, signal);
        const keyOf = (key: string | null, index: number) =>
          key !== null && typeof plan.dimensions[index] === 'object' ? entryText(key) : key;
        return { rows: answer(plan, rows, keyOf), uniques };
      }
      const [rows, assets] = await Promise.all([
        rowsOf(selectSends(scope, plan), signal),
        plan.dimensions.includes('asset') ? rowsOf(selectAssets(scope), signal) : [],
      ]);
      const names = new Map(assets.map(([code, asset]) => [String(code), String(asset)]));
      const keyOf = (key: string | null, index: number) =>
        plan.dimensions[index] === 'asset' ? (names.get(String(key)) ?? null) : key;
      return { rows: answer(plan, rows, keyOf), uniques: { exact: true } };
    },
    close: () => druid.close(),
  };
}

type ActivityPlan = Extract<AggregatePlan, { dataset: 'activities' }>;

/** The port's rows from Druid's, whose columns are the bucket (with a grain), the keys and the measures. */
function answer(
  plan: AggregatePlan,
  rows: readonly DruidRow[],
  keyOf: (key: string | null, index: number) => string | null,
): AggregateRow[] {
  if (rows.length > plan.maxGroups)
    throw badInput(
      `This gives more than ${plan.maxGroups} rows. Take a coarser grain, a shorter period, fewer dimensions, or filter.`,
      'query',
    );
  const first = plan.grain === null ? 0 : 1;
  const measures = first + plan.dimensions.length;
  return rows
    .map((row) => ({
      bucket: plan.grain === null ? null : Date.parse(String(row[0])),
      keys: row.slice(first, measures).map((key, index) => keyOf(key as string | null, index)),
      values: row.slice(measures).map(numberFrom),
    }))
    .filter(({ values }) => values.some((value) => value !== 0));
}

/** Sums over nothing are null. */
function numberFrom(value: DruidRow[number]): number {
  const number = Number(value ?? 0);
  if (Number.isSafeInteger(number)) return number;
  throw new DomainError('INTERNAL', 'A figure is greater than can be said exactly.');
}
