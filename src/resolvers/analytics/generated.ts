// Written by `npm run codegen`; do not edit.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ShownCampaign } from '../../services/campaigns.ts';
import type { RequestContext } from '../context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A moment in UTC, ISO 8601, to the millisecond. */
  DateTime: { input: Date; output: Date | number; }
  _FieldSet: { input: unknown; output: unknown; }
};

/** A campaign: what activities belong to, and how it did. */
export type Campaign = Node & {
  __typename?: 'Campaign';
  /** Time of its earliest activity. */
  createdAt: Scalars['DateTime']['output'];
  /** The tenant's own id. */
  externalId: Scalars['String']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Its name; its id until a sender names it. */
  name: Scalars['String']['output'];
  /** How it did over a period. */
  performance?: Maybe<CampaignPerformance>;
};


/** A campaign: what activities belong to, and how it did. */
export type CampaignPerformanceArgs = {
  asOf?: InputMaybe<Scalars['DateTime']['input']>;
  from?: InputMaybe<Scalars['DateTime']['input']>;
  grain?: InputMaybe<Grain>;
  includeBots?: InputMaybe<Scalars['Boolean']['input']>;
  opens?: InputMaybe<Opens>;
  timeZone?: InputMaybe<Scalars['String']['input']>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
  weekStart?: InputMaybe<WeekDay>;
};

/** A page of campaigns. */
export type CampaignConnection = {
  __typename?: 'CampaignConnection';
  /** The campaigns with their cursors. */
  edges: Array<CampaignEdge>;
  /** The campaigns alone. */
  nodes: Array<Campaign>;
  /** Where this page stands. */
  pageInfo: PageInfo;
};

/** A campaign in a list. */
export type CampaignEdge = {
  __typename?: 'CampaignEdge';
  /** Opaque; valid for the same query of the same tenant. */
  cursor: Scalars['String']['output'];
  /** The campaign. */
  node: Campaign;
};

/** E-mail performance of one campaign. */
export type CampaignEmailPerformance = {
  __typename?: 'CampaignEmailPerformance';
  /** The campaign. */
  campaign: Campaign;
  /** Its figures. */
  performance: EmailPerformance;
};

/** How a campaign did over a period. */
export type CampaignPerformance = {
  __typename?: 'CampaignPerformance';
  /** Every activity of any type. */
  activities: Scalars['Float']['output'];
  /** When its e-mails without an outcome were looked at. */
  asOf: Scalars['DateTime']['output'];
  /** Activities of types that count as conversions. */
  conversions: Scalars['Float']['output'];
  /** The currency of `revenue`, ISO 4217; null when no sender named a currency. */
  currency?: Maybe<Scalars['String']['output']>;
  /** Its e-mails that were first sent in the period. */
  email: EmailPerformance;
  /** Start of the period. */
  from: Scalars['DateTime']['output'];
  /** Sum of the attribute `revenue` of conversions; null when it is in several currencies and can't be converted. */
  revenue?: Maybe<Scalars['Float']['output']>;
  /** Revenue as it was earned, in each currency. */
  revenueByCurrency: Array<Money>;
  /** `revenue` as an exact decimal. */
  revenueText?: Maybe<Scalars['String']['output']>;
  /** The same by `grain`, oldest first, empty periods included; empty without a grain. */
  series: Array<CampaignPerformancePoint>;
  /** End of the period, exclusive. */
  to: Scalars['DateTime']['output'];
  /** Views of pages. */
  visits: Scalars['Float']['output'];
  /** Figures that are missing, and the reasons. */
  warnings: Array<Warning>;
};

/** How a campaign did in one hour, day, week or longer. */
export type CampaignPerformancePoint = {
  __typename?: 'CampaignPerformancePoint';
  /** Every activity of any type. */
  activities: Scalars['Float']['output'];
  /** Activities of types that count as conversions. */
  conversions: Scalars['Float']['output'];
  /** The currency of `revenue`, ISO 4217; null when no sender named a currency. */
  currency?: Maybe<Scalars['String']['output']>;
  /** Its e-mails that were first sent then. */
  email: EmailPerformance;
  /** Sum of the attribute `revenue` of conversions; null when the campaign's is in several currencies and can't be converted. */
  revenue?: Maybe<Scalars['Float']['output']>;
  /** Revenue as it was earned, in each currency. */
  revenueByCurrency: Array<Money>;
  /** `revenue` as an exact decimal. */
  revenueText?: Maybe<Scalars['String']['output']>;
  /** When it begins. */
  time: Scalars['DateTime']['output'];
  /** Views of pages. */
  visits: Scalars['Float']['output'];
};

