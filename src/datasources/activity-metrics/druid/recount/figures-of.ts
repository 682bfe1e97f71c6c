import { C, L, SqlExpression, SqlQuery, T } from 'druid-query-toolkit';
import { OPENS, type Opens } from '../../../../domain/agent-kind.ts';
import type { Tenant } from '../../../../domain/tenant.ts';
import type { ActivityMeasure, AggregatePlan, SendMeasure } from '../../port.ts';
import { figuresFrom, selectDetails, selectHours } from '../activities.ts';
import type { DruidClient, DruidRow } from '../client.ts';
import type { Period } from '../observer.ts';
import { selectSends } from '../sends.ts';
import type { DataSource } from '../specs.ts';

/** Figures by name: the data source, the measure, and which activities count, as `emails/opened/PEOPLE_ONLY`. */
export type Figures = ReadonlyMap<string, bigint>;

const SUMS = ['activities', 'visits', 'conversions', 'revenueMicros'] as const;
/** Of `hours` there are only estimates of persons. */
const MEASURES: Readonly<Record<'hours' | 'details', readonly ActivityMeasure[]>> = {
  hours: SUMS,
  details: [...SUMS, 'uniqueLeads', 'uniqueVisitors', 'uniqueConverters'],
};
const OUTCOMES = [
  'sent',
  'delivered',
  'hardBounced',
  'softBounced',
  'pending',
  'aborted',
  'markedAsSpam',
] as const;
const ACTIONS = ['opened', 'clicked', 'unsubscribed'] as const;
const withPersons = (names: readonly (typeof OUTCOMES | typeof ACTIONS)[number][]): SendMeasure[] =>
  names.flatMap((name) => [name, `unique${name.charAt(0).toUpperCase()}${name.slice(1)}` as SendMeasure]);

const ALL = { dimensions: [], filters: [], buckets: null, maxGroups: 1 } as const;

type Asked = { readonly source: DataSource; readonly variant: string; readonly plan: AggregatePlan };

function asked(period: Period, asOf: number): Asked[] {
  const sends = (opens: Opens, measures: readonly SendMeasure[], variant: string): Asked => ({
    source: 'emails',
    variant,
    plan: { dataset: 'sends', opens, asOf, measures, ...ALL, ...period },
  });
  return [
    ...(['hours', 'details'] as const).flatMap((source) =>
      [true, false].map((includeBots): Asked => {
        const plan = {
          dataset: 'activities',
          includeBots,
          measures: MEASURES[source],
          ...ALL,
          ...period,
        } as const;
        return { source, variant: includeBots ? '' : '/withoutBots', plan };
      }),
    ),
    sends('ALL', withPersons(OUTCOMES), ''),
    ...OPENS.map((opens) => sends(opens, withPersons(ACTIONS), `/${opens}`)),
  ];
}

/**
 * Every figure of a period, from each data source that has it.
 * @param asOf see `AggregatePlan`
 * @throws DomainError `BACKEND_UNAVAILABLE` while Druid answers from a part of its data
 */
export async function figuresOf(
  {
    all,
  }: {
    /** Rows of a query over all times, whose answer is of everything. */
    all(source: DataSource, tenant: Tenant, query: SqlQuery, signal: AbortSignal): Promise<DruidRow[]>;
  },
  scope: { readonly prefix: string; readonly tenant: Tenant },
  period: Period,
  asOf: number,
  signal: AbortSignal,
): Promise<Figures> {
  const figures = new Map<string, bigint>();
  for (const { source, variant, plan } of asked(period, asOf)) {
    const query =
      plan.dataset === 'sends'
        ? selectSends(scope, plan)
        : source === 'hours'
          ? selectHours(scope, plan)
          : selectDetails(scope, plan);
    const [row = []] = await all(source, scope.tenant, query, signal);
    const values = figuresFrom(plan, row);
    for (const [index, measure] of plan.measures.entries())
      figures.set(`${source}/${measure}${variant}`, BigInt(values[index] ?? 0));
  }
  return figures;
}

/** The tenants with anything of a period in Druid, or with sends of any time. */
export async function tenantsOf(
  druid: DruidClient,
  prefix: string,
  period: Period,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const time = C('__time');
  const ofPeriod = SqlExpression.and(
    time.greaterThanOrEqual(L(new Date(period.from))),
    time.lessThan(L(new Date(period.to))),
  );
  const found = new Set<string>();
  for (const source of ['hours', 'details', 'emails'] as const) {
    const rows = SqlQuery.from(T(prefix + source)).addSelect(C('tenant'), { addToGroupBy: 'end' });
    const query = source === 'emails' ? rows : rows.changeWhereExpression(ofPeriod);
    for (const [tenant] of await druid.sql(String(query), 'heavy', signal)) found.add(String(tenant));
  }
  return [...found];
}
