// Written by `npm run codegen`; do not edit.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ErasureReceipt, ExportPage, ExportedRecord } from '../../services/privacy/service.ts';
import type { RequestContext } from '../context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
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

/** A store in a receipt. */
export type ErasedStore = {
  __typename?: 'ErasedStore';
  /** When it was done; null before. */
  doneAt?: Maybe<Scalars['DateTime']['output']>;
  /** When no byte of the person is left in its files, at the latest. */
  forgottenBy: Scalars['DateTime']['output'];
  /** Its name. */
  store: PersonalStore;
};

/** The receipt of an erasure. */
export type Erasure = {
  __typename?: 'Erasure';
  /** When no byte of the person is left in any file, at the latest. */
  forgottenBy: Scalars['DateTime']['output'];
  /** For `erasure`. */
  id: Scalars['ID']['output'];
  /** Whether every store is done. */
  isDone: Scalars['Boolean']['output'];
  /** When it was asked for. */
  requestedAt: Scalars['DateTime']['output'];
  /** Each store that held the person. */
  stores: Array<ErasedStore>;
};

/** A page of the records of a person. */
export type LeadExport = {
  __typename?: 'LeadExport';
  /** Pass it as `after` for the next page; null on an empty page. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether more follow. */
  hasNextPage: Scalars['Boolean']['output'];
  /** The records, store by store. */
  records: Array<PersonalRecord>;
};

/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type Mutation = {
  __typename?: 'Mutation';
  /** Erases a person: the lead and all identities that are linked to it. The answer means that activities, leads and failed activities are deleted; the receipt tells when the other stores are done. A later activity of the same person is kept as a new person's. */
  eraseLead: Erasure;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationEraseLeadArgs = {
  id: Scalars['ID']['input'];
};

/** One record of a person. */
export type PersonalRecord = {
  __typename?: 'PersonalRecord';
  /** The record. */
  data: Scalars['JSON']['output'];
  /** The kind of record: `identity`, `link`, `activity`, `send`, `listMembership`, `campaignRun`, `campaignEntry`, `campaignSend`, `failedActivity`, `logRecord`. */
  kind: Scalars['String']['output'];
  /** The store that holds it. */
  store: PersonalStore;
};

/** Stores that hold personal data. */
export type PersonalStore =
  /** The durable record of everything accepted. */
  | 'ACTIVITY_LOG'
  /** Activities, leads and links. */
  | 'ACTIVITY_STORE'
  /** Runs of smart campaigns, with their steps, entries and messages. */
  | 'CAMPAIGNS'
  /** Items that were refused. */
  | 'FAILED_ACTIVITIES'
  /** Figures of persons. */
  | 'FIGURES'
  /** Files of the database, with the free space in them. */
  | 'FILES'
  /** Static lists. */
  | 'LISTS'
  /** The search index. */
  | 'SEARCH';

/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type Query = {
  __typename?: 'Query';
  /** The receipt of an erasure; null where the tenant has no such erasure. */
  erasure?: Maybe<Erasure>;
  /** A page of everything that any store holds of a person, in the clear. Needs the scope `leads:pii` too. */
  exportLead?: Maybe<LeadExport>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryErasureArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryExportLeadArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  id: Scalars['ID']['input'];
};



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
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  ErasedStore: ResolverTypeWrapper<ErasedStore>;
  Erasure: ResolverTypeWrapper<ErasureReceipt>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  LeadExport: ResolverTypeWrapper<ExportPage>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PersonalRecord: ResolverTypeWrapper<ExportedRecord>;
  PersonalStore: PersonalStore;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  DateTime: Scalars['DateTime']['output'];
  ErasedStore: ErasedStore;
  Erasure: ErasureReceipt;
  ID: Scalars['ID']['output'];
  Boolean: Scalars['Boolean']['output'];
  JSON: Scalars['JSON']['output'];
  LeadExport: ExportPage;
  String: Scalars['String']['output'];
  Mutation: Record<PropertyKey, never>;
  PersonalRecord: ExportedRecord;
  Query: Record<PropertyKey, never>;
  Int: Scalars['Int']['output'];
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type ErasedStoreResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ErasedStore'] = ResolversParentTypes['ErasedStore']> = {
  doneAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  forgottenBy?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  store?: Resolver<ResolversTypes['PersonalStore'], ParentType, ContextType>;
};

export type ErasureResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Erasure'] = ResolversParentTypes['Erasure']> = {
  forgottenBy?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isDone?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  stores?: Resolver<Array<ResolversTypes['ErasedStore']>, ParentType, ContextType>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export type LeadExportResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadExport'] = ResolversParentTypes['LeadExport']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  records?: Resolver<Array<ResolversTypes['PersonalRecord']>, ParentType, ContextType>;
};

export type MutationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  eraseLead?: Resolver<ResolversTypes['Erasure'], ParentType, ContextType, RequireFields<MutationEraseLeadArgs, 'id'>>;
};

export type PersonalRecordResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PersonalRecord'] = ResolversParentTypes['PersonalRecord']> = {
  data?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  store?: Resolver<ResolversTypes['PersonalStore'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  erasure?: Resolver<Maybe<ResolversTypes['Erasure']>, ParentType, ContextType, RequireFields<QueryErasureArgs, 'id'>>;
  exportLead?: Resolver<Maybe<ResolversTypes['LeadExport']>, ParentType, ContextType, RequireFields<QueryExportLeadArgs, 'first' | 'id'>>;
};

export type Resolvers<ContextType = RequestContext> = {
  DateTime?: GraphQLScalarType;
  ErasedStore?: ErasedStoreResolvers<ContextType>;
  Erasure?: ErasureResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  LeadExport?: LeadExportResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PersonalRecord?: PersonalRecordResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
};