/** An earlier period of the same length. */
export type Comparison =
  /**
   * The period that ends at the start of this period, by the clocks of the zone. With a grain it begins a whole number of
   * grains earlier, so that both periods cover the same part of each grain.
   */
  | 'PREVIOUS_PERIOD'
  /** The same dates a year before. */
  | 'PREVIOUS_YEAR';

/** A field to count by. */
export type Dimension =
  /** The asset. For every measure. */
  | 'ASSET'
  /** The campaign, by its own id. For every measure. */
  | 'CAMPAIGN'
  /** The channel. For measures of activities. */
  | 'CHANNEL'
  /** The country. For measures of activities. */
  | 'COUNTRY'
  /** The currency of a conversion's revenue, ISO 4217. For measures of activities; each row's revenue is in its own. */
  | 'CURRENCY'
  /** The device. For measures of activities. */
  | 'DEVICE'
  /** How it came in. For measures of activities. */
  | 'SOURCE'
  /** The activity type. For measures of activities. */
  | 'TYPE';

/** A condition on a dimension: exactly one of `field` and `attribute`, and one of `in` and `notIn`. */
export type DimensionFilterInput = {
  /** An attribute, by name. */
  attribute?: InputMaybe<Scalars['String']['input']>;
  /** A field of activities; campaigns by their own id. */
  field?: InputMaybe<Dimension>;
  /** Keep these; null keeps data without a value. */
  in?: InputMaybe<Array<InputMaybe<Scalars['String']['input']>>>;
  /** Keep all but these. */
  notIn?: InputMaybe<Array<InputMaybe<Scalars['String']['input']>>>;
};

/**
 * A dimension: exactly one of a field and an attribute. Without `leads:pii` an attribute must be declared by
 * some type and personal in none. Only activities of the types that declare it are counted.
 */
export type DimensionInput =
  /** An attribute, by name. */
  { attribute: Scalars['String']['input']; field?: never; }
  |  /** A field of activities. */
  { attribute?: never; field: Dimension; };

/** The value of a dimension. */
export type DimensionValue = {
  __typename?: 'DimensionValue';
  /** The campaign, where the dimension is CAMPAIGN. */
  campaign?: Maybe<Campaign>;
  /** Name of the field in lower case, or of the attribute. */
  name: Scalars['String']['output'];
  /** The value; null for data without a value. */
  value?: Maybe<Scalars['String']['output']>;
};

/** The direction. */
export type Direction =
  /** Least first. */
  | 'ASC'
  /** Most first. */
  | 'DESC';

/**
 * E-mail figures by Marketo's rules. They count persons: a person with several e-mails of a campaign counts once in each
 * figure. `metrics` counts sends: one for each asset, campaign and person.
 *
 * A send is dated by the first time it was sent. Without a "sent" event its earliest other event dates it: delivery,
 * bounce, open, click, unsubscribe or complaint. Outcomes count whenever they happen. A send is exactly one of delivered,
 * hard bounced, soft bounced, pending or aborted. Any open, click, unsubscribe or complaint proves delivery and cancels a
 * bounce, even from a robot. Otherwise hard wins over soft, and both win over delivered. A click or an unsubscribe implies
 * an open. A click on a link to unsubscribe is an open, and no click.
 *
 * Events belong to the send with the same asset and campaign. `mailingId` replaces an asset that the sender does not name.
 * E-mails that name neither are one send for each person.
 */
