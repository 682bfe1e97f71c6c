// Written by `npm run codegen`; do not edit.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Lead as DomainLead } from '../../domain/lead.ts';
import type { ShownActivity } from '../../services/activities/shown-activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { Viewer as DomainViewer } from '../../auth/viewer.ts';
import type { TimelineConnection } from './timeline.ts';
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
export type Activity = Node & {
  __typename?: 'Activity';
  /** Of e-mail activities, what opened or followed, by its user agent; null without one, and for other activities. */
  agentKind?: Maybe<AgentKind>;
  /** The asset it is about: an e-mail, a page, a form. */
  assetId?: Maybe<Scalars['String']['output']>;
  /** The attributes of its type. Without `leads:pii`, personal data and text that no type declares are masked. Harmless names, such as addresses of pages, are shown. */
  attributes: Scalars['JSON']['output'];
  /** The campaign it belongs to. */
  campaign?: Maybe<Campaign>;
  /**
   * The sender's channel in lower case, or a derived channel. E-mails have `email`. Web and app activities have a channel
   * of Google Analytics' default channel group, such as `organic search` or `referral`. A visit without tags and referrer
   * is `direct`. Where no rule applies the channel is `web`, `mobile` or `(none)`. A sender can't set a channel with
   * parentheses.
   */
  channel: Scalars['String']['output'];
  /** Circumstances from the sender: user agent, page, address. Personal data is masked without `leads:pii`. */
  context: Scalars['JSON']['output'];
  /** Country, ISO 3166-1 alpha-2, where known. */
  country?: Maybe<Scalars['String']['output']>;
  /** `desktop`, `mobile`, `tablet` or `tv`, where known. */
  device?: Maybe<Scalars['String']['output']>;
  /** Version of the enrichment it went through; 0 for activities from before versions were recorded. */
  enrichmentVersion: Scalars['Int']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Whether a robot did it, such as a mail scanner that opens every link. */
  isBot: Scalars['Boolean']['output'];
  /** The person or device that did it. */
  lead: Lead;
  /** The sender's id of the message. Sent again, it is the same activity. */
  messageId: Scalars['String']['output'];
  /** When it happened, as the sender says. */
  occurredAt: Scalars['DateTime']['output'];
  /** When it arrived here. */
  receivedAt: Scalars['DateTime']['output'];
  /** How it came in: `graphql`, `segment`, `marketo`, `import`, `demo`. */
  source: Scalars['String']['output'];
  /** The kind of activity. */
  type: ActivityType;
};

/** Where an activity type belongs. */
export type ActivityCategory =
  /** In the CRM or the marketing system. */
  | 'CRM'
  /** The sender's own. */
  | 'CUSTOM'
  /** E-mail. */
  | 'EMAIL'
  /** In an app. */
  | 'MOBILE'
  /** On a web site. */
  | 'WEB';

/** A page of activities. */
export type ActivityConnection = {
  __typename?: 'ActivityConnection';
  /** The activities with their cursors. */
  edges: Array<ActivityEdge>;
  /** The activities alone. */
  nodes: Array<Activity>;
  /** Where this page stands. */
  pageInfo: PageInfo;
};

/** An activity in a list. */
export type ActivityEdge = {
  __typename?: 'ActivityEdge';
  /** Opaque; valid for the same query of the same tenant. */
  cursor: Scalars['String']['output'];
  /** The activity. */
  node: Activity;
};

/** A kind of activity and the attributes it can have. */
export type ActivityType = Node & {
  __typename?: 'ActivityType';
  /** The attributes an activity of this type can have. */
  attributes: Array<AttributeDefinition>;
  /** Where it belongs. */
  category: ActivityCategory;
  /** Whether it counts as a conversion. */
  conversion: Scalars['Boolean']['output'];
  /** Its meaning, for readers of the schema. */
  description: Scalars['String']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Unique in the tenant, for example `Open Email`. */
  name: Scalars['String']['output'];
  /** Marketo's activity type id for its standard types; 90,001 and up for ours, 100,001 and up for the tenant's own. */
  number: Scalars['Int']['output'];
  /** Whether every tenant has it. */
  standard: Scalars['Boolean']['output'];
};

