// Written by `npm run codegen`; do not edit.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
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

/** One activity. */
export type ActivityInput = {
  /** The device that did it. With `externalId` too, the device is linked to the person. */
  anonymousId?: InputMaybe<Scalars['String']['input']>;
  /** The asset it is about: an e-mail, a page, a form. */
  assetId?: InputMaybe<Scalars['String']['input']>;
  /** Attributes the type declares, by name. */
  attributes?: InputMaybe<Scalars['JSON']['input']>;
  /** The campaign it belongs to. */
  campaign?: InputMaybe<CampaignInput>;
  /** Letters, digits, spaces, hyphens and underscores. Left out, it is derived: see `Activity.channel`. */
  channel?: InputMaybe<Scalars['String']['input']>;
  /** Circumstances: `userAgent`, `ip`, `page`, `locale` …, kept as sent. */
  context?: InputMaybe<Scalars['JSON']['input']>;
  /** The person who did it, by the tenant's own id. One of `externalId` and `anonymousId` is needed. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** The sender's id of the message, at most 256 characters: the same for every retry. */
  messageId: Scalars['String']['input'];
  /** When it happened, ISO 8601 with a zone, such as `2026-01-31T12:00:00Z`: at most 24 hours ahead of now, and not before 2000-01-01. A string, so that a bad time rejects only its own activity. */
  occurredAt: Scalars['String']['input'];
  /** Name of an activity type, for example `Open Email`. */
  type: Scalars['String']['input'];
};