export type EmailPerformance = {
  __typename?: 'EmailPerformance';
  /** Of those, with an e-mail without an outcome, sent three days before `asOf` or earlier. */
  aborted: Scalars['Int']['output'];
  /** (hardBounced + softBounced) / sent. */
  bounceRate?: Maybe<Scalars['Float']['output']>;
  /** clicked / delivered. */
  clickRate?: Maybe<Scalars['Float']['output']>;
  /** clicked / opened. */
  clickToOpenRate?: Maybe<Scalars['Float']['output']>;
  /** Of those, persons who clicked. */
  clicked: Scalars['Int']['output'];
  /** Of those, with a delivered e-mail. */
  delivered: Scalars['Int']['output'];
  /** delivered / sent; null when nothing was sent. */
  deliveryRate?: Maybe<Scalars['Float']['output']>;
  /** Of those, with an e-mail that was refused permanently. */
  hardBounced: Scalars['Int']['output'];
  /** Of those, persons who reported an e-mail as spam. */
  markedAsSpam: Scalars['Int']['output'];
  /** opened / delivered. */
  openRate?: Maybe<Scalars['Float']['output']>;
  /** Of those, persons who opened an e-mail. */
  opened: Scalars['Int']['output'];
  /** Of those, with an e-mail without an outcome, sent less than three days before `asOf`. */
  pending: Scalars['Int']['output'];
  /** Persons an e-mail of the campaign was sent to. */
  sent: Scalars['Int']['output'];
  /** Of those, with an e-mail that was refused temporarily. */
  softBounced: Scalars['Int']['output'];
  /** unsubscribed / delivered. */
  unsubscribeRate?: Maybe<Scalars['Float']['output']>;
  /** Of those, persons who unsubscribed. */
  unsubscribed: Scalars['Int']['output'];
};

/** E-mail performance of all campaigns asked for. */
export type EmailPerformanceReport = {
  __typename?: 'EmailPerformanceReport';
  /** When e-mails without an outcome were looked at. */
  asOf: Scalars['DateTime']['output'];
  /** One for each campaign with e-mails sent in the period, most sent first. */
  campaigns: Array<CampaignEmailPerformance>;
  /** Start of the period. */
  from: Scalars['DateTime']['output'];
  /** End of the period, exclusive. */
  to: Scalars['DateTime']['output'];
  /**
   * The campaigns' figures added up: a person in two campaigns counts twice. Without `campaignIds` also the persons with
   * e-mails of no campaign.
   */
  total: EmailPerformance;
};

/** Length of a part of time, by the clocks of a zone. A day has 23 or 25 hours where they change. */
export type Grain =
  /** A day. */
  | 'DAY'
  /** An hour. */
  | 'HOUR'
  /** A month. */
  | 'MONTH'
  /** A quarter: from January, April, July and October. */
  | 'QUARTER'
  /** A week, from its first day. */
  | 'WEEK'
  /** A year. */
  | 'YEAR';

/** A condition on a figure. */
export type HavingInput = {
  /** Greater than. */
  gt?: InputMaybe<Scalars['Float']['input']>;
  /** At least. */
  gte?: InputMaybe<Scalars['Float']['input']>;
  /** Less than. */
  lt?: InputMaybe<Scalars['Float']['input']>;
  /** At most. */
  lte?: InputMaybe<Scalars['Float']['input']>;
  /** One of the measures asked for. */
  measure: Measure;
};

