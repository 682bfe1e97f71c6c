import {
  C,
  F,
  L,
  SqlCase,
  SqlExpression,
  SqlFunction,
  SqlLiteral,
  SqlQuery,
  SqlStar,
  T,
} from 'druid-query-toolkit';
import { VISIT_TYPE } from '../../../domain/activity-types.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { type Buckets, type Grain, weekOrigin } from '../../../domain/time/buckets.ts';
import type { Offset } from '../../../domain/time/time-zones.ts';
import type { DimensionFilter } from '../port.ts';
import type { DataSource } from './specs.ts';

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

/** A query as the source of another query. */
export const over = (query: SqlQuery): SqlQuery => SqlQuery.from(query.as('q'));

const PERIODS = {
  HOUR: 'PT1H',
  DAY: 'P1D',
  WEEK: 'P1W',
  MONTH: 'P1M',
  QUARTER: 'P3M',
  YEAR: 'P1Y',
} as const satisfies Record<Grain, string>;

/** The label (`labelAt`) of the bucket that a time lies in, as a timestamp. Druid's own time zones are not asked. */
export function bucketOf(time: SqlExpression, { grain, calendar, shifts }: Buckets): SqlExpression {
  const shift = shiftAt(time, shifts);
  const origin = grain === 'WEEK' ? L(new Date(weekOrigin(calendar.weekStart))) : SqlLiteral.NULL;
  const floor = (local: SqlExpression) => F('TIME_FLOOR', local, PERIODS[grain], origin, 'UTC');
  if (shift === null) return floor(time);
  const moved = (of: SqlExpression, by: SqlExpression) =>
    F('MILLIS_TO_TIMESTAMP', F('TIMESTAMP_TO_MILLIS', of).add(by));
  const label = floor(moved(time, shift));
  return grain === 'HOUR' ? moved(label, shift.multiply(L(-1))) : label;
}

/** The shift at a time, in milliseconds; null where it is always 0. */
function shiftAt(time: SqlExpression, shifts: readonly Offset[]): SqlExpression | null {
  const [{ offset: first } = { offset: 0 }, ...later] = shifts;
  if (later.length === 0) return first === 0 ? null : L(first);
  const last = later.at(-1)?.offset ?? first;
  return SqlCase.ifThenElse(
    time.lessThan(L(new Date(later[0]?.since ?? 0))),
    L(first),
    later.length === 1
      ? L(last)
      : (shiftAt(time, [{ since: 0, offset: later[0]?.offset ?? 0 }, ...later.slice(1)]) ?? L(0)),
  );
}

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
