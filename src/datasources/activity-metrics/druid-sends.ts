import { C, F, L, SqlExpression, SqlFunction, SqlLiteral, type SqlQuery } from 'druid-query-toolkit';
import {
  bucketOf,
  count,
  EARLIEST,
  groupedBy,
  LATEST,
  type Named,
  over,
  passes,
  rowsOf,
  type Scope,
  selecting,
  sum,
} from './druid-sql.ts';
import { assetCode, SEND_ORDERS_PER_MS } from './facts.ts';
import type { AggregatePlan, SendCount, SendMeasure } from './port.ts';

type SendPlan = Extract<AggregatePlan, { dataset: 'sends' }>;

const max = (name: string) => F('COALESCE', SqlFunction.max(C(name)), 0);
const isOne = (name: string): SqlExpression => C(name).equal(1);
const orders = (time: number) => L(BigInt(time) * BigInt(SEND_ORDERS_PER_MS));

/**
 * One row for each person and campaign with a first "sent" in the period: `sentAt`, the asset's code, the evidence.
 * What became of a send counts whenever it happened, so that evidence is not bounded by the period.
 */
function sends(scope: Scope, plan: SendPlan): SqlQuery {
  const human = plan.includeBots ? '' : 'ByHuman';
  const ofCampaigns = plan.filters
    .filter(({ dimension }) => dimension === 'campaign')
    .map((filter) => passes(filter, C('campaign')));
  const rows = rowsOf(scope, 'sends', EARLIEST, LATEST).addWhere(SqlExpression.and(...ofCampaigns));
  const usesAsset = [...plan.dimensions, ...plan.filters.map(({ dimension }) => dimension)].includes('asset');
  const first = SqlFunction.min(C('sendOrder'));
  const columns: Named[] = [
    ['sendOrder', first],
    ...['delivered', 'hardBounced', 'softBounced'].map((name) => [name, max(name)] as const),
    ...['opened', 'clicked', 'unsubscribed'].map((name) => [name, max(name + human)] as const),
    ...(usesAsset ? [['asset', firstAsset()] as const] : []),
  ];
  const pairs = selecting(
    groupedBy(
      rows,
      ['campaign', 'lead'].map((name) => [name, C(name)]),
    ),
    columns,
  );
  const ofPeriod = pairs.changeHavingExpression(
    SqlExpression.and(first.greaterThanOrEqual(orders(plan.from)), first.lessThan(orders(plan.to))),
  );
  const ofAssets = plan.filters
    .filter(({ dimension }) => dimension === 'asset')
    .map((filter) =>
      passes({ ...filter, values: filter.values.map((value) => assetCode(value)) }, C('asset'), BigInt),
    );
  const query = over(ofPeriod);
  return ofAssets.length > 0 ? query.addWhere(SqlExpression.and(...ofAssets)) : query;
}

/** The code of the asset of the first "sent". */
const firstAsset = (): SqlExpression =>
  SqlFunction.simple(
    'EARLIEST_BY',
    [C('sendAsset'), F('MILLIS_TO_TIMESTAMP', C('sendOrder'))],
    C('sendOrder').isNotNull(),
  );

/** The outcome of each send as conditions over `sends`; the same rules as `sendOutcome`. */
function outcomes(): Readonly<Record<SendCount, SqlExpression>> {
  const opened = SqlExpression.or(isOne('opened'), isOne('clicked'), isOne('unsubscribed'));
  const notOpened = opened.not();
  const hard = isOne('hardBounced');
  const soft = isOne('softBounced');
  const delivered = isOne('delivered');
  const unbounced = SqlExpression.and(hard.not(), soft.not());
  return {
    sent: SqlLiteral.TRUE,
    opened,
    clicked: isOne('clicked'),
    unsubscribed: isOne('unsubscribed'),
    hardBounced: SqlExpression.and(notOpened, hard),
    softBounced: SqlExpression.and(notOpened, hard.not(), soft),
    delivered: SqlExpression.or(opened, SqlExpression.and(delivered, unbounced)),
    pending: SqlExpression.and(notOpened, unbounced, delivered.not()),
  };
}

const isUnique = (measure: SendMeasure): boolean => measure.startsWith('unique');
const countOf = (measure: SendMeasure): SendCount =>
  (isUnique(measure) ? measure.charAt(6).toLowerCase() + measure.slice(7) : measure) as SendCount;

/** Columns b (with a grain), d0 …, m0 …; an asset is its code as text. Everything exact. */
export function selectSends(scope: Scope, plan: SendPlan): SqlQuery {
  const conditions = outcomes();
  const sentAt = F('MILLIS_TO_TIMESTAMP', C('sendOrder').divide(L(SEND_ORDERS_PER_MS)));
  const groups: Named[] = [
    ...(plan.buckets === null ? [] : [['b', bucketOf(sentAt, plan.buckets)] as const]),
    ...plan.dimensions.map(
      (dimension, index) =>
        [`d${index}`, dimension === 'asset' ? C('asset').cast('VARCHAR') : C('campaign')] as const,
    ),
  ];
  const sendsOfPlan = sends(scope, plan);
  const measures = (measure: (name: SendMeasure) => SqlExpression): Named[] =>
    plan.measures.map((name, index) => [`m${index}`, measure(name)]);
  const limited = (query: SqlQuery) => query.changeLimitValue(plan.maxGroups + 1);
  if (!plan.measures.some(isUnique))
    return limited(
      selecting(
        groupedBy(sendsOfPlan, groups),
        measures((name) => count(conditions[countOf(name)])),
      ),
    );
  // Persons are counted once in a group, of however many campaigns they got e-mails there.
  const counts = [...new Set(plan.measures.map(countOf))];
  const byPerson = selecting(
    groupedBy(sendsOfPlan, [...groups, ['lead', C('lead')]]),
    counts.map((name) => [name, count(conditions[name])]),
  );
  return limited(
    selecting(
      groupedBy(
        over(byPerson),
        groups.map(([name]) => [name, C(name)]),
      ),
      measures((name) => (isUnique(name) ? count(C(countOf(name)).greaterThan(0)) : sum(C(name)))),
    ),
  );
}

/** The assets of a tenant's sends: columns code (text), asset. */
export const selectAssets = (scope: Scope): SqlQuery =>
  groupedBy(rowsOf(scope, 'sends', EARLIEST, LATEST).addWhere(C('asset').isNotNull()), [
    ['code', C('sendAsset').cast('VARCHAR')],
    ['asset', C('asset')],
  ]);