/** Measures that can be counted. `UNIQUE_…` count persons, by the identity known when the activity was recorded. */
export type Measure =
  /** Of those, without an outcome, sent three days before `asOf` or earlier. */
  | 'ABORTED'
  /** Activities. */
  | 'ACTIVITIES'
  /** (HARD_BOUNCED + SOFT_BOUNCED) / SENT. */
  | 'BOUNCE_RATE'
  /** Of those, clicked. */
  | 'CLICKED'
  /** CLICKED / DELIVERED. */
  | 'CLICK_RATE'
  /** CLICKED / OPENED. */
  | 'CLICK_TO_OPEN_RATE'
  /** Activities of types that count as conversions. */
  | 'CONVERSIONS'
  /** Persons who converted, of those who viewed a page. */
  | 'CONVERSION_RATE'
  /** Of those, delivered. */
  | 'DELIVERED'
  /** DELIVERED / SENT. */
  | 'DELIVERY_RATE'
  /** Of those, refused for good. */
  | 'HARD_BOUNCED'
  /** Of those, reported as spam. */
  | 'MARKED_AS_SPAM'
  /** Of those, opened. */
  | 'OPENED'
  /** OPENED / DELIVERED. */
  | 'OPEN_RATE'
  /** Of those, without an outcome, sent less than three days before `asOf`. */
  | 'PENDING'
  /**
   * Sum of the attribute `revenue` of conversions, exact to a millionth. Where the installation has rates, it is converted
   * to the tenant's reporting currency by the rate of each activity's day (UTC). Otherwise it is in the only currency of
   * the answer. With several currencies it is null with a warning, unless CURRENCY is a dimension. Revenue without a
   * currency counts as the reporting currency, or else as a currency of its own.
   */
  | 'REVENUE'
  /** E-mails sent: asset, campaign and person once. See `EmailPerformance` for this and the next. */
  | 'SENT'
  /** Of those, refused for now. */
  | 'SOFT_BOUNCED'
  /** Persons with a send aborted. */
  | 'UNIQUE_ABORTED'
  /** Persons who clicked. */
  | 'UNIQUE_CLICKED'
  /** Persons who converted. */
  | 'UNIQUE_CONVERTERS'
  /** Persons something was delivered to. */
  | 'UNIQUE_DELIVERED'
  /** Persons with a hard bounce. */
  | 'UNIQUE_HARD_BOUNCED'
  /** Persons with an activity. */
  | 'UNIQUE_LEADS'
  /** Persons who reported one as spam. */
  | 'UNIQUE_MARKED_AS_SPAM'
  /** Persons who opened. */
  | 'UNIQUE_OPENED'
  /** Persons with a send pending. */
  | 'UNIQUE_PENDING'
  /** Persons something was sent to. */
  | 'UNIQUE_SENT'
  /** Persons with a soft bounce. */
  | 'UNIQUE_SOFT_BOUNCED'
  /** Persons who unsubscribed. */
  | 'UNIQUE_UNSUBSCRIBED'
  /** Persons who viewed a page. */
  | 'UNIQUE_VISITORS'
  /** Of those, unsubscribed. */
  | 'UNSUBSCRIBED'
  /** UNSUBSCRIBED / DELIVERED. */
  | 'UNSUBSCRIBE_RATE'
  /** Views of pages. */
  | 'VISITS';

/** A figure. */
export type MeasureValue = {
  __typename?: 'MeasureValue';
  /** Of REVENUE, what it is made of: as it was earned, in each currency. Null for other measures. */
  byCurrency?: Maybe<Array<Money>>;
  /** (value - previous) / previous, with `compare`; null when there was nothing before. */
  change?: Maybe<Scalars['Float']['output']>;
  /** Of REVENUE, its currency, ISO 4217; null when no sender named a currency. */
  currency?: Maybe<Scalars['String']['output']>;
  /** The measure. */
  measure: Measure;
  /** The same in the earlier period, with `compare`. */
  previous?: Maybe<Scalars['Float']['output']>;
  /** The value as an exact decimal; null for a rate. */
  text?: Maybe<Scalars['String']['output']>;
  /** How many; a rate without anything to divide by is null. */
  value?: Maybe<Scalars['Float']['output']>;
};

/** A question for figures. */
export type MetricsInput = {
  /** When e-mails without an outcome are looked at, for PENDING and ABORTED. Now when left out. */
  asOf?: InputMaybe<Scalars['DateTime']['input']>;
  /** Also the figures of an earlier period, and the change. */
  compare?: InputMaybe<Comparison>;
  /** Dimensions to split by, at most 4. */
  dimensions?: InputMaybe<Array<DimensionInput>>;
  /** Count only data that passes all of these. */
  filter?: InputMaybe<Array<DimensionFilterInput>>;
  /** Start of the period; 30 days before `to` when left out. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Also by time. */
  grain?: InputMaybe<Grain>;
  /** Only rows whose figures pass all of these. */
  having?: InputMaybe<Array<HavingInput>>;
  /** Whether activities of robots count in measures of activities. For measures of e-mails use `opens`. */
  includeBots?: InputMaybe<Scalars['Boolean']['input']>;
  /** How many rows, at most 10,000. */
  limit?: InputMaybe<Scalars['Int']['input']>;
  /** Measures to count, at most 20. */
  measures: Array<Measure>;
  /** The opens, clicks and unsubscribes that count in measures of e-mails. */
  opens?: InputMaybe<Opens>;
  /** Order of rows; by time, then by the first measure, most first, when left out. */
  order?: InputMaybe<Array<OrderInput>>;
  /** Zone whose days, weeks, months and longer are counted by: a name of the IANA database, such as `Europe/Berlin`. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** End of the period, exclusive; now when left out. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
  /** The first day of the week. */
  weekStart?: InputMaybe<WeekDay>;
};

