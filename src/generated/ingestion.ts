import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Reference } from '../resolvers/reference.ts';
import type { RequestContext } from '../resolvers/context.ts';
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
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown; }
  _FieldSet: { input: unknown; output: unknown; }
};

/** An activity; its fields come from the activities subgraph. */
export type Activity = {
  __typename?: 'Activity';
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** One activity. */
export type ActivityInput = {
  /** Who did it: the id of a device. With `externalId` too, the device is linked to the person. */
  anonymousId?: InputMaybe<Scalars['String']['input']>;
  /** The asset it is about: an e-mail, a page, a form. */
  assetId?: InputMaybe<Scalars['String']['input']>;
  /** Attributes the type declares, by name. */
  attributes?: InputMaybe<Scalars['JSON']['input']>;
  /** The campaign it belongs to. */
  campaign?: InputMaybe<CampaignInput>;
  /** `email`, `web`, `mobile`, `crm` or your own. Left out, it follows from the type. */
  channel?: InputMaybe<Scalars['String']['input']>;
  /** Circumstances: `userAgent`, `ip`, `page`, `locale` …, kept as sent. */
  context?: InputMaybe<Scalars['JSON']['input']>;
  /** Who did it: the tenant's own id of the person. One of `externalId` and `anonymousId` is needed. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** The sender's id of the message, at most 256 characters: the same for every retry. */
  messageId: Scalars['String']['input'];
  /** When it happened, ISO 8601 with a zone, such as `2026-01-31T12:00:00Z`: at most 24 hours ahead of now, and not before 2000-01-01. A string, so that a bad one costs its own activity only. */
  occurredAt: Scalars['String']['input'];
  /** Name of an activity type, for example `Open Email`. */
  type: Scalars['String']['input'];
};

/** An activity type; its fields come from the activities subgraph. */
export type ActivityType = {
  __typename?: 'ActivityType';
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** What the value of an attribute must be. */
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
  /** What its value must be. */
  dataType: AttributeDataType;
  /** What it means. */
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
  /** Its name; the first one said is kept. */
  name?: InputMaybe<Scalars['String']['input']>;
};

/** An activity type to declare. */
export type DefineActivityTypeInput = {
  /** The attributes it can have, at most 100. */
  attributes?: InputMaybe<Array<AttributeDefinitionInput>>;
  /** Whether it counts as a conversion. Its attribute `revenue`, where declared, is then summed. */
  conversion?: InputMaybe<Scalars['Boolean']['input']>;
  /** What it means. */
  description: Scalars['String']['input'];
  /** Unique in the tenant, at most 100 characters: letters, digits, spaces, hyphens and underscores. */
  name: Scalars['String']['input'];
};

/** What became of the call. */
export type DefineActivityTypePayload = {
  __typename?: 'DefineActivityTypePayload';
  /** The type as it is declared now. */
  activityType: ActivityType;
};

/** What became of one lead. */
export type IdentifyLeadResult = {
  __typename?: 'IdentifyLeadResult';
  /** Whether it was accepted. */
  accepted: Scalars['Boolean']['output'];
  /** Why it was rejected. */
  error?: Maybe<RecordError>;
  /** The person; null when rejected. */
  lead?: Maybe<Lead>;
};

/** People to identify. */
export type IdentifyLeadsInput = {
  /** At most 1,000. */
  leads: Array<LeadInput>;
};

/** What became of the call. */
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

/** A person; the fields come from the activities subgraph. */
export type Lead = {
  __typename?: 'Lead';
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** What is known of one person. */
export type LeadInput = {
  /** Former external or anonymous ids that are the same person. */
  aliases?: InputMaybe<Array<Scalars['String']['input']>>;
  /** An anonymous id; with `externalId` too, it is linked to the person. */
  anonymousId?: InputMaybe<Scalars['String']['input']>;
  /** When this became known, ISO 8601 with a zone; now when left out. */
  at?: InputMaybe<Scalars['String']['input']>;
  /** E-mail address. */
  email?: InputMaybe<Scalars['String']['input']>;
  /** The tenant's own id of the person. One of `externalId` and `anonymousId` is needed. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** Traits by name; values are strings, numbers, booleans or null, which removes the trait. */
  traits?: InputMaybe<Scalars['JSON']['input']>;
};

export type Mutation = {
  __typename?: 'Mutation';
  /** Declares an activity type of the tenant's own. Declaring the same again changes nothing; a different definition under a taken name is refused. */
  defineActivityType: DefineActivityTypePayload;
  /** Says who people are: their e-mail address and traits, and which anonymous ids are theirs. The latest of each trait wins. */
  identifyLeads: IdentifyLeadsPayload;
  /** Takes activities in: durable when it answers. Each gets its own verdict; one bad activity never spoils the others. Sending the same messageId again is harmless. */
  recordActivities: RecordActivitiesPayload;
};


export type MutationDefineActivityTypeArgs = {
  input: DefineActivityTypeInput;
};


export type MutationIdentifyLeadsArgs = {
  input: IdentifyLeadsInput;
};


export type MutationRecordActivitiesArgs = {
  input: RecordActivitiesInput;
};

export type Query = {
  __typename?: 'Query';
  /** Limits of one call, for senders that batch. */
  ingestionLimits: IngestionLimits;
};

/** Activities to record. */
export type RecordActivitiesInput = {
  /** At most 1,000. */
  activities: Array<ActivityInput>;
};

/** What became of the call. */
export type RecordActivitiesPayload = {
  __typename?: 'RecordActivitiesPayload';
  /** How many were accepted. */
  accepted: Scalars['Int']['output'];
  /** How many were repeats of activities recorded before. */
  duplicates: Scalars['Int']['output'];
  /** How many were rejected. */
  rejected: Scalars['Int']['output'];
  /** One verdict for each activity, in order. */
  results: Array<RecordActivityResult>;
};

/** What became of one activity. */
export type RecordActivityResult = {
  __typename?: 'RecordActivityResult';
  /** The activity; null when it was rejected. Of a duplicate, the one that was recorded first. */
  activity?: Maybe<Activity>;
  /** Why it was rejected. */
  error?: Maybe<RecordError>;
  /** The messageId as sent. */
  messageId: Scalars['String']['output'];
  /** The verdict. */
  status: RecordStatus;
};

/** Why an activity was rejected. */
export type RecordError = {
  __typename?: 'RecordError';
  /** Stable code. */
  code: RecordErrorCode;
  /** What is wrong and what would be right. */
  message: Scalars['String']['output'];
  /** Where in the activity, for example `attributes.link`. */
  path?: Maybe<Scalars['String']['output']>;
};

/** Reasons to reject an activity. */
export type RecordErrorCode =
  /** The time is too far ahead or too long ago. */
  | 'INVALID_TIME'
  /** A value has the wrong type, format or length. */
  | 'INVALID_VALUE'
  /** Something needed is missing. */
  | 'MISSING_VALUE'
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
  /** Recorded before under this messageId; nothing changed. */
  | 'DUPLICATE'
  /** Not recorded: see the error. */
  | 'REJECTED';



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
  DefineActivityTypeInput: DefineActivityTypeInput;
  DefineActivityTypePayload: ResolverTypeWrapper<Omit<DefineActivityTypePayload, 'activityType'> & { activityType: ResolversTypes['ActivityType'] }>;
  IdentifyLeadResult: ResolverTypeWrapper<Omit<IdentifyLeadResult, 'lead'> & { lead?: Maybe<ResolversTypes['Lead']> }>;
  IdentifyLeadsInput: IdentifyLeadsInput;
  IdentifyLeadsPayload: ResolverTypeWrapper<Omit<IdentifyLeadsPayload, 'results'> & { results: Array<ResolversTypes['IdentifyLeadResult']> }>;
  IngestionLimits: ResolverTypeWrapper<IngestionLimits>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  Lead: ResolverTypeWrapper<Reference>;
  LeadInput: LeadInput;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RecordActivitiesInput: RecordActivitiesInput;
  RecordActivitiesPayload: ResolverTypeWrapper<Omit<RecordActivitiesPayload, 'results'> & { results: Array<ResolversTypes['RecordActivityResult']> }>;
  RecordActivityResult: ResolverTypeWrapper<Omit<RecordActivityResult, 'activity'> & { activity?: Maybe<ResolversTypes['Activity']> }>;
  RecordError: ResolverTypeWrapper<RecordError>;
  RecordErrorCode: RecordErrorCode;
  RecordStatus: RecordStatus;
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
  DefineActivityTypeInput: DefineActivityTypeInput;
  DefineActivityTypePayload: Omit<DefineActivityTypePayload, 'activityType'> & { activityType: ResolversParentTypes['ActivityType'] };
  IdentifyLeadResult: Omit<IdentifyLeadResult, 'lead'> & { lead?: Maybe<ResolversParentTypes['Lead']> };
  IdentifyLeadsInput: IdentifyLeadsInput;
  IdentifyLeadsPayload: Omit<IdentifyLeadsPayload, 'results'> & { results: Array<ResolversParentTypes['IdentifyLeadResult']> };
  IngestionLimits: IngestionLimits;
  Int: Scalars['Int']['output'];
  JSON: Scalars['JSON']['output'];
  Lead: Reference;
  LeadInput: LeadInput;
  Mutation: Record<PropertyKey, never>;
  Query: Record<PropertyKey, never>;
  RecordActivitiesInput: RecordActivitiesInput;
  RecordActivitiesPayload: Omit<RecordActivitiesPayload, 'results'> & { results: Array<ResolversParentTypes['RecordActivityResult']> };
  RecordActivityResult: Omit<RecordActivityResult, 'activity'> & { activity?: Maybe<ResolversParentTypes['Activity']> };
  RecordError: RecordError;
};

export type ActivityResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Activity'] = ResolversParentTypes['Activity']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type ActivityTypeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ActivityType'] = ResolversParentTypes['ActivityType']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type DefineActivityTypePayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DefineActivityTypePayload'] = ResolversParentTypes['DefineActivityTypePayload']> = {
  activityType?: Resolver<ResolversTypes['ActivityType'], ParentType, ContextType>;
};