/** The program that opened an e-mail or followed one of its links. `isBot` is true of scanners and robots. */
export type AgentKind =
  /** An app, by the library it makes requests with. */
  | 'APP'
  /** A browser, on a computer or a phone. */
  | 'BROWSER'
  /** A mailbox's proxy, which fetches pictures when the person opens the e-mail (Gmail, Yahoo). */
  | 'MAILBOX_PROXY'
  /** An e-mail program. */
  | 'MAIL_CLIENT'
  /** A proxy that fetches pictures whether or not the person opens the e-mail (Apple's Mail Privacy Protection). */
  | 'PRIVACY_PROXY'
  /** A crawler, a script or another robot. */
  | 'ROBOT'
  /** A security scanner or a pre-fetcher. */
  | 'SCANNER';

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

/** An attribute that activities of a type can have. */
export type AttributeDefinition = {
  __typename?: 'AttributeDefinition';
  /** The type of its value. */
  dataType: AttributeDataType;
  /** Its meaning, for readers of the schema. */
  description: Scalars['String']['output'];
  /** Its key in `attributes`. */
  name: Scalars['String']['output'];
  /** Whether it is personal data, masked without `leads:pii`. */
  pii: Scalars['Boolean']['output'];
  /** Whether an activity without it is rejected. */
  required: Scalars['Boolean']['output'];
};