/** The figures asked for. */
export type MetricsResult = {
  __typename?: 'MetricsResult';
  /** When e-mails without an outcome were looked at. */
  asOf: Scalars['DateTime']['output'];
  /** Start of the period. */
  from: Scalars['DateTime']['output'];
  /** One for each combination of time and dimensions in which something was counted. By time alone, empty periods are there too. */
  rows: Array<MetricsRow>;
  /** The zone that was counted by, as the IANA database calls it. */
  timeZone: Scalars['String']['output'];
  /** End of the period, exclusive. */
  to: Scalars['DateTime']['output'];
  /** How many rows there were before `limit`. */
  totalRows: Scalars['Int']['output'];
  /** Whether `UNIQUE_…` figures are exact; all others always are. */
  uniquesExact: Scalars['Boolean']['output'];
  /** How far estimated `UNIQUE_…` figures may be off, as a share (three standard errors: of a thousand estimates three are farther off); 0 where exact. */
  uniquesRelativeError: Scalars['Float']['output'];
  /** Figures that are missing, and the reasons. */
  warnings: Array<Warning>;
};

/** Figures of one combination of time and dimensions. */
export type MetricsRow = {
  __typename?: 'MetricsRow';
  /** In the order asked for. */
  dimensions: Array<DimensionValue>;
  /** When the hour, day, week or longer begins; null without a grain. */
  time?: Maybe<Scalars['DateTime']['output']>;
  /** The figure of one measure; null when the question does not ask for it or it is unknown. */
  value?: Maybe<Scalars['Float']['output']>;
  /** In the order asked for. */
  values: Array<MeasureValue>;
};


/** Figures of one combination of time and dimensions. */
export type MetricsRowValueArgs = {
  measure: Measure;
};

/** An amount of money. */
export type Money = {
  __typename?: 'Money';
  /** ISO 4217; null when no sender named a currency. */
  currency?: Maybe<Scalars['String']['output']>;
  /** The amount in units, as an exact decimal. */
  text: Scalars['String']['output'];
  /** The amount in units, as the nearest number. */
  value: Scalars['Float']['output'];
};

/** Anything with a global id. */
export type Node = {
  /** Opaque and unique among all types; pass it to `node` to get this object again. */
  id: Scalars['ID']['output'];
};

/** The opens, clicks and unsubscribes of e-mails that count; see `AgentKind`. The choice does not affect deliveries and bounces. */
export type Opens =
  /** All of them. */
  | 'ALL'
  /** Also without privacy proxies, which fetch pictures whether or not the person opens the e-mail. */
  | 'PEOPLE_ONLY'
  /** Without scanners and robots. A fetch by a mailbox's proxy counts as an open by its person. */
  | 'WITHOUT_SCANNERS';

/** The order of rows: by `measure`, by `dimension` (its place among the dimensions, from 0), or else by time. */
export type OrderInput = {
  /** Place of a dimension in `dimensions`, from 0. */
  dimension?: InputMaybe<Scalars['Int']['input']>;
  /** The direction. */
  direction?: InputMaybe<Direction>;
  /** One of the measures asked for. */
  measure?: InputMaybe<Measure>;
};

/** Where a page stands in its list. */
export type PageInfo = {
  __typename?: 'PageInfo';
  /** Cursor of the last edge: pass it as `after` for the next page. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether more follow; the next page is then not empty. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether this is not the first page. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of the first edge; null on an empty page. */
  startCursor?: Maybe<Scalars['String']['output']>;
};

