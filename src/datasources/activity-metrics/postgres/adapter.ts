import { STANDARD_TYPES, VISIT_TYPE } from '../../../domain/activity-types.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { assertTenant } from '../../../domain/tenant.ts';
import { areWholeHours, DAY_MS, HOUR_MS } from '../../../domain/time/buckets.ts';
import { badInput } from '../../../lib/errors.ts';
import type { Db } from '../../db/db.ts';
import { Parameters } from '../../db/sql.ts';
import { EXPORT_START, type PersonalData } from '../../personal-data.ts';
import type { ActivityMeasure, ActivityMetrics, AggregatePlan, AggregateRow } from '../port.ts';
import { CURRENCY_SQL, MICROS_SQL } from './schema.ts';
import { bucket, condition, type Select } from './select.ts';
import { selectSends } from './sends.ts';

const CONVERSION_TYPES = STANDARD_TYPES.filter((type) => type.conversion).map((type) => type.name);

/**
 * KPI aggregates on PostgreSQL or PGlite. The hourly roll-up answers the questions that it can. Persons, attributes and
 * ranges that cut an hour are counted from the activities themselves. E-mail figures come from `email_sends` always.
 * Everything is exact.
 * @param options.rollups false: never use the hourly roll-up, for tests that compare both ways
 */
export function createPostgresMetrics(
  db: Db,
  options: { readonly rollups: boolean } = { rollups: true },
): ActivityMetrics & Pick<PersonalData, 'export'> {
  return {
    async aggregate(tenant, plan, signal) {
      assertTenant(tenant);
      const parameters = new Parameters();
      const tenantId = parameters.bind(tenant.id);
      const select =
        plan.dataset === 'sends'
          ? selectSends(plan, parameters, tenantId)
          : options.rollups && isCovered(plan)
            ? selectRollup(plan, parameters, tenantId)
            : selectActivities(plan, parameters, tenantId);
      const groups = [...plan.dimensions.keys()].map((index) => index + 2);
      const text = `SELECT ${[select.bucket, ...select.dimensions, ...select.measures].join(', ')}
        FROM ${select.from} WHERE ${select.where.join(' AND ')}
        GROUP BY ${[1, ...groups].join(', ')} LIMIT ${parameters.bind(plan.maxGroups + 1)}`;
      const rows = await db.query(text, parameters.values, { signal });
      if (rows.length > plan.maxGroups)
        throw badInput(
          `This gives more than ${plan.maxGroups} rows. Take a coarser grain, a shorter period, fewer dimensions, or filter.`,
          '',
        );
      return {
        rows: rows
          .map((row) => rowFrom(plan, row))
          .filter((row) => row.values.some((value) => Number(value) !== 0)),
        uniques: { exact: true },
      };
    },

    async *export(tenant, leads, after, signal) {
      assertTenant(tenant);
      if (after !== EXPORT_START) return;
      const rows = await db.query<{ readonly send: JsonObject }>(
        `SELECT to_jsonb(s) - 'tenant_id' AS send FROM email_sends s
         WHERE tenant_id = $1 AND lead_key = ANY($2) ORDER BY sent_at, campaign, asset`,
        [tenant.id, leads],
        { signal },
      );
      yield { records: rows.map(({ send }) => ({ kind: 'send', data: send })), next: 'sends' };
    },
  };
}

type ActivityPlan = Extract<AggregatePlan, { dataset: 'activities' }>;

const rowFrom = (plan: AggregatePlan, row: Readonly<Record<string, unknown>>): AggregateRow => ({
  bucket: plan.buckets?.starts[(row['b'] as number) - 1] ?? null,
  keys: plan.dimensions.map((_, index) => row[`d${index}`] as string | null),
  values: plan.measures.map((measure, index) =>
    measure === 'revenueMicros' ? BigInt(row[`m${index}`] as string) : (row[`m${index}`] as number),
  ),
});

const isUnique = (measure: ActivityMeasure): boolean => measure.startsWith('unique');

/** Whether the hourly roll-up holds all that the plan asks for. */
const isCovered = (plan: ActivityPlan): boolean =>
  !plan.measures.some(isUnique) &&
  plan.dimensions.every((dimension) => typeof dimension === 'string') &&
  plan.filters.every((filter) => typeof filter.dimension === 'string') &&
  areWholeHours(plan.buckets) &&
  plan.from % HOUR_MS === 0 &&
  plan.to % HOUR_MS === 0;

