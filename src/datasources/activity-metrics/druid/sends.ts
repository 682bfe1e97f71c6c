import { C, F, L, SqlExpression, SqlFunction, SqlLiteral, type SqlQuery } from 'druid-query-toolkit';
import { EVIDENCE_SUFFIX, PENDING_MS } from '../../../domain/email/outcomes.ts';
import { type AggregatePlan, countOf, isOfPersons, type SendCount, type SendMeasure } from '../port.ts';
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
} from './sql.ts';

type SendPlan = Extract<AggregatePlan, { dataset: 'sends' }>;

const isOne = (name: string): SqlExpression => C(name).equal(1);

/** The column of an action by the choice of `Opens`. */
const counting = ({ opens }: SendPlan, action: 'opened' | 'clicked' | 'unsubscribed'): string =>
  `${action}${EVIDENCE_SUFFIX[opens]}`;

/**
 * One row for each send of the period: `sentAt`, the evidence. Outcomes count whenever they happen, so the period does
 * not bound evidence.
 */
function sends(scope: Scope, plan: SendPlan): SqlQuery {
  const rows = rowsOf(scope, 'emails', EARLIEST, LATEST).addWhere(
    SqlExpression.and(...plan.filters.map((filter) => passes(filter, C(filter.dimension)))),
  );
  const sentAt = F('COALESCE', SqlFunction.min(C('sentAt')), SqlFunction.min(C('signAt')));
  const actions = (['opened', 'clicked', 'unsubscribed'] as const).flatMap((action) => [
    action,
    counting(plan, action),
  ]);
  const evidence = new Set(['delivered', 'hardBounced', 'softBounced', 'markedAsSpam', ...actions]);
  const bySend = selecting(
    groupedBy(
      rows,
      ['campaign', 'asset', 'lead'].map((name) => [name, C(name)]),
    ),
    [
      ['sentAt', sentAt],
      ...[...evidence].map((name) => [name, F('COALESCE', SqlFunction.max(C(name)), 0)] as const),
    ],
  );
  return over(
    bySend.changeHavingExpression(
      SqlExpression.and(sentAt.greaterThanOrEqual(L(plan.from)), sentAt.lessThan(L(plan.to))),
    ),
  );
}

/** The outcome of each send as conditions over `sends`; the same rules as `sendOutcome`. */
function outcomes(plan: SendPlan): Readonly<Record<SendCount, SqlExpression>> {
  const [clicked, unsubscribed] = [isOne(counting(plan, 'clicked')), isOne(counting(plan, 'unsubscribed'))];
  const isIn = SqlExpression.or(...['opened', 'clicked', 'unsubscribed', 'markedAsSpam'].map(isOne));
  const hard = isOne('hardBounced');
  const soft = isOne('softBounced');
  const delivered = isOne('delivered');
  const unbounced = SqlExpression.and(hard.not(), soft.not());
  const unknown = SqlExpression.and(isIn.not(), unbounced, delivered.not());
  const isOld = C('sentAt').lessThanOrEqual(L(plan.asOf - PENDING_MS));
  return {
    sent: SqlLiteral.TRUE,
    opened: SqlExpression.or(isOne(counting(plan, 'opened')), clicked, unsubscribed),
    clicked,
    unsubscribed,
    markedAsSpam: isOne('markedAsSpam'),
    hardBounced: SqlExpression.and(isIn.not(), hard),
    softBounced: SqlExpression.and(isIn.not(), hard.not(), soft),
    delivered: SqlExpression.or(isIn, SqlExpression.and(delivered, unbounced)),
    pending: SqlExpression.and(unknown, isOld.not()),
    aborted: SqlExpression.and(unknown, isOld),
  };
}

/** Columns b (with a grain), d0 …, m0 …. Everything exact. */
export function selectSends(scope: Scope, plan: SendPlan): SqlQuery {
  const conditions = outcomes(plan);
  const sentAt = F('MILLIS_TO_TIMESTAMP', C('sentAt'));
  const groups: Named[] = [
    ...(plan.buckets === null ? [] : [['b', bucketOf(sentAt, plan.buckets)] as const]),
    ...plan.dimensions.map((dimension, index) => [`d${index}`, C(dimension)] as const),
  ];
  const sendsOfPlan = sends(scope, plan);
  const measures = (measure: (name: SendMeasure) => SqlExpression): Named[] =>
    plan.measures.map((name, index) => [`m${index}`, measure(name)]);
  const limited = (query: SqlQuery) => query.changeLimitValue(plan.maxGroups + 1);
  if (!plan.measures.some(isOfPersons))
    return limited(
      selecting(
        groupedBy(sendsOfPlan, groups),
        measures((name) => count(conditions[countOf(name)])),
      ),
    );
  // Persons are counted once in a group, of however many sends.
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
      measures((name) => (isOfPersons(name) ? count(C(countOf(name)).greaterThan(0)) : sum(C(name)))),
    ),
  );
}