/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type Query = {
  __typename?: 'Query';
  /** A campaign by global id or by the tenant's own id; exactly one of the two. Null when there is none. */
  campaign?: Maybe<Campaign>;
  /** The tenant's campaigns, by their own id. */
  campaigns?: Maybe<CampaignConnection>;
  /**
   * How e-mails did, for each campaign with e-mails sent in the period. Figures are of persons: see `EmailPerformance`.
   * `metrics` has the same by asset, and in sends.
   */
  emailPerformance?: Maybe<EmailPerformanceReport>;
  /** Any figures by any dimensions. */
  metrics?: Maybe<MetricsResult>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryCampaignArgs = {
  externalId?: InputMaybe<Scalars['String']['input']>;
  id?: InputMaybe<Scalars['ID']['input']>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryCampaignsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryEmailPerformanceArgs = {
  asOf?: InputMaybe<Scalars['DateTime']['input']>;
  campaignIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  from?: InputMaybe<Scalars['DateTime']['input']>;
  opens?: InputMaybe<Opens>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryMetricsArgs = {
  query: MetricsInput;
};

/** Why a figure is null. */
export type Warning = {
  __typename?: 'Warning';
  /** Stable, for programs. */
  code: WarningCode;
  /** For people: what to do about it. */
  message: Scalars['String']['output'];
};

/** Why a figure is null. */
export type WarningCode =
  /** For some day there is no exchange rate of a currency. */
  | 'MISSING_RATE'
  /** Revenue is in several currencies, and the tenant has no reporting currency. */
  | 'MIXED_CURRENCIES';

/** A day of the week. */
export type WeekDay =
  /** Friday. */
  | 'FRIDAY'
  /** Monday. */
  | 'MONDAY'
  /** Saturday. */
  | 'SATURDAY'
  /** Sunday. */
  | 'SUNDAY'
  /** Thursday. */
  | 'THURSDAY'
  /** Tuesday. */
  | 'TUESDAY'
  /** Wednesday. */
  | 'WEDNESDAY';



export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ReferenceResolver<TResult, TReference, TContext> = (
      reference: TReference,
      context: TContext,
      info: GraphQLResolveInfo
    ) => Promise<TResult> | TResult;

      type ScalarCheck<T, S> = S extends true ? T : NullableCheck<T, S>;
      type NullableCheck<T, S> = Maybe<T> extends T ? Maybe<ListCheck<NonNullable<T>, S>> : ListCheck<T, S>;
      type ListCheck<T, S> = T extends (infer U)[] ? NullableCheck<U, S>[] : GraphQLRecursivePick<T, S>;
      export type GraphQLRecursivePick<T, S> = { [K in keyof T & keyof S]: ScalarCheck<T[K], S[K]> };
    

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of federation types */
export type FederationTypes = {
  Campaign: Campaign;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Campaign:
    ( { __typename: 'Campaign' }
    & GraphQLRecursivePick<FederationTypes['Campaign'], {"id":true}> );
};


/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Node: ( ShownCampaign );
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Campaign: ResolverTypeWrapper<ShownCampaign>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CampaignConnection: ResolverTypeWrapper<Omit<CampaignConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['CampaignEdge']>, nodes: Array<ResolversTypes['Campaign']> }>;
  CampaignEdge: ResolverTypeWrapper<Omit<CampaignEdge, 'node'> & { node: ResolversTypes['Campaign'] }>;
  CampaignEmailPerformance: ResolverTypeWrapper<Omit<CampaignEmailPerformance, 'campaign'> & { campaign: ResolversTypes['Campaign'] }>;
  CampaignPerformance: ResolverTypeWrapper<CampaignPerformance>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  CampaignPerformancePoint: ResolverTypeWrapper<CampaignPerformancePoint>;
  Comparison: Comparison;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Dimension: Dimension;
  DimensionFilterInput: DimensionFilterInput;
  DimensionInput: DimensionInput;
  DimensionValue: ResolverTypeWrapper<Omit<DimensionValue, 'campaign'> & { campaign?: Maybe<ResolversTypes['Campaign']> }>;
  Direction: Direction;
  EmailPerformance: ResolverTypeWrapper<EmailPerformance>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  EmailPerformanceReport: ResolverTypeWrapper<Omit<EmailPerformanceReport, 'campaigns'> & { campaigns: Array<ResolversTypes['CampaignEmailPerformance']> }>;
  Grain: Grain;
  HavingInput: HavingInput;
  Measure: Measure;
  MeasureValue: ResolverTypeWrapper<MeasureValue>;
  MetricsInput: MetricsInput;
  MetricsResult: ResolverTypeWrapper<Omit<MetricsResult, 'rows'> & { rows: Array<ResolversTypes['MetricsRow']> }>;
  MetricsRow: ResolverTypeWrapper<Omit<MetricsRow, 'dimensions'> & { dimensions: Array<ResolversTypes['DimensionValue']> }>;
  Money: ResolverTypeWrapper<Money>;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  Opens: Opens;
  OrderInput: OrderInput;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Warning: ResolverTypeWrapper<Warning>;
  WarningCode: WarningCode;
  WeekDay: WeekDay;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Campaign: ShownCampaign;
  String: Scalars['String']['output'];
  ID: Scalars['ID']['output'];
  Boolean: Scalars['Boolean']['output'];
  CampaignConnection: Omit<CampaignConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['CampaignEdge']>, nodes: Array<ResolversParentTypes['Campaign']> };
  CampaignEdge: Omit<CampaignEdge, 'node'> & { node: ResolversParentTypes['Campaign'] };
  CampaignEmailPerformance: Omit<CampaignEmailPerformance, 'campaign'> & { campaign: ResolversParentTypes['Campaign'] };
  CampaignPerformance: CampaignPerformance;
  Float: Scalars['Float']['output'];
  CampaignPerformancePoint: CampaignPerformancePoint;
  DateTime: Scalars['DateTime']['output'];
  DimensionFilterInput: DimensionFilterInput;
  DimensionInput: DimensionInput;
  DimensionValue: Omit<DimensionValue, 'campaign'> & { campaign?: Maybe<ResolversParentTypes['Campaign']> };
  EmailPerformance: EmailPerformance;
  Int: Scalars['Int']['output'];
  EmailPerformanceReport: Omit<EmailPerformanceReport, 'campaigns'> & { campaigns: Array<ResolversParentTypes['CampaignEmailPerformance']> };
  HavingInput: HavingInput;
  MeasureValue: MeasureValue;
  MetricsInput: MetricsInput;
  MetricsResult: Omit<MetricsResult, 'rows'> & { rows: Array<ResolversParentTypes['MetricsRow']> };
  MetricsRow: Omit<MetricsRow, 'dimensions'> & { dimensions: Array<ResolversParentTypes['DimensionValue']> };
  Money: Money;
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  OrderInput: OrderInput;
  PageInfo: PageInfo;
  Query: Record<PropertyKey, never>;
  Warning: Warning;
};

