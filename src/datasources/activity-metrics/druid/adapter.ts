import type { SqlQuery } from 'druid-query-toolkit';
import { assertTenant, type Tenant } from '../../../domain/tenant.ts';
import { labelAt } from '../../../domain/time/buckets.ts';
import { badInput, DomainError } from '../../../lib/errors.ts';
import type { KafkaConfig } from '../../activity-log/kafka/config.ts';
import { entryText } from '../facts.ts';
import type { ActivityMetrics, AggregatePlan, AggregateResult, AggregateRow } from '../port.ts';
import { figuresFrom, isInHours, isUnique, selectDetails, selectHours, selectSize } from './activities.ts';
import { type DruidClient, type DruidConfig, type DruidRow, openDruid, type QueryWeight } from './client.ts';
import { createGate, type Gate } from './gate.ts';
import type { Period } from './observer.ts';
import { selectSends } from './sends.ts';
import { createShares } from './shares.ts';
import { DATA_SOURCES, type DataSource, SKETCH_RELATIVE_ERROR } from './specs.ts';
import { EARLIEST, LATEST, type Scope } from './sql.ts';
import { topicEnds } from './topic.ts';

/**
 * Queries of this process at a time, all in all and of one tenant. Heavy queries are as many as the broker's lane
 * admits; its other places are for several processes.
 */
const PLACES = { light: [24, 16], heavy: [4, 2] } as const satisfies Record<
  QueryWeight,
  readonly [number, number]
>;
/** Unique persons among so many activities are counted one by one, among more estimated. */
const COUNTED_ACTIVITIES = 500_000;

export type DruidMetricsConfig = DruidConfig & {
  /** Where the topic is that Druid reads: after a restart it must have read all of it again. */
  readonly kafka: KafkaConfig;
  /** Up to how many activities unique persons are counted one by one; 500,000 unless given. */
  readonly countedActivities?: number;
};

export type DruidMetrics = ActivityMetrics & {
  /** Rows of a query over all times, whose answer is of everything. @throws DomainError as `aggregate` */
  all(source: DataSource, tenant: Tenant, query: SqlQuery, signal: AbortSignal): Promise<DruidRow[]>;
  /** Resolves when figures are available: some seconds after the start. @throws DomainError the signal's reason */
  untilAvailable(signal: AbortSignal): Promise<void>;
  /** Why figures are unavailable, by data source, for logs; empty while they are available. */
  disturbances(): ReadonlyMap<DataSource, string>;
  close(): Promise<void>;
};

/**
 * KPI aggregates on Druid. Sums, and all of e-mail, are exact. Unique persons are counted one by one where the
 * question is about few activities or about attributes, and else estimated from sketches.
 *
 * After a restart Druid answers from a part of its data for a while: then calls fail with `BACKEND_UNAVAILABLE`.
 */
export function createDruidMetrics(config: DruidMetricsConfig): DruidMetrics {
  const druid = openDruid(config);
  const counted = config.countedActivities ?? COUNTED_ACTIVITIES;
  const ends = () => topicEnds(config.kafka);
  const gateOf = (source: DataSource): Gate => createGate(druid, config.prefix, source, ends);
  const gates = { hours: gateOf('hours'), details: gateOf('details'), emails: gateOf('emails') };
  const { rowsOf, activities } = createQuestions(druid, gates, counted);
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
      const rows = await rowsOf('emails', scope, selectSends(scope, plan), ALWAYS, signal);
      return { rows: answer(plan, rows, (key) => key), uniques: { exact: true } };
    },
    all: (source, tenant, query, signal) => {
      assertTenant(tenant);
      return rowsOf(source, { prefix: config.prefix, tenant }, query, ALWAYS, signal);
    },
    async untilAvailable(signal) {
      await Promise.all(DATA_SOURCES.map((source) => gates[source].untilComplete(signal)));
    },
    disturbances: () =>
      new Map(
        DATA_SOURCES.flatMap((source) => {
          const reason = gates[source].reason();
          return reason === null ? [] : [[source, reason] as const];
        }),
      ),
    async close() {
      for (const source of DATA_SOURCES) gates[source].close();
      await druid.close();
    },
  };
}

