import type { Opens } from '../../domain/agent-kind.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Buckets } from '../../domain/time/buckets.ts';

/** Measures over activities, dated by when they occurred. */
export type ActivityMeasure =
  | 'activities'
  | 'visits'
  | 'conversions'
  /** Sum of the attribute `revenue` of conversions, in millionths of a unit, exact: a bigint. */
  | 'revenueMicros'
  | 'uniqueLeads'
  | 'uniqueVisitors'
  | 'uniqueConverters';

/**
 * Measures over e-mail sends. One send is one asset, campaign and person (see `mailOf`). Its first "sent" event dates
 * it, or else its earliest event. `sendOutcome` judges it. Measures `unique…` count persons instead of sends.
 */
export type SendMeasure = SendCount | `unique${Capitalize<SendCount>}`;
export type SendCount =
  | 'sent'
  | 'delivered'
  | 'hardBounced'
  | 'softBounced'
  | 'pending'
  | 'aborted'
  | 'opened'
  | 'clicked'
  | 'unsubscribed'
  | 'markedAsSpam';

export type ActivityDimension =
  | 'campaign'
  | 'asset'
  | 'channel'
  | 'type'
  | 'country'
  | 'device'
  | 'source'
  /** Of a conversion's revenue; see `currencyOf`. */
  | 'currency'
  /** The day in UTC, as days since 1970 in decimal: what exchange rates go by. */
  | 'utcDay';
export type SendDimension = 'campaign' | 'asset';
export type AttributeDimension = { readonly attribute: string };

/** Keep only data with one of `values` in `dimension` (null: where it is unknown). All conditions hold. */
export type DimensionFilter<D> = {
  readonly dimension: D;
  readonly values: readonly (string | null)[];
  /** Keep everything but the values instead. */
  readonly negate: boolean;
};

type Common<M, D> = {
  readonly measures: readonly M[];
  readonly dimensions: readonly D[];
  readonly filters: readonly DimensionFilter<D>[];
  /** Parts of the period to tell apart. Null: none. */
  readonly buckets: Buckets | null;
  /** Epoch milliseconds, `from` inclusive, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  /** More groups than this are a `BAD_USER_INPUT`, never a cut-off answer. */
  readonly maxGroups: number;
};

export type AggregatePlan =
  | ({
      readonly dataset: 'activities';
      readonly includeBots: boolean;
    } & Common<ActivityMeasure, ActivityDimension | AttributeDimension>)
  | ({
      readonly dataset: 'sends';
      /** The opens, clicks and unsubscribes that count. */
      readonly opens: Opens;
      /** Sends without an outcome three days before this are aborted, not pending; epoch milliseconds. */
      readonly asOf: number;
    } & Common<SendMeasure, SendDimension>);

/** Counts are numbers, amounts of money bigints. */
export type Figure = number | bigint;

export type AggregateRow = {
  /** Start of the bucket, epoch milliseconds; null without buckets. */
  readonly bucket: number | null;
  /** In the order of `dimensions`; attribute values as text. */
  readonly keys: readonly (string | null)[];
  /** In the order of `measures`. */
  readonly values: readonly Figure[];
};

export type AggregateResult = {
  readonly rows: readonly AggregateRow[];
  /** Of the unique measures; the others are always exact. */
  readonly uniques: { readonly exact: true } | { readonly exact: false; readonly relativeError: number };
};

/** The count behind a measure of sends or of persons. */
export const countOf = (measure: SendMeasure): SendCount =>
  (isOfPersons(measure) ? measure.charAt(6).toLowerCase() + measure.slice(7) : measure) as SendCount;
/** Whether a measure of sends counts persons. */
export const isOfPersons = (measure: SendMeasure): boolean => measure.startsWith('unique');

/** KPI aggregates. Groups in which nothing was counted are absent. */
export interface ActivityMetrics {
  aggregate(tenant: Tenant, plan: AggregatePlan, signal: AbortSignal): Promise<AggregateResult>;
}
