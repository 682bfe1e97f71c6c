// Written by `npm run codegen`; do not edit.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { SearchConnection, SearchEdge } from './connection.ts';
import type { Reference } from '../reference.ts';
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
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown; }
  _FieldSet: { input: unknown; output: unknown; }
};

/** Something a person did, or that was done to reach the person. It never changes. */
export type Activity = {
  __typename?: 'Activity';
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** Conditions on activities. All fields that are set must hold. At most 100 conditions in 10 levels. */
export type ActivityFilter = {
  /** Each of these must hold. */
  and?: InputMaybe<Array<ActivityFilter>>;
  /** The asset it is about. */
  assetId?: InputMaybe<KeywordCondition>;
  /** A condition on one attribute. */
  attribute?: InputMaybe<AttributeCondition>;
  /** Global id of the campaign. */
  campaignId?: InputMaybe<IdCondition>;
  /** The sender's channel, or the derived channel: see `Activity.channel`. */
  channel?: InputMaybe<KeywordCondition>;
  /** ISO 3166-1 alpha-2, upper case. */
  country?: InputMaybe<KeywordCondition>;
  /** `desktop`, `mobile`, `tablet` or `tv`. */
  device?: InputMaybe<KeywordCondition>;
  /** Whether a robot did it. */
  isBot?: InputMaybe<Scalars['Boolean']['input']>;
  /** Global id of the lead; activities under ids that were linked to it are included. */
  leadId?: InputMaybe<IdCondition>;
  /** The sender's id of the message. */
  messageId?: InputMaybe<KeywordCondition>;
  /** This must not hold. */
  not?: InputMaybe<ActivityFilter>;
  /** When it happened. */
  occurredAt?: InputMaybe<TimeRange>;
  /** At least one of these must hold. */
  or?: InputMaybe<Array<ActivityFilter>>;
  /** When it arrived here. */
  receivedAt?: InputMaybe<TimeRange>;
  /** How it came in. */
  source?: InputMaybe<KeywordCondition>;
  /** Name of the activity type, for example `Open Email`. */
  type?: InputMaybe<KeywordCondition>;
};

/** A page of found activities. */
export type ActivitySearchConnection = {
  __typename?: 'ActivitySearchConnection';
  /** The activities with cursor, score and highlights. */
  edges: Array<ActivitySearchEdge>;
  /** The counts asked for, in the order of the argument. */
  facets: Array<Facet>;
  /** The activities alone; null where one is no longer kept and more than its `id` is asked for. */
  nodes: Array<Maybe<Activity>>;
  /** Where this page stands. */
  pageInfo: PageInfo;
  /** How many match in all; counted only when asked for. */
  total: SearchTotal;
};


/** A page of found activities. */
export type ActivitySearchConnectionTotalArgs = {
  exact?: InputMaybe<Scalars['Boolean']['input']>;
};

/** A found activity. */
export type ActivitySearchEdge = {
  __typename?: 'ActivitySearchEdge';
  /** Opaque; valid for the same query of the same tenant. */
  cursor: Scalars['String']['output'];
  /** Where the words of the query stand. */
  highlights: Array<Highlight>;
  /** The activity; null where it is no longer kept and more than its `id` is asked for. */
  node?: Maybe<Activity>;
  /** How well it matches, in this query only: 0 where it is not ranked (other orders, see `ActivitySort`), 1 without a query. */
  score: Scalars['Float']['output'];
};

/** The order of found activities. */
export type ActivitySort =
  /** Newest first, by `occurredAt`. */
  | 'NEWEST'
  /** Oldest first, by `occurredAt`. */
  | 'OLDEST'
  /**
   * Best match first, then newest. Of more than 5,000 matches the newest 5,000 are ranked; the others follow,
   * newest first, with score 0.
   */
  | 'RELEVANCE';

/** A condition on an attribute: the name, and exactly one test (the bounds together are one). */
export type AttributeCondition = {
  /** Is this string, number or boolean. 1 and "1" differ. */
  eq?: InputMaybe<Scalars['JSON']['input']>;
  /** Whether there is a value; null is none. */
  exists?: InputMaybe<Scalars['Boolean']['input']>;
  /** Is a number greater than this. */
  gt?: InputMaybe<Scalars['Float']['input']>;
  /** Is a number of at least this. */
  gte?: InputMaybe<Scalars['Float']['input']>;
  /** Is one of these strings, numbers or booleans, at most 1,000. */
  in?: InputMaybe<Array<Scalars['JSON']['input']>>;
  /** Is a number less than this. */
  lt?: InputMaybe<Scalars['Float']['input']>;
  /** Is a number of at most this. */
  lte?: InputMaybe<Scalars['Float']['input']>;
  /** Its key in `attributes`. */
  name: Scalars['String']['input'];
  /** Is a string that begins with this, in the same letter case. */
  startsWith?: InputMaybe<Scalars['String']['input']>;
};

/** A campaign: what activities belong to, and how it did. */
export type Campaign = {
  __typename?: 'Campaign';
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** Counts by value. */
export type Facet = {
  __typename?: 'Facet';
  /** How many activities have no value, or a value that the caller may not see. */
  missingCount: Scalars['Int']['output'];
  /** The name asked for. */
  name: Scalars['String']['output'];
  /** How many activities have a value beyond `limit`, or lie before the first time span. */
  otherCount: Scalars['Int']['output'];
  /** Most first; time spans by time. */
  values: Array<FacetValue>;
};

/** A field to count by. */
export type FacetField =
  /** The asset. */
  | 'ASSET'
  /** Global id of the campaign. */
  | 'CAMPAIGN'
  /** The channel. */
  | 'CHANNEL'
  /** The country. */
  | 'COUNTRY'
  /** The kind of device. */
  | 'DEVICE'
  /** How it came in. */
  | 'SOURCE'
  /** Name of the activity type. */
  | 'TYPE';

/** A facet: exactly one of `field`, `attribute` and `time`. */
export type FacetInput = {
  /** An attribute, by its key; counted are its string, number and boolean values. Without `leads:pii` it must be declared by some type and personal in none. */
  attribute?: InputMaybe<Scalars['String']['input']>;
  /** A field. */
  field?: InputMaybe<FacetField>;
  /** Ignore the filter's own conditions on this field, attribute or time, so that other values keep their counts. */
  ignoreOwnFilter?: InputMaybe<Scalars['Boolean']['input']>;
  /** How many values, at most 100: those counted most, or the latest time spans. */
  limit?: InputMaybe<Scalars['Int']['input']>;
  /** Name of the facet in the answer; the field, the attribute or `time` when left out. Unique in a search. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Time spans of `occurredAt`, from that of the first match to that of the last, also those without a match. */
  time?: InputMaybe<Grain>;
  /** Of time spans, the zone whose days, weeks, months and longer are counted by: a name of the IANA database, such as `Europe/Berlin`. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** Of time spans, the first day of the week. */
  weekStart?: InputMaybe<WeekDay>;
};

/** One value of a facet. */
export type FacetValue = {
  __typename?: 'FacetValue';
  /** The campaign, where the facet counts by CAMPAIGN. */
  campaign?: Maybe<Campaign>;
  /** How many activities have it. */
  count: Scalars['Int']['output'];
  /** The value as text; of a time span its start, ISO 8601. */
  value: Scalars['String']['output'];
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

/** Parts of a field in which words of the query stand. */
export type Highlight = {
  __typename?: 'Highlight';
  /** Path of the field, for example `attributes.subject`. */
  field: Scalars['String']['output'];
  /** The parts as HTML, safe to show: words of the query in `<em>…</em>`, all else escaped. */
  fragments: Array<Scalars['String']['output']>;
};

/** A condition on what an id refers to: exactly one test. */
export type IdCondition =
  /** Is this. */
  { eq: Scalars['ID']['input']; in?: never; ne?: never; }
  |  /** Is one of these, at most 1,000. */
  { eq?: never; in: Array<Scalars['ID']['input']>; ne?: never; }
  |  /** Is not this; also holds where there is no value. */
  { eq?: never; in?: never; ne: Scalars['ID']['input']; };

/** A condition on a value: exactly one test. */
export type KeywordCondition =
  /** Is this. */
  { eq: Scalars['String']['input']; in?: never; ne?: never; }
  |  /** Is one of these, at most 1,000. */
  { eq?: never; in: Array<Scalars['String']['input']>; ne?: never; }
  |  /** Is not this; also holds where there is no value. */
  { eq?: never; in?: never; ne: Scalars['String']['input']; };

/** A person, or a device not yet known to be a person's. */
export type Lead = {
  __typename?: 'Lead';
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** Conditions on people. All fields that are set must hold. At most 100 conditions in 10 levels. */
export type LeadFilter = {
  /** Each of these must hold. */
  and?: InputMaybe<Array<LeadFilter>>;
  /** E-mail address, in any letter case. Needs `leads:pii`. */
  email?: InputMaybe<KeywordCondition>;
  /** The tenant's own id of the person, or an id that was linked to it. */
  externalId?: InputMaybe<KeywordCondition>;
  /** Time of the earliest activity or identify call. */
  firstSeenAt?: InputMaybe<TimeRange>;
  /** Whether the person is known by the tenant's own id, and is not only a device. */
  isKnown?: InputMaybe<Scalars['Boolean']['input']>;
  /** Time of the latest activity or identify call. */
  lastSeenAt?: InputMaybe<TimeRange>;
  /** This must not hold. */
  not?: InputMaybe<LeadFilter>;
  /** At least one of these must hold. */
  or?: InputMaybe<Array<LeadFilter>>;
  /** A condition on one trait. Needs `leads:pii`. */
  trait?: InputMaybe<TraitCondition>;
};

/** A page of found people. */
export type LeadSearchConnection = {
  __typename?: 'LeadSearchConnection';
  /** The people with cursor, score and highlights. */
  edges: Array<LeadSearchEdge>;
  /** The people alone. */
  nodes: Array<Maybe<Lead>>;
  /** Where this page stands. */
  pageInfo: PageInfo;
  /** How many match in all; counted only when asked for. */
  total: SearchTotal;
};


/** A page of found people. */
export type LeadSearchConnectionTotalArgs = {
  exact?: InputMaybe<Scalars['Boolean']['input']>;
};

/** A found person. */
export type LeadSearchEdge = {
  __typename?: 'LeadSearchEdge';
  /** Opaque; valid for the same query of the same tenant. */
  cursor: Scalars['String']['output'];
  /** Where the words of the query stand. */
  highlights: Array<Highlight>;
  /** The person. */
  node?: Maybe<Lead>;
  /** How well it matches, in this query only; 1 without a query. */
  score: Scalars['Float']['output'];
};

/** The order of found people. */
export type LeadSort =
  /** The newest people come first, by the time they were first seen. */
  | 'FIRST_SEEN'
  /** The person seen last comes first. */
  | 'LAST_SEEN'
  /** Best match first. */
  | 'RELEVANCE';

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
  /**
   * Activities by words and conditions, ranked, counted and highlighted.
   *
   * The query language: all words must occur, in any order and letter case, with or without accents. Words of
   * `"a phrase"` must stand side by side. `spring OR summer` needs either; `-word` must not occur; `( … )` groups;
   * `camp*` is the beginning of a word. At most 1,024 characters, 64 words and 10 levels of parentheses. Searched are the type,
   * campaign, asset, attributes and circumstances (page, channel, source); personal data only with `leads:pii`.
   */
  searchActivities?: Maybe<ActivitySearchConnection>;
  /**
   * People by words and conditions; the query language is that of `searchActivities`. Searched are the
   * tenant's own ids of the person and, with `leads:pii`, e-mail address and traits. Everything known under ids
   * that were linked to the person counts as the person's.
   */
  searchLeads?: Maybe<LeadSearchConnection>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QuerySearchActivitiesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  facets?: InputMaybe<Array<FacetInput>>;
  filter?: InputMaybe<ActivityFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  query?: InputMaybe<Scalars['String']['input']>;
  sort?: InputMaybe<ActivitySort>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QuerySearchLeadsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<LeadFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  query?: InputMaybe<Scalars['String']['input']>;
  sort?: InputMaybe<LeadSort>;
};

/** How many match. */
export type SearchTotal = {
  __typename?: 'SearchTotal';
  /** How exact the value is. */
  relation: TotalRelation;
  /** The count, or how far it was counted. */
  value: Scalars['Int']['output'];
};

/** A span of time; a bound that is not set is open. Of `gt` and `gte`, and of `lt` and `lte`, at most one. */
export type TimeRange = {
  /** After. */
  gt?: InputMaybe<Scalars['DateTime']['input']>;
  /** At or after. */
  gte?: InputMaybe<Scalars['DateTime']['input']>;
  /** Before. */
  lt?: InputMaybe<Scalars['DateTime']['input']>;
  /** At or before. */
  lte?: InputMaybe<Scalars['DateTime']['input']>;
};

/** How exact a total is. */
export type TotalRelation =
  /** So many or more. */
  | 'AT_LEAST'
  /** Exactly so many. */
  | 'EXACT';

/** A condition on a trait: the name, and exactly one test. */
export type TraitCondition = {
  /** Is this string, number or boolean. 1 and "1" differ. */
  eq?: InputMaybe<Scalars['JSON']['input']>;
  /** Is one of these strings, numbers or booleans, at most 1,000. */
  in?: InputMaybe<Array<Scalars['JSON']['input']>>;
  /** Its key in `traits`. */
  name: Scalars['String']['input'];
};

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





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Activity: ResolverTypeWrapper<Reference>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  ActivityFilter: ActivityFilter;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  ActivitySearchConnection: ResolverTypeWrapper<SearchConnection>;
  ActivitySearchEdge: ResolverTypeWrapper<SearchEdge>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  ActivitySort: ActivitySort;
  AttributeCondition: AttributeCondition;
  Campaign: ResolverTypeWrapper<Reference>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Facet: ResolverTypeWrapper<Omit<Facet, 'values'> & { values: Array<ResolversTypes['FacetValue']> }>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  FacetField: FacetField;
  FacetInput: FacetInput;
  FacetValue: ResolverTypeWrapper<Omit<FacetValue, 'campaign'> & { campaign?: Maybe<ResolversTypes['Campaign']> }>;
  Grain: Grain;
  Highlight: ResolverTypeWrapper<Highlight>;
  IdCondition: IdCondition;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  KeywordCondition: KeywordCondition;
  Lead: ResolverTypeWrapper<Reference>;
  LeadFilter: LeadFilter;
  LeadSearchConnection: ResolverTypeWrapper<SearchConnection>;
  LeadSearchEdge: ResolverTypeWrapper<SearchEdge>;
  LeadSort: LeadSort;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  SearchTotal: ResolverTypeWrapper<SearchTotal>;
  TimeRange: TimeRange;
  TotalRelation: TotalRelation;
  TraitCondition: TraitCondition;
  WeekDay: WeekDay;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Activity: Reference;
  ID: Scalars['ID']['output'];
  ActivityFilter: ActivityFilter;
  Boolean: Scalars['Boolean']['output'];
  ActivitySearchConnection: SearchConnection;
  ActivitySearchEdge: SearchEdge;
  String: Scalars['String']['output'];
  Float: Scalars['Float']['output'];
  AttributeCondition: AttributeCondition;
  Campaign: Reference;
  DateTime: Scalars['DateTime']['output'];
  Facet: Omit<Facet, 'values'> & { values: Array<ResolversParentTypes['FacetValue']> };
  Int: Scalars['Int']['output'];
  FacetInput: FacetInput;
  FacetValue: Omit<FacetValue, 'campaign'> & { campaign?: Maybe<ResolversParentTypes['Campaign']> };
  Highlight: Highlight;
  IdCondition: IdCondition;
  JSON: Scalars['JSON']['output'];
  KeywordCondition: KeywordCondition;
  Lead: Reference;
  LeadFilter: LeadFilter;
  LeadSearchConnection: SearchConnection;
  LeadSearchEdge: SearchEdge;
  PageInfo: PageInfo;
  Query: Record<PropertyKey, never>;
  SearchTotal: SearchTotal;
  TimeRange: TimeRange;
  TraitCondition: TraitCondition;
};

export type ActivityResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Activity'] = ResolversParentTypes['Activity']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type ActivitySearchConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ActivitySearchConnection'] = ResolversParentTypes['ActivitySearchConnection']> = {
  edges?: Resolver<Array<ResolversTypes['ActivitySearchEdge']>, ParentType, ContextType>;
  facets?: Resolver<Array<ResolversTypes['Facet']>, ParentType, ContextType>;
  nodes?: Resolver<Array<Maybe<ResolversTypes['Activity']>>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['SearchTotal'], ParentType, ContextType, RequireFields<ActivitySearchConnectionTotalArgs, 'exact'>>;
};

export type ActivitySearchEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ActivitySearchEdge'] = ResolversParentTypes['ActivitySearchEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  highlights?: Resolver<Array<ResolversTypes['Highlight']>, ParentType, ContextType>;
  node?: Resolver<Maybe<ResolversTypes['Activity']>, ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type CampaignResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Campaign'] = ResolversParentTypes['Campaign']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type FacetResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Facet'] = ResolversParentTypes['Facet']> = {
  missingCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  otherCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  values?: Resolver<Array<ResolversTypes['FacetValue']>, ParentType, ContextType>;
};