/** A campaign: what activities belong to, and how it did. */
export type Campaign = Node & {
  __typename?: 'Campaign';
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** A person, or a device not yet known to be a person's. */
export type Lead = Node & {
  __typename?: 'Lead';
  /** This person's activities, newest first, including activities under ids that were linked to the person later. */
  activities: ActivityConnection;
  /** Other ids that are the same person: anonymous ids and former external ids. Masked like `externalId`. */
  aliases: Array<Scalars['String']['output']>;
  /** E-mail address. Masked without `leads:pii`. */
  email?: Maybe<Scalars['String']['output']>;
  /** The tenant's own id of the person; null while only a device is known. Masked without `leads:pii` where it is an e-mail address. */
  externalId?: Maybe<Scalars['String']['output']>;
  /** Time of the earliest activity or identify call. */
  firstSeenAt: Scalars['DateTime']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Time of the latest activity or identify call. */
  lastSeenAt: Scalars['DateTime']['output'];
  /** Traits from identify calls, the latest value of each. Values are masked without `leads:pii`. */
  traits: Scalars['JSON']['output'];
};


/** A person, or a device not yet known to be a person's. */
export type LeadActivitiesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from?: InputMaybe<Scalars['DateTime']['input']>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
  types?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** Anything with a global id. */
export type Node = {
  /** Opaque and unique among all types; pass it to `node` to get this object again. */
  id: Scalars['ID']['output'];
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
  /** Activities by global id, in order; null for each the tenant does not have. At most 100. */
  activities?: Maybe<Array<Maybe<Activity>>>;
  /** An activity by global id; null when the tenant has none. */
  activity?: Maybe<Activity>;
  /** An activity type by name; null when there is none. */
  activityType?: Maybe<ActivityType>;
  /** Every type an activity of this tenant can have: standard types and the tenant's own types, by number. */
  activityTypes?: Maybe<Array<ActivityType>>;
  /** A person by global id or by the tenant's own id; exactly one of the two. Null when there is none. */
  lead?: Maybe<Lead>;
  /** People by global id, in order; null for each the tenant does not have. At most 100. */
  leads?: Maybe<Array<Maybe<Lead>>>;
  /** The object with this global id; null when the tenant has none. */
  node?: Maybe<Node>;
  /** The objects with these global ids, in order; null for each the tenant does not have. At most 100. */
  nodes?: Maybe<Array<Maybe<Node>>>;
  /** The caller: tenant and scopes of the credential. */
  viewer: Viewer;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryActivitiesArgs = {
  ids: Array<Scalars['ID']['input']>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryActivityArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryActivityTypeArgs = {
  name: Scalars['String']['input'];
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryLeadArgs = {
  externalId?: InputMaybe<Scalars['String']['input']>;
  id?: InputMaybe<Scalars['ID']['input']>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryLeadsArgs = {
  ids: Array<Scalars['ID']['input']>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryNodesArgs = {
  ids: Array<Scalars['ID']['input']>;
};

/** A customer of this installation. */
export type Tenant = {
  __typename?: 'Tenant';
  /** For example `acme`. */
  id: Scalars['ID']['output'];
  /** Name to show. */
  name: Scalars['String']['output'];
};

/** The caller. */
export type Viewer = {
  __typename?: 'Viewer';
  /** Permissions of the credential. `admin` includes every scope but `leads:pii`, without which personal data is masked. */
  scopes: Array<Scalars['String']['output']>;
  /** The tenant whose data the credential opens. */
  tenant: Tenant;
};



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
  Activity: Activity;
  ActivityType: ActivityType;
  Lead: Lead;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Activity:
    ( { __typename: 'Activity' }
    & GraphQLRecursivePick<FederationTypes['Activity'], {"id":true}> );
  ActivityType:
    ( { __typename: 'ActivityType' }
    & GraphQLRecursivePick<FederationTypes['ActivityType'], {"id":true}> );
  Lead:
    ( { __typename: 'Lead' }
    & GraphQLRecursivePick<FederationTypes['Lead'], {"id":true}> );
};


/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Node:
    | ( ShownActivity )
    | ( ActivityTypeDefinition )
    | ( Reference )
    | ( DomainLead )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Activity: ResolverTypeWrapper<ShownActivity>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  ActivityCategory: ActivityCategory;
  ActivityConnection: ResolverTypeWrapper<TimelineConnection>;
  ActivityEdge: ResolverTypeWrapper<Omit<ActivityEdge, 'node'> & { node: ResolversTypes['Activity'] }>;
  ActivityType: ResolverTypeWrapper<ActivityTypeDefinition>;
  AgentKind: AgentKind;
  AttributeDataType: AttributeDataType;
  AttributeDefinition: ResolverTypeWrapper<AttributeDefinition>;
  Campaign: ResolverTypeWrapper<Reference>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  Lead: ResolverTypeWrapper<DomainLead>;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Tenant: ResolverTypeWrapper<Tenant>;
  Viewer: ResolverTypeWrapper<DomainViewer>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Activity: ShownActivity;
  String: Scalars['String']['output'];
  Int: Scalars['Int']['output'];
  ID: Scalars['ID']['output'];
  Boolean: Scalars['Boolean']['output'];
  ActivityConnection: TimelineConnection;
  ActivityEdge: Omit<ActivityEdge, 'node'> & { node: ResolversParentTypes['Activity'] };
  ActivityType: ActivityTypeDefinition;
  AttributeDefinition: AttributeDefinition;
  Campaign: Reference;
  DateTime: Scalars['DateTime']['output'];
  JSON: Scalars['JSON']['output'];
  Lead: DomainLead;
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  PageInfo: PageInfo;
  Query: Record<PropertyKey, never>;
  Tenant: Tenant;
  Viewer: DomainViewer;
};

export type ActivityResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Activity'] = ResolversParentTypes['Activity'], FederationReferenceType extends FederationReferenceTypes['Activity'] = FederationReferenceTypes['Activity']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Activity']> | FederationReferenceType, FederationReferenceType, ContextType>;
  agentKind?: Resolver<Maybe<ResolversTypes['AgentKind']>, ParentType, ContextType>;
  assetId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  attributes?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  campaign?: Resolver<Maybe<ResolversTypes['Campaign']>, ParentType, ContextType>;
  channel?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  context?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  country?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  device?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  enrichmentVersion?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isBot?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  lead?: Resolver<ResolversTypes['Lead'], ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  occurredAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  receivedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['ActivityType'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ActivityConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ActivityConnection'] = ResolversParentTypes['ActivityConnection']> = {
  edges?: Resolver<Array<ResolversTypes['ActivityEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Activity']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ActivityEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ActivityEdge'] = ResolversParentTypes['ActivityEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Activity'], ParentType, ContextType>;
};

export type ActivityTypeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ActivityType'] = ResolversParentTypes['ActivityType'], FederationReferenceType extends FederationReferenceTypes['ActivityType'] = FederationReferenceTypes['ActivityType']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['ActivityType']> | FederationReferenceType, FederationReferenceType, ContextType>;
  attributes?: Resolver<Array<ResolversTypes['AttributeDefinition']>, ParentType, ContextType>;
  category?: Resolver<ResolversTypes['ActivityCategory'], ParentType, ContextType>;
  conversion?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  number?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  standard?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AttributeDefinitionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['AttributeDefinition'] = ResolversParentTypes['AttributeDefinition']> = {
  dataType?: Resolver<ResolversTypes['AttributeDataType'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  pii?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  required?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type CampaignResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Campaign'] = ResolversParentTypes['Campaign']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export type LeadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Lead'] = ResolversParentTypes['Lead'], FederationReferenceType extends FederationReferenceTypes['Lead'] = FederationReferenceTypes['Lead']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Lead']> | FederationReferenceType, FederationReferenceType, ContextType>;
  activities?: Resolver<ResolversTypes['ActivityConnection'], ParentType, ContextType, RequireFields<LeadActivitiesArgs, 'first'>>;
  aliases?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  email?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  externalId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  firstSeenAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastSeenAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  traits?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type NodeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Activity' | 'ActivityType' | 'Campaign' | 'Lead', ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  activities?: Resolver<Maybe<Array<Maybe<ResolversTypes['Activity']>>>, ParentType, ContextType, RequireFields<QueryActivitiesArgs, 'ids'>>;
  activity?: Resolver<Maybe<ResolversTypes['Activity']>, ParentType, ContextType, RequireFields<QueryActivityArgs, 'id'>>;
  activityType?: Resolver<Maybe<ResolversTypes['ActivityType']>, ParentType, ContextType, RequireFields<QueryActivityTypeArgs, 'name'>>;
  activityTypes?: Resolver<Maybe<Array<ResolversTypes['ActivityType']>>, ParentType, ContextType>;
  lead?: Resolver<Maybe<ResolversTypes['Lead']>, ParentType, ContextType, Partial<QueryLeadArgs>>;
  leads?: Resolver<Maybe<Array<Maybe<ResolversTypes['Lead']>>>, ParentType, ContextType, RequireFields<QueryLeadsArgs, 'ids'>>;
  node?: Resolver<Maybe<ResolversTypes['Node']>, ParentType, ContextType, RequireFields<QueryNodeArgs, 'id'>>;
  nodes?: Resolver<Maybe<Array<Maybe<ResolversTypes['Node']>>>, ParentType, ContextType, RequireFields<QueryNodesArgs, 'ids'>>;
  viewer?: Resolver<ResolversTypes['Viewer'], ParentType, ContextType>;
};

export type TenantResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Tenant'] = ResolversParentTypes['Tenant']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ViewerResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Viewer'] = ResolversParentTypes['Viewer']> = {
  scopes?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  Activity?: ActivityResolvers<ContextType>;
  ActivityConnection?: ActivityConnectionResolvers<ContextType>;
  ActivityEdge?: ActivityEdgeResolvers<ContextType>;
  ActivityType?: ActivityTypeResolvers<ContextType>;
  AttributeDefinition?: AttributeDefinitionResolvers<ContextType>;
  Campaign?: CampaignResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  JSON?: GraphQLScalarType;
  Lead?: LeadResolvers<ContextType>;
  Node?: NodeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Tenant?: TenantResolvers<ContextType>;
  Viewer?: ViewerResolvers<ContextType>;
};

