import { C, F, L, SqlExpression, SqlFunction, SqlLiteral, SqlQuery, SqlStar, T } from 'druid-query-toolkit';
import { VISIT_TYPE } from '../../domain/activity-types.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { DataSource } from './druid-specs.ts';
import type { DimensionFilter, Grain } from './port.ts';

export type Scope = { readonly prefix: string; readonly tenant: Tenant };

/** No activity is older: the earliest time that is let in. */
export const EARLIEST = Date.UTC(2000, 0, 1);
/** Nor is any later than this for as long as this program is used. */
export const LATEST = Date.UTC(2100, 0, 1);

/** Rows of one data source in `[from, to)`, epoch milliseconds. All queries begin here, so none sees another tenant. */
export function rowsOf(scope: Scope, source: DataSource, from: number, to: number): SqlQuery {
  const time = C('__time');
  return SqlQuery.from(T(scope.prefix + source)).changeWhereExpression(
    SqlExpression.and(
      C('tenant').equal(scope.tenant.id),
      time.greaterThanOrEqual(L(new Date(Math.max(from, EARLIEST)))),
      time.lessThan(L(new Date(Math.min(to, LATEST)))),
    ),
  );
}

/** Adds what groups rows: named columns, by which the query is grouped too. */
export const groupedBy = (query: SqlQuery, columns: readonly Named[]): SqlQuery =>
  columns.reduce((sum, [name, value]) => sum.addSelect(value.as(name), { addToGroupBy: 'end' }), query);

/** Adds columns that are aggregates. */
export const selecting = (query: SqlQuery, columns: readonly Named[]): SqlQuery =>
  columns.reduce((sum, [name, value]) => sum.addSelect(value.as(name)), query);

export type Named = readonly [name: string, value: SqlExpression];

/** A query as the source of another one. */
export const over = (query: SqlQuery): SqlQuery => SqlQuery.from(query.as('q'));

const PERIODS = { HOUR: 'PT1H', DAY: 'P1D', WEEK: 'P1W', MONTH: 'P1M' } as const satisfies Record<
  Grain,
  string
>;

/** Start of the bucket of a time, in UTC; weeks start on Monday, as ISO 8601 has them. */
export const bucketOf = (time: SqlExpression, grain: Grain): SqlExpression =>
  F('TIME_FLOOR', time, PERIODS[grain], SqlLiteral.NULL, 'UTC');

/** Whether `column` passes the filter; columns are null where nothing is known. */
export function passes<D>(
  filter: DimensionFilter<D>,
  column: SqlExpression,
  coded: (value: string) => string | bigint = (value) => value,
): SqlExpression {
  const values = filter.values.filter((value) => value !== null).map(coded);
  const hasNull = values.length < filter.values.length;
  if (!filter.negate)
    return SqlExpression.or(
      values.length > 0 ? column.in(values) : SqlLiteral.FALSE,
      hasNull ? column.isNull() : undefined,
    );
  const isOther = values.length > 0 ? column.notIn(values) : SqlLiteral.TRUE;
  return hasNull ? column.isNotNull().and(isOther) : column.isNull().or(isOther);
}

export const count = (where?: SqlExpression): SqlExpression =>
  SqlFunction.decorated('COUNT', undefined, [SqlStar.PLAIN], where);

export const sum = (value: SqlExpression, where?: SqlExpression): SqlExpression =>
  SqlFunction.simple('SUM', [value], where);

export const isVisit = (): SqlExpression => C('type').equal(VISIT_TYPE);
export const isTrue = (column: string): SqlExpression => C(column).equal('true');