export type CampaignResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Campaign'] = ResolversParentTypes['Campaign'], FederationReferenceType extends FederationReferenceTypes['Campaign'] = FederationReferenceTypes['Campaign']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Campaign']> | FederationReferenceType, FederationReferenceType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  externalId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  performance?: Resolver<Maybe<ResolversTypes['CampaignPerformance']>, ParentType, ContextType, RequireFields<CampaignPerformanceArgs, 'includeBots' | 'opens' | 'timeZone' | 'weekStart'>>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CampaignConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignConnection'] = ResolversParentTypes['CampaignConnection']> = {
  edges?: Resolver<Array<ResolversTypes['CampaignEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Campaign']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type CampaignEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignEdge'] = ResolversParentTypes['CampaignEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Campaign'], ParentType, ContextType>;
};

export type CampaignEmailPerformanceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignEmailPerformance'] = ResolversParentTypes['CampaignEmailPerformance']> = {
  campaign?: Resolver<ResolversTypes['Campaign'], ParentType, ContextType>;
  performance?: Resolver<ResolversTypes['EmailPerformance'], ParentType, ContextType>;
};

export type CampaignPerformanceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignPerformance'] = ResolversParentTypes['CampaignPerformance']> = {
  activities?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  asOf?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  conversions?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  currency?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  email?: Resolver<ResolversTypes['EmailPerformance'], ParentType, ContextType>;
  from?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  revenue?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  revenueByCurrency?: Resolver<Array<ResolversTypes['Money']>, ParentType, ContextType>;
  revenueText?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  series?: Resolver<Array<ResolversTypes['CampaignPerformancePoint']>, ParentType, ContextType>;
  to?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  visits?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  warnings?: Resolver<Array<ResolversTypes['Warning']>, ParentType, ContextType>;
};