/** Outcomes of a send count whenever they happen. */
const ALWAYS: Period = { from: EARLIEST, to: LATEST };

type ActivityPlan = Extract<AggregatePlan, { dataset: 'activities' }>;

/** The rows of Druid for a plan, asked in this process's share of it. */
function createQuestions(druid: DruidClient, gates: Readonly<Record<DataSource, Gate>>, counted: number) {
  const shares = { light: createShares(...PLACES.light), heavy: createShares(...PLACES.heavy) };
  const ask = (
    { tenant }: Scope,
    query: SqlQuery,
    weight: QueryWeight,
    signal: AbortSignal,
  ): Promise<DruidRow[]> =>
    shares[weight].run(tenant.id, () => druid.sql(String(query), weight, signal), signal);
  const rowsOf = (
    source: DataSource,
    scope: Scope,
    query: SqlQuery,
    period: Period,
    signal: AbortSignal,
  ): Promise<DruidRow[]> =>
    gates[source].whileComplete(
      (own) => ask(scope, query, source === 'hours' ? 'light' : 'heavy', own),
      period,
      signal,
    );

  /** Decides only how to ask, so that an answer of a part does no harm. */
  const sizeOf = async (scope: Scope, plan: ActivityPlan, signal: AbortSignal): Promise<number> =>
    Number(
      (
        await gates.hours.whileThere((own) => ask(scope, selectSize(scope, plan), 'light', own), signal)
      )[0]?.[0] ?? 0,
    );

  const activities = async (
    scope: Scope,
    plan: ActivityPlan,
    signal: AbortSignal,
  ): Promise<{ rows: DruidRow[]; uniques: AggregateResult['uniques'] }> => {
    const exact = { exact: true } as const;
    const isEstimated =
      isInHours(plan) && plan.measures.some(isUnique) && (await sizeOf(scope, plan, signal)) > counted;
    if (isEstimated)
      return {
        rows: await rowsOf('hours', scope, selectHours(scope, plan), plan, signal),
        uniques: { exact: false, relativeError: SKETCH_RELATIVE_ERROR },
      };
    const rows =
      isInHours(plan) && !plan.measures.some(isUnique)
        ? await rowsOf('hours', scope, selectHours(scope, plan), plan, signal)
        : await rowsOf('details', scope, selectDetails(scope, plan), plan, signal);
    return { rows, uniques: exact };
  };

  return { rowsOf, activities };
}

/** The port's rows from Druid's, whose columns are the bucket (with a grain), the keys and the measures. */
function answer(
  plan: AggregatePlan,
  rows: readonly DruidRow[],
  keyOf: (key: string | null, index: number) => string | null,
): AggregateRow[] {
  if (rows.length > plan.maxGroups)
    throw badInput(
      `This gives more than ${plan.maxGroups} rows. Take a coarser grain, a shorter period, fewer dimensions, or filter.`,
      '',
    );
  const { buckets } = plan;
  const first = buckets === null ? 0 : 1;
  const starts = new Map(buckets?.starts.map((start) => [labelAt(buckets, start), start]));
  const measures = first + plan.dimensions.length;
  return rows
    .map((row) => ({
      bucket: buckets === null ? null : bucketFrom(starts, row[0]),
      keys: row.slice(first, measures).map((key, index) => keyOf(key as string | null, index)),
      values: figuresFrom(plan, row.slice(measures)),
    }))
    .filter(({ values }) => values.some((value) => Number(value) !== 0));
}

/** The start of a bucket by its label. */
function bucketFrom(starts: ReadonlyMap<number, number>, label: DruidRow[number] | undefined): number {
  const start = starts.get(Date.parse(String(label)));
  if (start !== undefined) return start;
  throw new DomainError('INTERNAL', 'A figure is of no part of the period.');
}