export type IdentifyLeadResultResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['IdentifyLeadResult'] = ResolversParentTypes['IdentifyLeadResult']> = {
  accepted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['RecordError']>, ParentType, ContextType>;
  lead?: Resolver<Maybe<ResolversTypes['Lead']>, ParentType, ContextType>;
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
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  ingestionLimits?: Resolver<ResolversTypes['IngestionLimits'], ParentType, ContextType>;
};

export type RecordActivitiesPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RecordActivitiesPayload'] = ResolversParentTypes['RecordActivitiesPayload']> = {
  accepted?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  duplicates?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rejected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  results?: Resolver<Array<ResolversTypes['RecordActivityResult']>, ParentType, ContextType>;
};

export type RecordActivityResultResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RecordActivityResult'] = ResolversParentTypes['RecordActivityResult']> = {
  activity?: Resolver<Maybe<ResolversTypes['Activity']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['RecordError']>, ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['RecordStatus'], ParentType, ContextType>;
};

export type RecordErrorResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RecordError'] = ResolversParentTypes['RecordError']> = {
  code?: Resolver<ResolversTypes['RecordErrorCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  Activity?: ActivityResolvers<ContextType>;
  ActivityType?: ActivityTypeResolvers<ContextType>;
  DefineActivityTypePayload?: DefineActivityTypePayloadResolvers<ContextType>;
  IdentifyLeadResult?: IdentifyLeadResultResolvers<ContextType>;
  IdentifyLeadsPayload?: IdentifyLeadsPayloadResolvers<ContextType>;
  IngestionLimits?: IngestionLimitsResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  Lead?: LeadResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  RecordActivitiesPayload?: RecordActivitiesPayloadResolvers<ContextType>;
  RecordActivityResult?: RecordActivityResultResolvers<ContextType>;
  RecordError?: RecordErrorResolvers<ContextType>;
};