export type CampaignPerformancePointResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignPerformancePoint'] = ResolversParentTypes['CampaignPerformancePoint']> = {
  activities?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  conversions?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  currency?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  email?: Resolver<ResolversTypes['EmailPerformance'], ParentType, ContextType>;
  revenue?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  revenueByCurrency?: Resolver<Array<ResolversTypes['Money']>, ParentType, ContextType>;
  revenueText?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  time?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  visits?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DimensionValueResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DimensionValue'] = ResolversParentTypes['DimensionValue']> = {
  campaign?: Resolver<Maybe<ResolversTypes['Campaign']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type EmailPerformanceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['EmailPerformance'] = ResolversParentTypes['EmailPerformance']> = {
  aborted?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  bounceRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  clickRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  clickToOpenRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  clicked?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  delivered?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  deliveryRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  hardBounced?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  markedAsSpam?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  openRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  opened?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pending?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sent?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  softBounced?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unsubscribeRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  unsubscribed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type EmailPerformanceReportResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['EmailPerformanceReport'] = ResolversParentTypes['EmailPerformanceReport']> = {
  asOf?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  campaigns?: Resolver<Array<ResolversTypes['CampaignEmailPerformance']>, ParentType, ContextType>;
  from?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['EmailPerformance'], ParentType, ContextType>;
};

export type MeasureValueResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['MeasureValue'] = ResolversParentTypes['MeasureValue']> = {
  byCurrency?: Resolver<Maybe<Array<ResolversTypes['Money']>>, ParentType, ContextType>;
  change?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  currency?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  measure?: Resolver<ResolversTypes['Measure'], ParentType, ContextType>;
  previous?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  text?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type MetricsResultResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['MetricsResult'] = ResolversParentTypes['MetricsResult']> = {
  asOf?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  from?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  rows?: Resolver<Array<ResolversTypes['MetricsRow']>, ParentType, ContextType>;
  timeZone?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  totalRows?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  uniquesExact?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  uniquesRelativeError?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  warnings?: Resolver<Array<ResolversTypes['Warning']>, ParentType, ContextType>;
};

export type MetricsRowResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['MetricsRow'] = ResolversParentTypes['MetricsRow']> = {
  dimensions?: Resolver<Array<ResolversTypes['DimensionValue']>, ParentType, ContextType>;
  time?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType, RequireFields<MetricsRowValueArgs, 'measure'>>;
  values?: Resolver<Array<ResolversTypes['MeasureValue']>, ParentType, ContextType>;
};

export type MoneyResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Money'] = ResolversParentTypes['Money']> = {
  currency?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type NodeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Campaign', ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  campaign?: Resolver<Maybe<ResolversTypes['Campaign']>, ParentType, ContextType, Partial<QueryCampaignArgs>>;
  campaigns?: Resolver<Maybe<ResolversTypes['CampaignConnection']>, ParentType, ContextType, RequireFields<QueryCampaignsArgs, 'first'>>;
  emailPerformance?: Resolver<Maybe<ResolversTypes['EmailPerformanceReport']>, ParentType, ContextType, RequireFields<QueryEmailPerformanceArgs, 'opens'>>;
  metrics?: Resolver<Maybe<ResolversTypes['MetricsResult']>, ParentType, ContextType, RequireFields<QueryMetricsArgs, 'query'>>;
};

export type WarningResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Warning'] = ResolversParentTypes['Warning']> = {
  code?: Resolver<ResolversTypes['WarningCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  Campaign?: CampaignResolvers<ContextType>;
  CampaignConnection?: CampaignConnectionResolvers<ContextType>;
  CampaignEdge?: CampaignEdgeResolvers<ContextType>;
  CampaignEmailPerformance?: CampaignEmailPerformanceResolvers<ContextType>;
  CampaignPerformance?: CampaignPerformanceResolvers<ContextType>;
  CampaignPerformancePoint?: CampaignPerformancePointResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DimensionValue?: DimensionValueResolvers<ContextType>;
  EmailPerformance?: EmailPerformanceResolvers<ContextType>;
  EmailPerformanceReport?: EmailPerformanceReportResolvers<ContextType>;
  MeasureValue?: MeasureValueResolvers<ContextType>;
  MetricsResult?: MetricsResultResolvers<ContextType>;
  MetricsRow?: MetricsRowResolvers<ContextType>;
  Money?: MoneyResolvers<ContextType>;
  Node?: NodeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Warning?: WarningResolvers<ContextType>;
};