function selectRollup(plan: ActivityPlan, parameters: Parameters, tenantId: string): Select {
  const column = (dimension: ActivityPlan['dimensions'][number]) =>
    dimension === 'type' || dimension === 'channel' || dimension === 'source'
      ? dimension
      : dimension === 'utcDay'
        ? utcDay('hour')
        : `nullif(${String(dimension)}, '')`;
  const measure = (name: ActivityMeasure): string => {
    switch (name) {
      case 'activities':
        return 'sum(activities)::int8';
      case 'visits':
        return `coalesce(sum(activities) FILTER (WHERE type = ${parameters.bind(VISIT_TYPE)}), 0)::int8`;
      case 'conversions':
        return 'sum(conversions)::int8';
      case 'revenueMicros':
        return 'sum(revenue_micros)::text';
      default:
        throw new Error(`the roll-up holds no ${name}`);
    }
  };
  return {
    bucket: bucket('hour', plan, parameters),
    dimensions: plan.dimensions.map((dimension, index) => `${column(dimension)} AS d${index}`),
    measures: plan.measures.map((name, index) => `${measure(name)} AS m${index}`),
    from: 'metrics_hourly',
    where: [
      `tenant_id = ${tenantId}`,
      `hour >= ${parameters.bind(plan.from)} AND hour < ${parameters.bind(plan.to)}`,
      ...(plan.includeBots ? [] : ['NOT is_bot']),
      ...plan.filters.map((filter) => condition(filter, column(filter.dimension), parameters)),
    ],
  };
}

const utcDay = (column: string): string => `(${column} / ${DAY_MS})::text`;

const COLUMNS = {
  campaign: 'campaign_id',
  asset: 'asset_id',
  channel: 'channel',
  type: 'type',
  country: 'country',
  device: 'device',
  source: 'source',
  utcDay: utcDay('occurred_at'),
} as const;

function selectActivities(plan: ActivityPlan, parameters: Parameters, tenantId: string): Select {
  const column = (dimension: ActivityPlan['dimensions'][number]) =>
    dimension === 'currency'
      ? `CASE WHEN ${isConversion()} THEN ${CURRENCY_SQL} END`
      : typeof dimension === 'string'
        ? COLUMNS[dimension]
        : `(attributes ->> ${parameters.bind(dimension.attribute)}::text)`;
  const isVisit = () => `type = ${parameters.bind(VISIT_TYPE)}`;
  const isConversion = () =>
    `(type = ANY(${parameters.bind(CONVERSION_TYPES)}::text[]) OR type IN (
       SELECT name FROM activity_types WHERE tenant_id = ${tenantId} AND (definition ->> 'conversion')::boolean))`;
  const measure = (name: ActivityMeasure): string => {
    switch (name) {
      case 'activities':
        return 'count(*)';
      case 'visits':
        return `count(*) FILTER (WHERE ${isVisit()})`;
      case 'conversions':
        return `count(*) FILTER (WHERE ${isConversion()})`;
      case 'revenueMicros':
        return `coalesce(sum(${MICROS_SQL}) FILTER (WHERE ${isConversion()}), 0)::text`;
      case 'uniqueLeads':
        return 'count(DISTINCT lead_key)';
      case 'uniqueVisitors':
        return `count(DISTINCT lead_key) FILTER (WHERE ${isVisit()})`;
      case 'uniqueConverters':
        return `count(DISTINCT lead_key) FILTER (WHERE ${isConversion()})`;
      default:
        return name satisfies never;
    }
  };
  return {
    bucket: bucket('occurred_at', plan, parameters),
    dimensions: plan.dimensions.map((dimension, index) => `${column(dimension)} AS d${index}`),
    measures: plan.measures.map((name, index) => `${measure(name)} AS m${index}`),
    from: 'activities',
    where: [
      `tenant_id = ${tenantId}`,
      `occurred_at >= ${parameters.bind(plan.from)} AND occurred_at < ${parameters.bind(plan.to)}`,
      ...(plan.includeBots ? [] : ['NOT is_bot']),
      ...plan.filters.map((filter) => condition(filter, column(filter.dimension), parameters)),
    ],
  };
}