/** A kind of activity and the attributes it can have. */
export type ActivityType = {
  __typename?: 'ActivityType';
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** The type of an attribute's value. */
export type AttributeDataType =
  /** True or false. */
  | 'BOOLEAN'
  /** A moment, ISO 8601. */
  | 'DATETIME'
  /** A whole number. */
  | 'INTEGER'
  /** A number. */
  | 'NUMBER'
  /** Text, at most 8,192 characters. */
  | 'STRING'
  /** An absolute address with http or https, at most 8,192 characters. */
  | 'URL';

/** An attribute to declare. */
export type AttributeDefinitionInput = {
  /** The type of its value. */
  dataType: AttributeDataType;
  /** Its meaning, for readers of the schema. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** Its key in `attributes`: a letter, then letters, digits and underscores, at most 64 characters. */
  name: Scalars['String']['input'];
  /** Whether it is personal data. */
  pii?: InputMaybe<Scalars['Boolean']['input']>;
  /** Whether an activity without it is rejected. */
  required?: InputMaybe<Scalars['Boolean']['input']>;
};

/** The campaign of an activity. */
export type CampaignInput = {
  /** The tenant's own id of the campaign, at most 256 characters. */
  id: Scalars['String']['input'];
  /** Its name; the first name from a sender is kept. */
  name?: InputMaybe<Scalars['String']['input']>;
};

/** An activity type to declare. */
export type DefineActivityTypeInput = {
  /** The attributes it can have, at most 100. */
  attributes?: InputMaybe<Array<AttributeDefinitionInput>>;
  /** Whether it counts as a conversion. Its attribute `revenue`, where declared, is then summed. */
  conversion?: InputMaybe<Scalars['Boolean']['input']>;
  /** Its meaning, for readers of the schema. */
  description: Scalars['String']['input'];
  /** Unique in the tenant, at most 100 characters: letters, digits, spaces, hyphens and underscores. */
  name: Scalars['String']['input'];
};

/** The outcome of the call. */
export type DefineActivityTypePayload = {
  __typename?: 'DefineActivityTypePayload';
  /** The type as it is declared now. */
  activityType: ActivityType;
};

/** Something that a sender sent and that is not among the activities. The same sent again is the same failure. */
export type FailedActivity = {
  __typename?: 'FailedActivity';
  /** The activity it became then; null for a person. */
  activity?: Maybe<Activity>;
  /** Why. */
  code: RecordErrorCode;
  /** How it came in: `graphql`, `segment`, `marketo`, `import`. */
  dialect: Scalars['String']['output'];
  /** When it was refused first. */
  failedAt: Scalars['DateTime']['output'];
  /** Opaque; for `replayFailedActivities`. */
  id: Scalars['ID']['output'];
  /** The item as it was sent, or the log's record where the store refused it. Null when it was too large to keep; it can't be replayed then. Without `leads:pii` all values but type and times are masked. */
  item?: Maybe<Scalars['JSON']['output']>;
  /** The fault, and how to correct it. */
  message: Scalars['String']['output'];
  /** Where in the item, for example `attributes.link`. */
  path?: Maybe<Scalars['String']['output']>;
  /** When it got in after all. */
  replayedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** A page of failed activities. */
export type FailedActivityConnection = {
  __typename?: 'FailedActivityConnection';
  /** Them, with their cursors. */
  edges: Array<FailedActivityEdge>;
  /** Them alone. */
  nodes: Array<FailedActivity>;
  /** Where this page stands. */
  pageInfo: PageInfo;
};

/** A failed activity in a list. */
export type FailedActivityEdge = {
  __typename?: 'FailedActivityEdge';
  /** Opaque; valid for the same query of the same tenant. */
  cursor: Scalars['String']['output'];
  /** The failed activity. */
  node: FailedActivity;
};

/** The outcome of one lead. */
export type IdentifyLeadResult = {
  __typename?: 'IdentifyLeadResult';
  /** Whether it was accepted. */
  accepted: Scalars['Boolean']['output'];
  /** Why it was rejected. */
  error?: Maybe<RecordError>;
  /** The person; null when rejected. */
  lead?: Maybe<Lead>;
  /** Values that were left out, such as a placeholder id; at most 20. */
  warnings: Array<RecordError>;
};

/** People to identify. */
export type IdentifyLeadsInput = {
  /** At most 1,000. */
  leads: Array<LeadInput>;
};

/** The outcome of the call. */
export type IdentifyLeadsPayload = {
  __typename?: 'IdentifyLeadsPayload';
  /** One result for each lead, in order. */
  results: Array<IdentifyLeadResult>;
};

/** How much one call may carry. */
export type IngestionLimits = {
  __typename?: 'IngestionLimits';
  /** Activities in one `recordActivities`. */
  activitiesPerCall: Scalars['Int']['output'];
  /** Bytes of one activity, as JSON. */
  bytesPerActivity: Scalars['Int']['output'];
  /** Leads in one `identifyLeads`. */
  leadsPerCall: Scalars['Int']['output'];
};

/** A person, or a device not yet known to be a person's. */
export type Lead = {
  __typename?: 'Lead';
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** Facts about one person. */
export type LeadInput = {
  /** Former external or anonymous ids that are the same person. */
  aliases?: InputMaybe<Array<Scalars['String']['input']>>;
  /** An anonymous id; with `externalId` too, it is linked to the person. */
  anonymousId?: InputMaybe<Scalars['String']['input']>;
  /** When this became known, ISO 8601 with a zone; now when left out. Of the same time, what one call says last holds. */
  at?: InputMaybe<Scalars['String']['input']>;
  /** E-mail address; null takes it away. */
  email?: InputMaybe<Scalars['String']['input']>;
  /** The tenant's own id of the person. One of `externalId` and `anonymousId` is needed. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** Traits by name; values are strings, numbers, booleans or null, which removes the trait. */
  traits?: InputMaybe<Scalars['JSON']['input']>;
};

/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type Mutation = {
  __typename?: 'Mutation';
  /** Declares an activity type of the tenant's own. Declaring the same again changes nothing; a different definition under a taken name is refused. */
  defineActivityType: DefineActivityTypePayload;
  /** Identifies people: their e-mail addresses, traits and anonymous ids. The latest of each trait wins. */
  identifyLeads: IdentifyLeadsPayload;
  /** Takes activities in: durable when it answers. Each gets its own verdict; one bad activity never spoils the others. Sending the same messageId again is harmless. */
  recordActivities: RecordActivitiesPayload;
  /** Sends refused items through the door again after a fix, such as a newly declared type. Each gets a verdict. Items that get in are marked as replayed and not offered again. */
  replayFailedActivities: ReplayFailedActivitiesPayload;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationDefineActivityTypeArgs = {
  input: DefineActivityTypeInput;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationIdentifyLeadsArgs = {
  input: IdentifyLeadsInput;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationRecordActivitiesArgs = {
  input: RecordActivitiesInput;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationReplayFailedActivitiesArgs = {
  input: ReplayFailedActivitiesInput;
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
  /** Refused items of every dialect, the latest first. The installation configures how long they are kept. */
  failedActivities?: Maybe<FailedActivityConnection>;
  /** Limits of one call, for senders that batch. */
  ingestionLimits: IngestionLimits;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryFailedActivitiesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  codes?: InputMaybe<Array<RecordErrorCode>>;
  dialect?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from?: InputMaybe<Scalars['DateTime']['input']>;
  reason?: InputMaybe<Scalars['String']['input']>;
  replayed?: InputMaybe<Scalars['Boolean']['input']>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Activities to record. */
export type RecordActivitiesInput = {
  /** At most 1,000. */
  activities: Array<ActivityInput>;
};

/** The outcome of the call. */
export type RecordActivitiesPayload = {
  __typename?: 'RecordActivitiesPayload';
  /** How many were accepted. */
  accepted: Scalars['Int']['output'];
  /** How many were left out because nobody wants them. */
  dropped: Scalars['Int']['output'];
  /** How many were repeats of activities recorded before. */
  duplicates: Scalars['Int']['output'];
  /** How many were rejected. */
  rejected: Scalars['Int']['output'];
  /** One verdict for each activity, in order. */
  results: Array<RecordActivityResult>;
};

/** The outcome of one activity. */
export type RecordActivityResult = {
  __typename?: 'RecordActivityResult';
  /** The activity; null when it was rejected. For a duplicate, the activity that was recorded first. */
  activity?: Maybe<Activity>;
  /** Why it was rejected. */
  error?: Maybe<RecordError>;
  /** The messageId as sent. */
  messageId: Scalars['String']['output'];
  /** The verdict. */
  status: RecordStatus;
  /** Values that were left out, such as a placeholder id; at most 20. */
  warnings: Array<RecordError>;
};

/** Why an activity was rejected, or why a value was left out. */
export type RecordError = {
  __typename?: 'RecordError';
  /** Stable code. */
  code: RecordErrorCode;
  /** The fault, and how to correct it. */
  message: Scalars['String']['output'];
  /** Where in the activity, for example `attributes.link`. */
  path?: Maybe<Scalars['String']['output']>;
};

/** Reasons to reject an activity. */
export type RecordErrorCode =
  /** This messageId was used before, for something else. Send this under another messageId. */
  | 'CONFLICT'
  /** A public key may not say this: it can send, and link the device's own anonymousId, and nothing else. */
  | 'FORBIDDEN'
  /** The time is too far ahead or too long ago. */
  | 'INVALID_TIME'
  /** A value has the wrong type, format or length. */
  | 'INVALID_VALUE'
  /** There is no such lead. Of dialects whose activities are of leads that must be there. */
  | 'LEAD_NOT_FOUND'
  /** Something needed is missing. */
  | 'MISSING_VALUE'
  /** A step of the enrichment broke on it. A fault of this installation: it was logged, and can be replayed when mended. */
  | 'STEP_FAILED'
  /** Safe in the log, but the store can not keep it as it is. */
  | 'STORE_REFUSED'
  /** The activity is too large. */
  | 'TOO_LARGE'
  /** The type declares no attribute of that name. */
  | 'UNKNOWN_ATTRIBUTE'
  /** There is no activity type of that name. */
  | 'UNKNOWN_TYPE';

/** Verdict on an activity. */
export type RecordStatus =
  /** Recorded, and durable. */
  | 'ACCEPTED'
  /** Not recorded, because this installation does not want it: a robot's visit, where robots are left out. */
  | 'DROPPED'
  /** Recorded before under this messageId; nothing changed. */
  | 'DUPLICATE'
  /** Not recorded: see the error. Kept among the failed activities. */
  | 'REJECTED';

/** The items to replay: by id, or the next items that wait and match. */
export type ReplayFailedActivitiesInput = {
  /** `endCursor` of the payload before, to continue after items that failed again. */
  after?: InputMaybe<Scalars['String']['input']>;
  /** Only those refused for these reasons. */
  codes?: InputMaybe<Array<RecordErrorCode>>;
  /** Only items of this dialect. */
  dialect?: InputMaybe<Scalars['String']['input']>;
  /** How many, at most 500. */
  first?: InputMaybe<Scalars['Int']['input']>;
  /** Only items that failed at or after this time. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** These, at most 500; then nothing else may be given. */
  ids?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Only where the message holds this. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** Only items that failed before this time. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** The outcome of the call. */
export type ReplayFailedActivitiesPayload = {
  __typename?: 'ReplayFailedActivitiesPayload';
  /** How many are not. */
  failed: Scalars['Int']['output'];
  /** The place of this call in the list of items that match. With `ids` it stands alone. */
  pageInfo: PageInfo;
  /** How many are among the activities now. */
  replayed: Scalars['Int']['output'];
  /** A verdict for each, in order. */
  results: Array<ReplayResult>;
};

/** The outcome of one replay. */
export type ReplayResult = {
  __typename?: 'ReplayResult';
  /** The activity it became; null for a person, and when it did not get in. */
  activity?: Maybe<Activity>;
  /** Why it was rejected again. */
  error?: Maybe<RecordError>;
  /** The id of the failed activity. */
  id: Scalars['ID']['output'];
  /** The verdict. */
  status: ReplayStatus;
};

/** Verdict on a replay. */
export type ReplayStatus =
  /** Not wanted by the installation's rules; see `RecordStatus.DROPPED`. */
  | 'DROPPED'
  /** Was recorded under this messageId before; nothing changed. Marked as replayed. */
  | 'DUPLICATE'
  /** There is no such failure, or its retention is over. */
  | 'NOT_FOUND'
  /** Was too large to be kept whole. Its sender must send it again, smaller. */
  | 'NOT_KEPT'
  /** Rejected again: see the error. */
  | 'REJECTED'
  /** Recorded, and durable. */
  | 'REPLAYED'
  /** Had got in by an earlier replay. */
  | 'SETTLED';



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
  ActivityInput: ActivityInput;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  ActivityType: ResolverTypeWrapper<Reference>;
  AttributeDataType: AttributeDataType;
  AttributeDefinitionInput: AttributeDefinitionInput;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CampaignInput: CampaignInput;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DefineActivityTypeInput: DefineActivityTypeInput;
  DefineActivityTypePayload: ResolverTypeWrapper<Omit<DefineActivityTypePayload, 'activityType'> & { activityType: ResolversTypes['ActivityType'] }>;
  FailedActivity: ResolverTypeWrapper<Omit<FailedActivity, 'activity'> & { activity?: Maybe<ResolversTypes['Activity']> }>;
  FailedActivityConnection: ResolverTypeWrapper<Omit<FailedActivityConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['FailedActivityEdge']>, nodes: Array<ResolversTypes['FailedActivity']> }>;
  FailedActivityEdge: ResolverTypeWrapper<Omit<FailedActivityEdge, 'node'> & { node: ResolversTypes['FailedActivity'] }>;
  IdentifyLeadResult: ResolverTypeWrapper<Omit<IdentifyLeadResult, 'lead'> & { lead?: Maybe<ResolversTypes['Lead']> }>;
  IdentifyLeadsInput: IdentifyLeadsInput;
  IdentifyLeadsPayload: ResolverTypeWrapper<Omit<IdentifyLeadsPayload, 'results'> & { results: Array<ResolversTypes['IdentifyLeadResult']> }>;
  IngestionLimits: ResolverTypeWrapper<IngestionLimits>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  Lead: ResolverTypeWrapper<Reference>;
  LeadInput: LeadInput;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RecordActivitiesInput: RecordActivitiesInput;
  RecordActivitiesPayload: ResolverTypeWrapper<Omit<RecordActivitiesPayload, 'results'> & { results: Array<ResolversTypes['RecordActivityResult']> }>;
  RecordActivityResult: ResolverTypeWrapper<Omit<RecordActivityResult, 'activity'> & { activity?: Maybe<ResolversTypes['Activity']> }>;
  RecordError: ResolverTypeWrapper<RecordError>;
  RecordErrorCode: RecordErrorCode;
  RecordStatus: RecordStatus;
  ReplayFailedActivitiesInput: ReplayFailedActivitiesInput;
  ReplayFailedActivitiesPayload: ResolverTypeWrapper<Omit<ReplayFailedActivitiesPayload, 'results'> & { results: Array<ResolversTypes['ReplayResult']> }>;
  ReplayResult: ResolverTypeWrapper<Omit<ReplayResult, 'activity'> & { activity?: Maybe<ResolversTypes['Activity']> }>;
  ReplayStatus: ReplayStatus;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Activity: Reference;
  ID: Scalars['ID']['output'];
  ActivityInput: ActivityInput;
  String: Scalars['String']['output'];
  ActivityType: Reference;
  AttributeDefinitionInput: AttributeDefinitionInput;
  Boolean: Scalars['Boolean']['output'];
  CampaignInput: CampaignInput;
  DateTime: Scalars['DateTime']['output'];
  DefineActivityTypeInput: DefineActivityTypeInput;
  DefineActivityTypePayload: Omit<DefineActivityTypePayload, 'activityType'> & { activityType: ResolversParentTypes['ActivityType'] };
  FailedActivity: Omit<FailedActivity, 'activity'> & { activity?: Maybe<ResolversParentTypes['Activity']> };
  FailedActivityConnection: Omit<FailedActivityConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['FailedActivityEdge']>, nodes: Array<ResolversParentTypes['FailedActivity']> };
  FailedActivityEdge: Omit<FailedActivityEdge, 'node'> & { node: ResolversParentTypes['FailedActivity'] };
  IdentifyLeadResult: Omit<IdentifyLeadResult, 'lead'> & { lead?: Maybe<ResolversParentTypes['Lead']> };
  IdentifyLeadsInput: IdentifyLeadsInput;
  IdentifyLeadsPayload: Omit<IdentifyLeadsPayload, 'results'> & { results: Array<ResolversParentTypes['IdentifyLeadResult']> };
  IngestionLimits: IngestionLimits;
  Int: Scalars['Int']['output'];
  JSON: Scalars['JSON']['output'];
  Lead: Reference;
  LeadInput: LeadInput;
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Query: Record<PropertyKey, never>;
  RecordActivitiesInput: RecordActivitiesInput;
  RecordActivitiesPayload: Omit<RecordActivitiesPayload, 'results'> & { results: Array<ResolversParentTypes['RecordActivityResult']> };
  RecordActivityResult: Omit<RecordActivityResult, 'activity'> & { activity?: Maybe<ResolversParentTypes['Activity']> };
  RecordError: RecordError;
  ReplayFailedActivitiesInput: ReplayFailedActivitiesInput;
  ReplayFailedActivitiesPayload: Omit<ReplayFailedActivitiesPayload, 'results'> & { results: Array<ResolversParentTypes['ReplayResult']> };
  ReplayResult: Omit<ReplayResult, 'activity'> & { activity?: Maybe<ResolversParentTypes['Activity']> };
};

export type ActivityResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Activity'] = ResolversParentTypes['Activity']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type ActivityTypeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ActivityType'] = ResolversParentTypes['ActivityType']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DefineActivityTypePayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DefineActivityTypePayload'] = ResolversParentTypes['DefineActivityTypePayload']> = {
  activityType?: Resolver<ResolversTypes['ActivityType'], ParentType, ContextType>;
};

export type FailedActivityResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FailedActivity'] = ResolversParentTypes['FailedActivity']> = {
  activity?: Resolver<Maybe<ResolversTypes['Activity']>, ParentType, ContextType>;
  code?: Resolver<ResolversTypes['RecordErrorCode'], ParentType, ContextType>;
  dialect?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  failedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  item?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  replayedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type FailedActivityConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FailedActivityConnection'] = ResolversParentTypes['FailedActivityConnection']> = {
  edges?: Resolver<Array<ResolversTypes['FailedActivityEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['FailedActivity']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type FailedActivityEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FailedActivityEdge'] = ResolversParentTypes['FailedActivityEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['FailedActivity'], ParentType, ContextType>;
};

export type IdentifyLeadResultResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['IdentifyLeadResult'] = ResolversParentTypes['IdentifyLeadResult']> = {
  accepted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['RecordError']>, ParentType, ContextType>;
  lead?: Resolver<Maybe<ResolversTypes['Lead']>, ParentType, ContextType>;
  warnings?: Resolver<Array<ResolversTypes['RecordError']>, ParentType, ContextType>;
};

export type IdentifyLeadsPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['IdentifyLeadsPayload'] = ResolversParentTypes['IdentifyLeadsPayload']> = {
  results?: Resolver<Array<ResolversTypes['IdentifyLeadResult']>, ParentType, ContextType>;
};

export type IngestionLimitsResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['IngestionLimits'] = ResolversParentTypes['IngestionLimits']> = {
  activitiesPerCall?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  bytesPerActivity?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  leadsPerCall?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export type LeadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Lead'] = ResolversParentTypes['Lead']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  defineActivityType?: Resolver<ResolversTypes['DefineActivityTypePayload'], ParentType, ContextType, RequireFields<MutationDefineActivityTypeArgs, 'input'>>;
  identifyLeads?: Resolver<ResolversTypes['IdentifyLeadsPayload'], ParentType, ContextType, RequireFields<MutationIdentifyLeadsArgs, 'input'>>;
  recordActivities?: Resolver<ResolversTypes['RecordActivitiesPayload'], ParentType, ContextType, RequireFields<MutationRecordActivitiesArgs, 'input'>>;
  replayFailedActivities?: Resolver<ResolversTypes['ReplayFailedActivitiesPayload'], ParentType, ContextType, RequireFields<MutationReplayFailedActivitiesArgs, 'input'>>;
};

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  failedActivities?: Resolver<Maybe<ResolversTypes['FailedActivityConnection']>, ParentType, ContextType, RequireFields<QueryFailedActivitiesArgs, 'first' | 'replayed'>>;
  ingestionLimits?: Resolver<ResolversTypes['IngestionLimits'], ParentType, ContextType>;
};

export type RecordActivitiesPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RecordActivitiesPayload'] = ResolversParentTypes['RecordActivitiesPayload']> = {
  accepted?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  dropped?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  duplicates?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rejected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  results?: Resolver<Array<ResolversTypes['RecordActivityResult']>, ParentType, ContextType>;
};

export type RecordActivityResultResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RecordActivityResult'] = ResolversParentTypes['RecordActivityResult']> = {
  activity?: Resolver<Maybe<ResolversTypes['Activity']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['RecordError']>, ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['RecordStatus'], ParentType, ContextType>;
  warnings?: Resolver<Array<ResolversTypes['RecordError']>, ParentType, ContextType>;
};

export type RecordErrorResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RecordError'] = ResolversParentTypes['RecordError']> = {
  code?: Resolver<ResolversTypes['RecordErrorCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ReplayFailedActivitiesPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplayFailedActivitiesPayload'] = ResolversParentTypes['ReplayFailedActivitiesPayload']> = {
  failed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  results?: Resolver<Array<ResolversTypes['ReplayResult']>, ParentType, ContextType>;
};

export type ReplayResultResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplayResult'] = ResolversParentTypes['ReplayResult']> = {
  activity?: Resolver<Maybe<ResolversTypes['Activity']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['RecordError']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ReplayStatus'], ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  Activity?: ActivityResolvers<ContextType>;
  ActivityType?: ActivityTypeResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DefineActivityTypePayload?: DefineActivityTypePayloadResolvers<ContextType>;
  FailedActivity?: FailedActivityResolvers<ContextType>;
  FailedActivityConnection?: FailedActivityConnectionResolvers<ContextType>;
  FailedActivityEdge?: FailedActivityEdgeResolvers<ContextType>;
  IdentifyLeadResult?: IdentifyLeadResultResolvers<ContextType>;
  IdentifyLeadsPayload?: IdentifyLeadsPayloadResolvers<ContextType>;
  IngestionLimits?: IngestionLimitsResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  Lead?: LeadResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  RecordActivitiesPayload?: RecordActivitiesPayloadResolvers<ContextType>;
  RecordActivityResult?: RecordActivityResultResolvers<ContextType>;
  RecordError?: RecordErrorResolvers<ContextType>;
  ReplayFailedActivitiesPayload?: ReplayFailedActivitiesPayloadResolvers<ContextType>;
  ReplayResult?: ReplayResultResolvers<ContextType>;
};