export type FacetValueResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FacetValue'] = ResolversParentTypes['FacetValue']> = {
  campaign?: Resolver<Maybe<ResolversTypes['Campaign']>, ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type HighlightResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Highlight'] = ResolversParentTypes['Highlight']> = {
  field?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  fragments?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export type LeadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Lead'] = ResolversParentTypes['Lead']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type LeadSearchConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadSearchConnection'] = ResolversParentTypes['LeadSearchConnection']> = {
  edges?: Resolver<Array<ResolversTypes['LeadSearchEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<Maybe<ResolversTypes['Lead']>>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['SearchTotal'], ParentType, ContextType, RequireFields<LeadSearchConnectionTotalArgs, 'exact'>>;
};

export type LeadSearchEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadSearchEdge'] = ResolversParentTypes['LeadSearchEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  highlights?: Resolver<Array<ResolversTypes['Highlight']>, ParentType, ContextType>;
  node?: Resolver<Maybe<ResolversTypes['Lead']>, ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  searchActivities?: Resolver<Maybe<ResolversTypes['ActivitySearchConnection']>, ParentType, ContextType, RequireFields<QuerySearchActivitiesArgs, 'first'>>;
  searchLeads?: Resolver<Maybe<ResolversTypes['LeadSearchConnection']>, ParentType, ContextType, RequireFields<QuerySearchLeadsArgs, 'first'>>;
};

export type SearchTotalResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SearchTotal'] = ResolversParentTypes['SearchTotal']> = {
  relation?: Resolver<ResolversTypes['TotalRelation'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  Activity?: ActivityResolvers<ContextType>;
  ActivitySearchConnection?: ActivitySearchConnectionResolvers<ContextType>;
  ActivitySearchEdge?: ActivitySearchEdgeResolvers<ContextType>;
  Campaign?: CampaignResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  Facet?: FacetResolvers<ContextType>;
  FacetValue?: FacetValueResolvers<ContextType>;
  Highlight?: HighlightResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  Lead?: LeadResolvers<ContextType>;
  LeadSearchConnection?: LeadSearchConnectionResolvers<ContextType>;
  LeadSearchEdge?: LeadSearchEdgeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  SearchTotal?: SearchTotalResolvers<ContextType>;
};

