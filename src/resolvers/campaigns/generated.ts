// Written by `npm run codegen`; do not edit.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ShownSmartCampaign, ShownVersion, ShownList } from '../../services/smart-campaigns/shown.ts';
import type { ShownRun } from '../../services/smart-campaigns/runs.ts';
import type { Explanation, ExplainedTrigger, TriedActivity as ExplainedActivity, ExplainedLimit } from '../../services/smart-campaigns/explain.ts';
import type { Preview, PreviewEntry, PreviewMail } from '../../services/smart-campaigns/preview.ts';
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

/** An e-mail about the person. */
export type AlertInput = {
  /** The e-mail. */
  email: EmailInput;
  /** Addresses, at most 50. */
  to: Array<Scalars['String']['input']>;
};

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

/** A webhook. */
export type CallWebhookInput = {
  /** Begins with `https://`; its host is public. */
  url: Scalars['String']['input'];
};

/** A campaign: what activities belong to, and how it did. */
export type Campaign = {
  __typename?: 'Campaign';
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** A campaign. */
export type CampaignActionInput = {
  /** The `id` of the smart campaign. */
  campaignId: Scalars['ID']['input'];
};

/** Everything that a campaign does. At most 64 KB, 1,000 conditions in all and 100 steps. */
export type CampaignDefinitionInput = {
  /** Must hold for the person, as of the activity; everybody when left out. */
  filter?: InputMaybe<PersonFilter>;
  /** The steps, one after the other. */
  flow: Array<FlowStepInput>;
  /** Operational mail ignores communication limits and opt-outs. */
  isOperational?: InputMaybe<Scalars['Boolean']['input']>;
  /** Whether `requestCampaign` and other campaigns may start it. */
  isRequestable?: InputMaybe<Scalars['Boolean']['input']>;
  /** Left out: by its most urgent step. */
  priority?: InputMaybe<CampaignPriority>;
  /** How often a person may enter; once when left out. */
  qualification?: InputMaybe<QualificationInput>;
  /** When a batch campaign runs; it has no triggers. */
  schedule?: InputMaybe<ScheduleInput>;
  /** For people whose own zone is not known: a name of the IANA database. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** Each activity that fits one of these starts the campaign for its person. At most 50. */
  triggers?: InputMaybe<Array<TriggerInput>>;
};

/** A fault of a definition. */
export type CampaignFault = {
  __typename?: 'CampaignFault';
  /** Stable. */
  code: CampaignFaultCode;
  /** The fault, and how to correct it. */
  message: Scalars['String']['output'];
  /** Where in the input, for example `definition.flow[0].otherwise.wait.duration.amount`. */
  path: Scalars['String']['output'];
};

/** Kinds of faults. */
export type CampaignFaultCode =
  /** Campaigns or lists that lead back to themselves. */
  | 'CYCLE'
  /** Something must be there. */
  | 'EMPTY'
  /** No e-mail address alone. */
  | 'INVALID_EMAIL_ADDRESS'
  /** No valid Liquid. */
  | 'INVALID_TEMPLATE'
  /** No valid address of a webhook. */
  | 'INVALID_URL'
  /** A value of another form. */
  | 'INVALID_VALUE'
  /** Each part is right, but they do not go together. */
  | 'NOT_ALLOWED'
  /** Nothing ever starts the campaign. */
  | 'NO_START'
  /** A number or a time outside its bounds. */
  | 'OUT_OF_RANGE'
  /** A webhook to a host that is not public. */
  | 'PRIVATE_ADDRESS'
  /** Too many, too long or too deep. */
  | 'TOO_LARGE'
  /** No type declares the attribute, and no activity has it. */
  | 'UNKNOWN_ATTRIBUTE'
  /** No such campaign. */
  | 'UNKNOWN_CAMPAIGN'
  /** No such list. */
  | 'UNKNOWN_LIST'
  /** No such time zone. */
  | 'UNKNOWN_TIME_ZONE'
  /** No such activity type. */
  | 'UNKNOWN_TYPE';

/** The entries and mails that a campaign would have had. */
export type CampaignPreview = {
  __typename?: 'CampaignPreview';
  /** How many activities were looked at. */
  activities: Scalars['Int']['output'];
  /** How often somebody would have entered. */
  entered: Scalars['Int']['output'];
  /** The first 1,000 entries. */
  entries: Array<CampaignPreviewEntry>;
  /** Faults of the definition; then nothing was looked at. */
  faults: Array<CampaignFault>;
  /** How often the filter did not hold. */
  filtered: Scalars['Int']['output'];
  /** How many of them fired a trigger. */
  fired: Scalars['Int']['output'];
  /** False where there was more than a preview looks at. */
  isComplete: Scalars['Boolean']['output'];
  /** Mails of the first entries, at most 5; null without `leads:pii`. */
  mails?: Maybe<Array<CampaignPreviewMail>>;
  /** How often somebody had entered too often. */
  notQualified: Scalars['Int']['output'];
};

/** Somebody who would have entered. */
export type CampaignPreviewEntry = {
  __typename?: 'CampaignPreviewEntry';
  /** The activity that would have started it. */
  activity?: Maybe<Activity>;
  /** When it arrived. */
  at: Scalars['DateTime']['output'];
  /** The person. */
  lead?: Maybe<Lead>;
};

/** A mail that would have been sent. */
export type CampaignPreviewMail = {
  __typename?: 'CampaignPreviewMail';
  /** Why a template could not be filled. */
  fault?: Maybe<Scalars['String']['output']>;
  /** The text as HTML. */
  html?: Maybe<Scalars['String']['output']>;
  /** The person. */
  lead?: Maybe<Lead>;
  /** The step, from 0. */
  path: Scalars['String']['output'];
  /** Subject line. */
  subject: Scalars['String']['output'];
  /** The text. */
  text: Scalars['String']['output'];
  /** The address; null where the person has none, and nothing would have been sent. */
  to?: Maybe<Scalars['String']['output']>;
};

/** How urgent the steps of a campaign are. A low priority ages: it waits five minutes more at most. */
export type CampaignPriority =
  /** First. */
  | 'HIGH'
  /** Five minutes later, at most, than high. */
  | 'LOW'
  /** Half a minute later, at most, than high. */
  | 'MEDIUM';

/** A person's way through a campaign, from the decision to the last step. */
export type CampaignRun = {
  __typename?: 'CampaignRun';
  /** The activity that started it; null of a batch or request. */
  activity?: Maybe<Activity>;
  /** Failed attempts at the next step. */
  attempts: Scalars['Int']['output'];
  /** When it goes on; null when it has ended. */
  dueAt?: Maybe<Scalars['DateTime']['output']>;
  /** When the person entered; null before. */
  enteredAt?: Maybe<Scalars['DateTime']['output']>;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** The person. */
  lead?: Maybe<Lead>;
  /** Why it stands where it does. */
  reason?: Maybe<Scalars['String']['output']>;
  /** When its activity arrived, or the request. */
  receivedAt: Scalars['DateTime']['output'];
  /** The campaign; null when it is deleted. */
  smartCampaign?: Maybe<SmartCampaign>;
  /** Where it stands. */
  status: CampaignRunStatus;
  /** The next step, from 0. */
  step: Scalars['Int']['output'];
  /** The steps that were done, the first first. */
  steps: CampaignRunStepConnection;
  /** The version that decided. */
  version: Scalars['Int']['output'];
};


/** A person's way through a campaign, from the decision to the last step. */
export type CampaignRunStepsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of runs. */
export type CampaignRunConnection = {
  __typename?: 'CampaignRunConnection';
  /** The runs with their cursors. */
  edges: Array<CampaignRunEdge>;
  /** The runs alone. */
  nodes: Array<CampaignRun>;
  /** Where this page stands. */
  pageInfo: PageInfo;
};

/** A run in a list. */
export type CampaignRunEdge = {
  __typename?: 'CampaignRunEdge';
  /** Opaque; valid for the same query of the same tenant. */
  cursor: Scalars['String']['output'];
  /** The run. */
  node: CampaignRun;
};

/** Where a run stands. */
export type CampaignRunStatus =
  /** At its end. */
  | 'DONE'
  /** A step failed for good. The run can be replayed. */
  | 'FAILED'
  /** The filter did not hold. */
  | 'FILTERED'
  /** Decided, and not looked at yet. */
  | 'NEW'
  /** The person entered too often. */
  | 'NOT_QUALIFIED'
  /** Taken out of the flow. */
  | 'REMOVED'
  /** The campaign is not active any more, or the person was erased. */
  | 'STOPPED'
  /** Between two steps. */
  | 'WAITING';

/** A step that was done, once. */
export type CampaignRunStep = {
  __typename?: 'CampaignRunStep';
  /** The action, such as `sendEmail`; `none` where no choice held. */
  action: Scalars['String']['output'];
  /** When. */
  at: Scalars['DateTime']['output'];
  /** Reasons, values before and after, message ids. Values are masked without `leads:pii`. */
  detail: Scalars['JSON']['output'];
  /** Its number from 0; of executed campaigns the numbers on the way, such as `2.0`. */
  path: Scalars['String']['output'];
  /** How it ended. */
  status: CampaignStepStatus;
};

/** A page of steps. */
export type CampaignRunStepConnection = {
  __typename?: 'CampaignRunStepConnection';
  /** The steps with their cursors. */
  edges: Array<CampaignRunStepEdge>;
  /** The steps alone. */
  nodes: Array<CampaignRunStep>;
  /** Where this page stands. */
  pageInfo: PageInfo;
};

/** A step in a list. */
export type CampaignRunStepEdge = {
  __typename?: 'CampaignRunStepEdge';
  /** Opaque; valid for the same query of the same tenant. */
  cursor: Scalars['String']['output'];
  /** The step. */
  node: CampaignRunStep;
};

/** How a step ended. */
export type CampaignStepStatus =
  /** Done. */
  | 'DONE'
  /** Failed for good. */
  | 'FAILED'
  /** Left out; `detail.reason` says why. */
  | 'SKIPPED';

/** A new value of a trait. */
export type ChangeDataValueInput = {
  /** Name of the trait. */
  trait: Scalars['String']['input'];
  /** Null removes it. At most 8 KB. */
  value?: InputMaybe<Scalars['JSON']['input']>;
};

/** A change of a score. */
export type ChangeScoreInput = {
  /** A whole number other than 0. */
  by: Scalars['Int']['input'];
  /** Name of the trait that has the score. */
  score: Scalars['String']['input'];
};

/** A condition of a filter, and its answer. */
export type ConditionExplanation = {
  __typename?: 'ConditionExplanation';
  /** The actual value. */
  actual?: Maybe<Scalars['String']['output']>;
  /** The condition in plain words. */
  condition: Scalars['String']['output'];
  /** How many conditions it is inside of. */
  depth: Scalars['Int']['output'];
  /** Whether it holds; null where that needs `leads:pii`. */
  holds?: Maybe<Scalars['Boolean']['output']>;
  /** Where it is, for example `filter.and[0]`. */
  path: Scalars['String']['output'];
};

/** A new list. */
export type CreateLeadListInput = {
  /** Makes it a smart list. */
  filter?: InputMaybe<PersonFilter>;
  /** At most 200 characters. */
  name: Scalars['String']['input'];
};

/** A new campaign. */
export type CreateSmartCampaignInput = {
  /** Its draft. */
  definition: CampaignDefinitionInput;
  /** At most 2,000 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** At most 200 characters. */
  name: Scalars['String']['input'];
};

/** A condition on how often a person did something, up to the moment of the decision. Robots do not count. */
export type DidCondition = {
  /** At least so often; 1 when both bounds are left out. */
  atLeast?: InputMaybe<Scalars['Int']['input']>;
  /** At most so often. */
  atMost?: InputMaybe<Scalars['Int']['input']>;
  /** Only activities for which this holds. */
  filter?: InputMaybe<ActivityFilter>;
  /** Name of the activity type. */
  type: Scalars['String']['input'];
  /** Only so far back; all time when left out. */
  within?: InputMaybe<DurationInput>;
};

/** A span of time. */
export type DurationInput = {
  /** A whole number above 0. */
  amount: Scalars['Int']['input'];
  /** The unit. */
  unit: DurationUnit;
};

/** Units of time. A day has 24 hours, a month 30 days. */
export type DurationUnit =
  /** 24 hours. */
  | 'DAYS'
  /** 60 minutes. */
  | 'HOURS'
  /** 60 seconds. */
  | 'MINUTES'
  /** 30 days. */
  | 'MONTHS'
  /** 7 days. */
  | 'WEEKS';

/** An e-mail. Its texts are Liquid templates over `lead`, `campaign`, `activity` and `my`. */
export type EmailInput = {
  /** Address of the sender, alone. */
  fromAddress: Scalars['String']['input'];
  /** Name of the sender. */
  fromName?: InputMaybe<Scalars['String']['input']>;
  /** The text as HTML; values are escaped. */
  html?: InputMaybe<Scalars['String']['input']>;
  /** Address for answers, alone. */
  replyTo?: InputMaybe<Scalars['String']['input']>;
  /** Subject line. */
  subject: Scalars['String']['input'];
  /** The text for readers without HTML. */
  text: Scalars['String']['input'];
};

/** Exactly one action, in Marketo's terms. */
export type FlowActionInput =
  /** Adds the person to a static list. */
  { addToList: ListActionInput; callWebhook?: never; changeDataValue?: never; changeScore?: never; executeCampaign?: never; interestingMoment?: never; removeFromFlow?: never; removeFromList?: never; requestCampaign?: never; sendAlert?: never; sendEmail?: never; wait?: never; }
  |  /** Posts person, campaign and activity as JSON, signed. Needs `leads:pii`. */
  { addToList?: never; callWebhook: CallWebhookInput; changeDataValue?: never; changeScore?: never; executeCampaign?: never; interestingMoment?: never; removeFromFlow?: never; removeFromList?: never; requestCampaign?: never; sendAlert?: never; sendEmail?: never; wait?: never; }
  |  /** Sets a trait. */
  { addToList?: never; callWebhook?: never; changeDataValue: ChangeDataValueInput; changeScore?: never; executeCampaign?: never; interestingMoment?: never; removeFromFlow?: never; removeFromList?: never; requestCampaign?: never; sendAlert?: never; sendEmail?: never; wait?: never; }
  |  /** Adds to a score. */
  { addToList?: never; callWebhook?: never; changeDataValue?: never; changeScore: ChangeScoreInput; executeCampaign?: never; interestingMoment?: never; removeFromFlow?: never; removeFromList?: never; requestCampaign?: never; sendAlert?: never; sendEmail?: never; wait?: never; }
  |  /** Runs the flow of a campaign in place. It can neither wait nor call a webhook; three levels at most. */
  { addToList?: never; callWebhook?: never; changeDataValue?: never; changeScore?: never; executeCampaign: CampaignActionInput; interestingMoment?: never; removeFromFlow?: never; removeFromList?: never; requestCampaign?: never; sendAlert?: never; sendEmail?: never; wait?: never; }
  |  /** Notes something for sales. */
  { addToList?: never; callWebhook?: never; changeDataValue?: never; changeScore?: never; executeCampaign?: never; interestingMoment: InterestingMomentInput; removeFromFlow?: never; removeFromList?: never; requestCampaign?: never; sendAlert?: never; sendEmail?: never; wait?: never; }
  |  /** Ends the person's other runs. */
  { addToList?: never; callWebhook?: never; changeDataValue?: never; changeScore?: never; executeCampaign?: never; interestingMoment?: never; removeFromFlow: RemoveFromFlowInput; removeFromList?: never; requestCampaign?: never; sendAlert?: never; sendEmail?: never; wait?: never; }
  |  /** Takes the person out of a static list. */
  { addToList?: never; callWebhook?: never; changeDataValue?: never; changeScore?: never; executeCampaign?: never; interestingMoment?: never; removeFromFlow?: never; removeFromList: ListActionInput; requestCampaign?: never; sendAlert?: never; sendEmail?: never; wait?: never; }
  |  /** Starts a campaign that is requestable; it goes on by itself. */
  { addToList?: never; callWebhook?: never; changeDataValue?: never; changeScore?: never; executeCampaign?: never; interestingMoment?: never; removeFromFlow?: never; removeFromList?: never; requestCampaign: CampaignActionInput; sendAlert?: never; sendEmail?: never; wait?: never; }
  |  /** Sends an e-mail about the person to others. Needs `leads:pii`. */
  { addToList?: never; callWebhook?: never; changeDataValue?: never; changeScore?: never; executeCampaign?: never; interestingMoment?: never; removeFromFlow?: never; removeFromList?: never; requestCampaign?: never; sendAlert: AlertInput; sendEmail?: never; wait?: never; }
  |  /** Sends an e-mail to the person. */
  { addToList?: never; callWebhook?: never; changeDataValue?: never; changeScore?: never; executeCampaign?: never; interestingMoment?: never; removeFromFlow?: never; removeFromList?: never; requestCampaign?: never; sendAlert?: never; sendEmail: EmailInput; wait?: never; }
  |  /** Goes on later. */
  { addToList?: never; callWebhook?: never; changeDataValue?: never; changeScore?: never; executeCampaign?: never; interestingMoment?: never; removeFromFlow?: never; removeFromList?: never; requestCampaign?: never; sendAlert?: never; sendEmail?: never; wait: WaitInput; };

/** A choice of a step. */
export type FlowChoiceInput = {
  /** The action. */
  action: FlowActionInput;
  /** Judged when the step's turn comes. */
  when: PersonFilter;
};

/** A step. The first choice whose condition holds is done, and `otherwise` where none does. */
export type FlowStepInput = {
  /** At most 25. */
  choices?: InputMaybe<Array<FlowChoiceInput>>;
  /** Nothing when left out. */
  otherwise?: InputMaybe<FlowActionInput>;
};

/** A condition on what an id refers to: exactly one test. */
export type IdCondition =
  /** Is this. */
  { eq: Scalars['ID']['input']; in?: never; ne?: never; }
  |  /** Is one of these, at most 1,000. */
  { eq?: never; in: Array<Scalars['ID']['input']>; ne?: never; }
  |  /** Is not this; also holds where there is no value. */
  { eq?: never; in?: never; ne: Scalars['ID']['input']; };

/** A note for sales. */
export type InterestingMomentInput = {
  /** A Liquid template. Liquid needs `leads:pii`. */
  description: Scalars['String']['input'];
  /** Its kind, for example `Web`. */
  type: Scalars['String']['input'];
};

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

/** A list of people. */
export type LeadList = {
  __typename?: 'LeadList';
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Of a smart list, in the form of `PersonFilter`, masked like a draft. */
  filter?: Maybe<Scalars['JSON']['output']>;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Whether its members follow from a filter. */
  isSmart: Scalars['Boolean']['output'];
  /** Members of a static list; null of a smart list. */
  members?: Maybe<LeadListMemberConnection>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** Counts its changes. */
  revision: Scalars['Int']['output'];
  /** How many members a static list has; null of a smart list. */
  size?: Maybe<LeadListSize>;
  /** When it was changed last. */
  updatedAt: Scalars['DateTime']['output'];
};


/** A list of people. */
export type LeadListMembersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of lists. */
export type LeadListConnection = {
  __typename?: 'LeadListConnection';
  /** The lists with their cursors. */
  edges: Array<LeadListEdge>;
  /** The lists alone. */
  nodes: Array<LeadList>;
  /** Where this page stands. */
  pageInfo: PageInfo;
};

/** A list in a list. */
export type LeadListEdge = {
  __typename?: 'LeadListEdge';
  /** Opaque; valid for the same query of the same tenant. */
  cursor: Scalars['String']['output'];
  /** The list. */
  node: LeadList;
};

/** A page of members. */
export type LeadListMemberConnection = {
  __typename?: 'LeadListMemberConnection';
  /** The members with their cursors. */
  edges: Array<LeadListMemberEdge>;
  /** The people alone; null where somebody is no longer kept and more than the `id` is asked for. */
  nodes: Array<Maybe<Lead>>;
  /** Where this page stands. */
  pageInfo: PageInfo;
};

/** A member of a list. */
export type LeadListMemberEdge = {
  __typename?: 'LeadListMemberEdge';
  /** When the person was added. */
  addedAt: Scalars['DateTime']['output'];
  /** Opaque; valid for the same query of the same tenant. */
  cursor: Scalars['String']['output'];
  /** The person. */
  node?: Maybe<Lead>;
};

/** The outcome for one lead. */
export type LeadListMemberResult = {
  __typename?: 'LeadListMemberResult';
  /** The lead as it was given. */
  leadId: Scalars['ID']['output'];
  /** The outcome. */
  status: LeadListMemberStatus;
};

/** The outcome for a lead. */
export type LeadListMemberStatus =
  /** It is a member now. */
  | 'ADDED'
  /** The tenant has no such lead. */
  | 'NOT_FOUND'
  /** It is no member any more. */
  | 'REMOVED'
  /** It was so before. */
  | 'UNCHANGED';

/** People for a static list. */
export type LeadListMembersInput = {
  /** The `id`s of leads, at most 300. */
  leadIds: Array<Scalars['ID']['input']>;
  /** The `id` of the list. */
  listId: Scalars['ID']['input'];
};

/** The outcome for the people. */
export type LeadListMembersPayload = {
  __typename?: 'LeadListMembersPayload';
  /** For each lead, in order. */
  results: Array<LeadListMemberResult>;
};

/** The list as it is now, or the faults for which nothing was changed. */
export type LeadListPayload = {
  __typename?: 'LeadListPayload';
  /** All faults at once. */
  faults: Array<CampaignFault>;
  /** Null where there are faults. */
  leadList?: Maybe<LeadList>;
};

/** How many members a list has. */
export type LeadListSize = {
  __typename?: 'LeadListSize';
  /** Whether there are no more. */
  isExact: Scalars['Boolean']['output'];
  /** Counted to 10,000. */
  value: Scalars['Int']['output'];
};

/** A static list. */
export type ListActionInput = {
  /** The `id` of the list. */
  listId: Scalars['ID']['input'];
};

/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type Mutation = {
  __typename?: 'Mutation';
  /** Puts the draft in force as the next version, two seconds from now. The same draft again changes nothing. */
  activateSmartCampaign: SmartCampaignPayload;
  /** Adds people to a static list. Adding somebody again changes nothing. */
  addToLeadList: LeadListMembersPayload;
  /** Makes a new campaign with the draft of another. */
  cloneSmartCampaign: SmartCampaignPayload;
  /** Makes a list: static without a filter, smart with one. */
  createLeadList: LeadListPayload;
  /** Makes a campaign with a draft. It does nothing until it is activated. */
  createSmartCampaign: SmartCampaignPayload;
  /** Ends the version in force. People who entered stop where they are. */
  deactivateSmartCampaign: SmartCampaignPayload;
  /** Deletes a list that no campaign and no smart list names. Answers its `id`. */
  deleteLeadList: Scalars['ID']['output'];
  /** Deletes a campaign that was never active. Answers its `id`. */
  deleteSmartCampaign: Scalars['ID']['output'];
  /** Takes people out of a static list. */
  removeFromLeadList: LeadListMembersPayload;
  /** Gives a failed run to the queue again, at the step that failed. */
  replayCampaignRun: CampaignRun;
  /** Starts an active campaign that is requestable for some people. The same `requestId` again starts nothing again. */
  requestCampaign: RequestCampaignPayload;
  /** Gives a batch campaign another schedule, and activates it. */
  scheduleCampaign: SmartCampaignPayload;
  /** Changes the name of a list, or the filter of a smart list. */
  updateLeadList: LeadListPayload;
  /** Changes name, description or draft. The active version stays as it is until the draft is activated. */
  updateSmartCampaign: SmartCampaignPayload;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationActivateSmartCampaignArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationAddToLeadListArgs = {
  input: LeadListMembersInput;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationCloneSmartCampaignArgs = {
  id: Scalars['ID']['input'];
  name: Scalars['String']['input'];
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationCreateLeadListArgs = {
  input: CreateLeadListInput;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationCreateSmartCampaignArgs = {
  input: CreateSmartCampaignInput;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationDeactivateSmartCampaignArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationDeleteLeadListArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationDeleteSmartCampaignArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationRemoveFromLeadListArgs = {
  input: LeadListMembersInput;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationReplayCampaignRunArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationRequestCampaignArgs = {
  input: RequestCampaignInput;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationScheduleCampaignArgs = {
  id: Scalars['ID']['input'];
  schedule: ScheduleInput;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationUpdateLeadListArgs = {
  input: UpdateLeadListInput;
};


/** Everything that can be written. Each mutation of a request sees what those before it wrote. */
export type MutationUpdateSmartCampaignArgs = {
  input: UpdateSmartCampaignInput;
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

/** Conditions on a person. All fields that are set must hold. At most 10 levels. */
export type PersonFilter = {
  /** Each of these must hold. */
  and?: InputMaybe<Array<PersonFilter>>;
  /** How often the person did something. */
  did?: InputMaybe<DidCondition>;
  /** E-mail address, in any letter case. Needs `leads:pii`. */
  email?: InputMaybe<KeywordCondition>;
  /** The tenant's own id of the person, or an id that was linked to it. */
  externalId?: InputMaybe<KeywordCondition>;
  /** The `id` of a list: the person is a member, or fits its filter. */
  inList?: InputMaybe<Scalars['ID']['input']>;
  /** Whether the person is known by the tenant's own id, and is not only a device. */
  isKnown?: InputMaybe<Scalars['Boolean']['input']>;
  /** This must not hold. */
  not?: InputMaybe<PersonFilter>;
  /** At least one of these must hold. */
  or?: InputMaybe<Array<PersonFilter>>;
  /** A condition on one trait. Needs `leads:pii`. */
  trait?: InputMaybe<TraitTest>;
};

/** Why a person did or did not enter a campaign. */
export type QualificationExplanation = {
  __typename?: 'QualificationExplanation';
  /** The conditions of the filter, from the top down. */
  conditions: Array<ConditionExplanation>;
  /** The moment that the filter was judged at: the latest activity that fired a trigger, else now. */
  judgedAt: Scalars['DateTime']['output'];
  /** The latest entry. */
  lastEntryAt?: Maybe<Scalars['DateTime']['output']>;
  /** Communication limits; none of an operational campaign. */
  limits: Array<SendLimitExplanation>;
  /** When the person may enter next; null for never. */
  nextEntryAt?: Maybe<Scalars['DateTime']['output']>;
  /** Whether the person may enter again by the qualification. */
  qualifies: Scalars['Boolean']['output'];
  /** The person's latest runs of the campaign. */
  runs: Array<CampaignRun>;
  /** The answer in plain sentences. */
  sentences: Array<Scalars['String']['output']>;
  /** Each trigger against the person's latest 20 activities. */
  triggers: Array<TriggerExplanation>;
  /** The version in force; null while there is none, and the draft is explained. */
  version?: Maybe<Scalars['Int']['output']>;
  /** Whether the person would enter now, if a trigger fired. Null where the answer needs `leads:pii`. */
  wouldEnter?: Maybe<Scalars['Boolean']['output']>;
};

/** How often a person may enter. */
export type QualificationInput = {
  /** Of `ONCE_PER`: the least time from one entry to the next, counted in hours. */
  every?: InputMaybe<DurationInput>;
  /** How often. */
  kind: QualificationKind;
};

/** How often a person may enter. */
export type QualificationKind =
  /** Each time. */
  | 'EVERY_TIME'
  /** Once. */
  | 'ONCE'
  /** Once in a span of time. */
  | 'ONCE_PER';

/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type Query = {
  __typename?: 'Query';
  /** A run; null when the tenant has none. */
  campaignRun?: Maybe<CampaignRun>;
  /** Runs of a campaign or of a person or both, the latest first. */
  campaignRuns?: Maybe<CampaignRunConnection>;
  /** Why a person did or did not enter a campaign. */
  explainQualification?: Maybe<QualificationExplanation>;
  /** A list of people; null when the tenant has none. */
  leadList?: Maybe<LeadList>;
  /** All lists, by id. */
  leadLists?: Maybe<LeadListConnection>;
  /**
   * Runs a definition over the past without acting. It tells the persons and times of entries, and the mails. It looks at 10,000
   * activities at most, and at persons and lists as they are now.
   */
  previewCampaign?: Maybe<CampaignPreview>;
  /** A smart campaign; null when the tenant has none. */
  smartCampaign?: Maybe<SmartCampaign>;
  /** All smart campaigns, by id. */
  smartCampaigns?: Maybe<SmartCampaignConnection>;
  /** Every fault of a definition; none means that it can be saved and activated. */
  validateCampaign?: Maybe<Array<CampaignFault>>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryCampaignRunArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryCampaignRunsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  campaignId?: InputMaybe<Scalars['ID']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  leadId?: InputMaybe<Scalars['ID']['input']>;
  status?: InputMaybe<Array<CampaignRunStatus>>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryExplainQualificationArgs = {
  campaignId: Scalars['ID']['input'];
  leadId: Scalars['ID']['input'];
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryLeadListArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryLeadListsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryPreviewCampaignArgs = {
  definition: CampaignDefinitionInput;
  from: Scalars['DateTime']['input'];
  to: Scalars['DateTime']['input'];
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QuerySmartCampaignArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QuerySmartCampaignsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** Everything that can be read. Each answer covers the tenant of the credential, and no other. */
export type QueryValidateCampaignArgs = {
  definition: CampaignDefinitionInput;
};

/** Whose runs end. */
export type RemoveFromFlowInput = {
  /** The `id` of a smart campaign; all campaigns when left out. */
  campaignId?: InputMaybe<Scalars['ID']['input']>;
};

/** People that a campaign starts for. */
export type RequestCampaignInput = {
  /** The `id` of the smart campaign. */
  campaignId: Scalars['ID']['input'];
  /** The `id`s of leads, at most 100. */
  leadIds: Array<Scalars['ID']['input']>;
  /** Your name of this request, at most 200 characters; a retry has the same. */
  requestId: Scalars['String']['input'];
};

/** The outcome of a request. */
export type RequestCampaignPayload = {
  __typename?: 'RequestCampaignPayload';
  /** For each lead, in order. */
  results: Array<RequestCampaignResult>;
};

/** The outcome of a request for one lead. */
export type RequestCampaignResult = {
  __typename?: 'RequestCampaignResult';
  /** The lead as it was given. */
  leadId: Scalars['ID']['output'];
  /** Its run; null for a lead that the tenant does not have. */
  run?: Maybe<CampaignRun>;
};

/** When a batch campaign runs. */
export type ScheduleInput = {
  /** From now to two years from now. */
  at: Scalars['DateTime']['input'];
  /** Again after so many days, by the clocks of the campaign's zone; once when left out. */
  everyDays?: InputMaybe<Scalars['Int']['input']>;
};

/** A limit of messages to a person. */
export type SendLimitExplanation = {
  __typename?: 'SendLimitExplanation';
  /** In so many hours. */
  hours: Scalars['Float']['output'];
  /** So many messages. */
  limit: Scalars['Int']['output'];
  /** How many were sent, counted to the limit. */
  sent: Scalars['Int']['output'];
};

/** A smart campaign: triggers, a filter, a qualification and a flow. */
export type SmartCampaign = {
  __typename?: 'SmartCampaign';
  /** The campaign of its activities, with its figures; null before its first activity. */
  campaign?: Maybe<Campaign>;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Its description. */
  description: Scalars['String']['output'];
  /** The draft, in the form of `CampaignDefinitionInput`. Without `leads:pii`, values of conditions on traits and addresses are masked. */
  draft: Scalars['JSON']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Its name. */
  name: Scalars['String']['output'];
  /** Counts its changes. */
  revision: Scalars['Int']['output'];
  /** Whether it is active. */
  status: SmartCampaignStatus;
  /** When it was changed last. */
  updatedAt: Scalars['DateTime']['output'];
  /** All versions, the oldest first. */
  versions: Array<SmartCampaignVersion>;
};

/** A page of smart campaigns. */
export type SmartCampaignConnection = {
  __typename?: 'SmartCampaignConnection';
  /** The campaigns with their cursors. */
  edges: Array<SmartCampaignEdge>;
  /** The campaigns alone. */
  nodes: Array<SmartCampaign>;
  /** Where this page stands. */
  pageInfo: PageInfo;
};

/** A smart campaign in a list. */
export type SmartCampaignEdge = {
  __typename?: 'SmartCampaignEdge';
  /** Opaque; valid for the same query of the same tenant. */
  cursor: Scalars['String']['output'];
  /** The campaign. */
  node: SmartCampaign;
};

/** The campaign as it is now, or the faults for which nothing was changed. */
export type SmartCampaignPayload = {
  __typename?: 'SmartCampaignPayload';
  /** All faults at once. */
  faults: Array<CampaignFault>;
  /** Null where there are faults. */
  smartCampaign?: Maybe<SmartCampaign>;
};

/** Whether a campaign is active. */
export type SmartCampaignStatus =
  /** A version is in force, or will be within seconds. */
  | 'ACTIVE'
  /** It was never active. */
  | 'DRAFT'
  /** It was active. */
  | 'INACTIVE';

/** A definition in force. It never changes. */
export type SmartCampaignVersion = {
  __typename?: 'SmartCampaignVersion';
  /** In the form of `CampaignDefinitionInput`, masked like a draft. */
  definition: Scalars['JSON']['output'];
  /** For activities that arrive at or after this time. */
  validFrom: Scalars['DateTime']['output'];
  /** For activities that arrive before this time; null while it is in force. */
  validTo?: Maybe<Scalars['DateTime']['output']>;
  /** From 1. */
  version: Scalars['Int']['output'];
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

/** A condition on a trait: the name, and exactly one test (the bounds together are one). */
export type TraitTest = {
  /** Is a string that contains this, in the same letter case. */
  contains?: InputMaybe<Scalars['String']['input']>;
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
  /** Its key in `traits`. */
  name: Scalars['String']['input'];
  /** Is a string that begins with this, in the same letter case. */
  startsWith?: InputMaybe<Scalars['String']['input']>;
};

/** A wait until the date in a trait. */
export type TraitWaitInput = {
  /** Time of day, `09:30`, by the person's clocks; that of the trait when left out. */
  at?: InputMaybe<Scalars['String']['input']>;
  /** Name of the trait. */
  name: Scalars['String']['input'];
  /** So many days later, or earlier below 0. */
  plusDays?: InputMaybe<Scalars['Int']['input']>;
};

/** An activity against a trigger. */
export type TriedActivity = {
  __typename?: 'TriedActivity';
  /** The activity. */
  activity: Activity;
  /** The conditions that did not hold. */
  failed: Array<Scalars['String']['output']>;
  /** Whether it fired the trigger. */
  fired: Scalars['Boolean']['output'];
  /** When it happened. */
  occurredAt: Scalars['DateTime']['output'];
};

/** A trigger, with activities that were tried. */
export type TriggerExplanation = {
  __typename?: 'TriggerExplanation';
  /** The latest activities of the type. */
  activities: Array<TriedActivity>;
  /** Whether one of the activities fired it. */
  fired: Scalars['Boolean']['output'];
  /** Name of the activity type. */
  type: Scalars['String']['output'];
};

/** Starts a campaign. */
export type TriggerInput = {
  /** Must hold too. It can't ask about certain leads. */
  filter?: InputMaybe<ActivityFilter>;
  /** Whether activities of robots count. */
  includeBots?: InputMaybe<Scalars['Boolean']['input']>;
  /** Name of the activity type, for example `Visit Webpage`. */
  type: Scalars['String']['input'];
};

/** A change of a list; fields that are left out stay. */
export type UpdateLeadListInput = {
  /** Of a smart list. */
  filter?: InputMaybe<PersonFilter>;
  /** The `id` of the list. */
  id: Scalars['ID']['input'];
  /** At most 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** The `revision` that was read. When another change was first, this change is refused. */
  revision: Scalars['Int']['input'];
};

/** A change of a campaign; fields that are left out stay. */
export type UpdateSmartCampaignInput = {
  /** The whole draft. */
  definition?: InputMaybe<CampaignDefinitionInput>;
  /** At most 2,000 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** The `id` of the smart campaign. */
  id: Scalars['ID']['input'];
  /** At most 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** The `revision` that was read. When another change was first, this change is refused. */
  revision: Scalars['Int']['input'];
};

/** Exactly one way to wait. How long is fixed when the wait begins. At most two years. */
export type WaitInput =
  /** So long. */
  { duration: DurationInput; trait?: never; until?: never; weekday?: never; }
  |  /** Until the date in a trait; without such a date, the person does not wait. */
  { duration?: never; trait: TraitWaitInput; until?: never; weekday?: never; }
  |  /** Until a moment. */
  { duration?: never; trait?: never; until: Scalars['DateTime']['input']; weekday?: never; }
  |  /** Until the next of some days of the week. */
  { duration?: never; trait?: never; until?: never; weekday: WeekdayWaitInput; };

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

/** A wait until a day of the week. */
export type WeekdayWaitInput = {
  /** Time of day, `09:30`, by the person's clocks. */
  at: Scalars['String']['input'];
  /** The days. */
  days: Array<WeekDay>;
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
  Activity: ResolverTypeWrapper<Reference>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  ActivityFilter: ActivityFilter;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  AlertInput: AlertInput;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  AttributeCondition: AttributeCondition;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  CallWebhookInput: CallWebhookInput;
  Campaign: ResolverTypeWrapper<Reference>;
  CampaignActionInput: CampaignActionInput;
  CampaignDefinitionInput: CampaignDefinitionInput;
  CampaignFault: ResolverTypeWrapper<CampaignFault>;
  CampaignFaultCode: CampaignFaultCode;
  CampaignPreview: ResolverTypeWrapper<Preview>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  CampaignPreviewEntry: ResolverTypeWrapper<PreviewEntry>;
  CampaignPreviewMail: ResolverTypeWrapper<PreviewMail>;
  CampaignPriority: CampaignPriority;
  CampaignRun: ResolverTypeWrapper<ShownRun>;
  CampaignRunConnection: ResolverTypeWrapper<Omit<CampaignRunConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['CampaignRunEdge']>, nodes: Array<ResolversTypes['CampaignRun']> }>;
  CampaignRunEdge: ResolverTypeWrapper<Omit<CampaignRunEdge, 'node'> & { node: ResolversTypes['CampaignRun'] }>;
  CampaignRunStatus: CampaignRunStatus;
  CampaignRunStep: ResolverTypeWrapper<CampaignRunStep>;
  CampaignRunStepConnection: ResolverTypeWrapper<CampaignRunStepConnection>;
  CampaignRunStepEdge: ResolverTypeWrapper<CampaignRunStepEdge>;
  CampaignStepStatus: CampaignStepStatus;
  ChangeDataValueInput: ChangeDataValueInput;
  ChangeScoreInput: ChangeScoreInput;
  ConditionExplanation: ResolverTypeWrapper<ConditionExplanation>;
  CreateLeadListInput: CreateLeadListInput;
  CreateSmartCampaignInput: CreateSmartCampaignInput;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DidCondition: DidCondition;
  DurationInput: DurationInput;
  DurationUnit: DurationUnit;
  EmailInput: EmailInput;
  FlowActionInput: FlowActionInput;
  FlowChoiceInput: FlowChoiceInput;
  FlowStepInput: FlowStepInput;
  IdCondition: IdCondition;
  InterestingMomentInput: InterestingMomentInput;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  KeywordCondition: KeywordCondition;
  Lead: ResolverTypeWrapper<Reference>;
  LeadList: ResolverTypeWrapper<ShownList>;
  LeadListConnection: ResolverTypeWrapper<Omit<LeadListConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['LeadListEdge']>, nodes: Array<ResolversTypes['LeadList']> }>;
  LeadListEdge: ResolverTypeWrapper<Omit<LeadListEdge, 'node'> & { node: ResolversTypes['LeadList'] }>;
  LeadListMemberConnection: ResolverTypeWrapper<Omit<LeadListMemberConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['LeadListMemberEdge']>, nodes: Array<Maybe<ResolversTypes['Lead']>> }>;
  LeadListMemberEdge: ResolverTypeWrapper<Omit<LeadListMemberEdge, 'node'> & { node?: Maybe<ResolversTypes['Lead']> }>;
  LeadListMemberResult: ResolverTypeWrapper<LeadListMemberResult>;
  LeadListMemberStatus: LeadListMemberStatus;
  LeadListMembersInput: LeadListMembersInput;
  LeadListMembersPayload: ResolverTypeWrapper<LeadListMembersPayload>;
  LeadListPayload: ResolverTypeWrapper<Omit<LeadListPayload, 'leadList'> & { leadList?: Maybe<ResolversTypes['LeadList']> }>;
  LeadListSize: ResolverTypeWrapper<LeadListSize>;
  ListActionInput: ListActionInput;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  PersonFilter: PersonFilter;
  QualificationExplanation: ResolverTypeWrapper<Explanation>;
  QualificationInput: QualificationInput;
  QualificationKind: QualificationKind;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RemoveFromFlowInput: RemoveFromFlowInput;
  RequestCampaignInput: RequestCampaignInput;
  RequestCampaignPayload: ResolverTypeWrapper<Omit<RequestCampaignPayload, 'results'> & { results: Array<ResolversTypes['RequestCampaignResult']> }>;
  RequestCampaignResult: ResolverTypeWrapper<Omit<RequestCampaignResult, 'run'> & { run?: Maybe<ResolversTypes['CampaignRun']> }>;
  ScheduleInput: ScheduleInput;
  SendLimitExplanation: ResolverTypeWrapper<ExplainedLimit>;
  SmartCampaign: ResolverTypeWrapper<ShownSmartCampaign>;
  SmartCampaignConnection: ResolverTypeWrapper<Omit<SmartCampaignConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['SmartCampaignEdge']>, nodes: Array<ResolversTypes['SmartCampaign']> }>;
  SmartCampaignEdge: ResolverTypeWrapper<Omit<SmartCampaignEdge, 'node'> & { node: ResolversTypes['SmartCampaign'] }>;
  SmartCampaignPayload: ResolverTypeWrapper<Omit<SmartCampaignPayload, 'smartCampaign'> & { smartCampaign?: Maybe<ResolversTypes['SmartCampaign']> }>;
  SmartCampaignStatus: SmartCampaignStatus;
  SmartCampaignVersion: ResolverTypeWrapper<ShownVersion>;
  TimeRange: TimeRange;
  TraitTest: TraitTest;
  TraitWaitInput: TraitWaitInput;
  TriedActivity: ResolverTypeWrapper<ExplainedActivity>;
  TriggerExplanation: ResolverTypeWrapper<ExplainedTrigger>;
  TriggerInput: TriggerInput;
  UpdateLeadListInput: UpdateLeadListInput;
  UpdateSmartCampaignInput: UpdateSmartCampaignInput;
  WaitInput: WaitInput;
  WeekDay: WeekDay;
  WeekdayWaitInput: WeekdayWaitInput;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Activity: Reference;
  ID: Scalars['ID']['output'];
  ActivityFilter: ActivityFilter;
  Boolean: Scalars['Boolean']['output'];
  AlertInput: AlertInput;
  String: Scalars['String']['output'];
  AttributeCondition: AttributeCondition;
  Float: Scalars['Float']['output'];
  CallWebhookInput: CallWebhookInput;
  Campaign: Reference;
  CampaignActionInput: CampaignActionInput;
  CampaignDefinitionInput: CampaignDefinitionInput;
  CampaignFault: CampaignFault;
  CampaignPreview: Preview;
  Int: Scalars['Int']['output'];
  CampaignPreviewEntry: PreviewEntry;
  CampaignPreviewMail: PreviewMail;
  CampaignRun: ShownRun;
  CampaignRunConnection: Omit<CampaignRunConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['CampaignRunEdge']>, nodes: Array<ResolversParentTypes['CampaignRun']> };
  CampaignRunEdge: Omit<CampaignRunEdge, 'node'> & { node: ResolversParentTypes['CampaignRun'] };
  CampaignRunStep: CampaignRunStep;
  CampaignRunStepConnection: CampaignRunStepConnection;
  CampaignRunStepEdge: CampaignRunStepEdge;
  ChangeDataValueInput: ChangeDataValueInput;
  ChangeScoreInput: ChangeScoreInput;
  ConditionExplanation: ConditionExplanation;
  CreateLeadListInput: CreateLeadListInput;
  CreateSmartCampaignInput: CreateSmartCampaignInput;
  DateTime: Scalars['DateTime']['output'];
  DidCondition: DidCondition;
  DurationInput: DurationInput;
  EmailInput: EmailInput;
  FlowActionInput: FlowActionInput;
  FlowChoiceInput: FlowChoiceInput;
  FlowStepInput: FlowStepInput;
  IdCondition: IdCondition;
  InterestingMomentInput: InterestingMomentInput;
  JSON: Scalars['JSON']['output'];
  KeywordCondition: KeywordCondition;
  Lead: Reference;
  LeadList: ShownList;
  LeadListConnection: Omit<LeadListConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['LeadListEdge']>, nodes: Array<ResolversParentTypes['LeadList']> };
  LeadListEdge: Omit<LeadListEdge, 'node'> & { node: ResolversParentTypes['LeadList'] };
  LeadListMemberConnection: Omit<LeadListMemberConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['LeadListMemberEdge']>, nodes: Array<Maybe<ResolversParentTypes['Lead']>> };
  LeadListMemberEdge: Omit<LeadListMemberEdge, 'node'> & { node?: Maybe<ResolversParentTypes['Lead']> };
  LeadListMemberResult: LeadListMemberResult;
  LeadListMembersInput: LeadListMembersInput;
  LeadListMembersPayload: LeadListMembersPayload;
  LeadListPayload: Omit<LeadListPayload, 'leadList'> & { leadList?: Maybe<ResolversParentTypes['LeadList']> };
  LeadListSize: LeadListSize;
  ListActionInput: ListActionInput;
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  PersonFilter: PersonFilter;
  QualificationExplanation: Explanation;
  QualificationInput: QualificationInput;
  Query: Record<PropertyKey, never>;
  RemoveFromFlowInput: RemoveFromFlowInput;
  RequestCampaignInput: RequestCampaignInput;
  RequestCampaignPayload: Omit<RequestCampaignPayload, 'results'> & { results: Array<ResolversParentTypes['RequestCampaignResult']> };
  RequestCampaignResult: Omit<RequestCampaignResult, 'run'> & { run?: Maybe<ResolversParentTypes['CampaignRun']> };
  ScheduleInput: ScheduleInput;
  SendLimitExplanation: ExplainedLimit;
  SmartCampaign: ShownSmartCampaign;
  SmartCampaignConnection: Omit<SmartCampaignConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['SmartCampaignEdge']>, nodes: Array<ResolversParentTypes['SmartCampaign']> };
  SmartCampaignEdge: Omit<SmartCampaignEdge, 'node'> & { node: ResolversParentTypes['SmartCampaign'] };
  SmartCampaignPayload: Omit<SmartCampaignPayload, 'smartCampaign'> & { smartCampaign?: Maybe<ResolversParentTypes['SmartCampaign']> };
  SmartCampaignVersion: ShownVersion;
  TimeRange: TimeRange;
  TraitTest: TraitTest;
  TraitWaitInput: TraitWaitInput;
  TriedActivity: ExplainedActivity;
  TriggerExplanation: ExplainedTrigger;
  TriggerInput: TriggerInput;
  UpdateLeadListInput: UpdateLeadListInput;
  UpdateSmartCampaignInput: UpdateSmartCampaignInput;
  WaitInput: WaitInput;
  WeekdayWaitInput: WeekdayWaitInput;
};

export type ActivityResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Activity'] = ResolversParentTypes['Activity']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type CampaignResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Campaign'] = ResolversParentTypes['Campaign']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type CampaignFaultResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignFault'] = ResolversParentTypes['CampaignFault']> = {
  code?: Resolver<ResolversTypes['CampaignFaultCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type CampaignPreviewResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignPreview'] = ResolversParentTypes['CampaignPreview']> = {
  activities?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  entered?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  entries?: Resolver<Array<ResolversTypes['CampaignPreviewEntry']>, ParentType, ContextType>;
  faults?: Resolver<Array<ResolversTypes['CampaignFault']>, ParentType, ContextType>;
  filtered?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  fired?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  isComplete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  mails?: Resolver<Maybe<Array<ResolversTypes['CampaignPreviewMail']>>, ParentType, ContextType>;
  notQualified?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type CampaignPreviewEntryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignPreviewEntry'] = ResolversParentTypes['CampaignPreviewEntry']> = {
  activity?: Resolver<Maybe<ResolversTypes['Activity']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  lead?: Resolver<Maybe<ResolversTypes['Lead']>, ParentType, ContextType>;
};

export type CampaignPreviewMailResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignPreviewMail'] = ResolversParentTypes['CampaignPreviewMail']> = {
  fault?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  html?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  lead?: Resolver<Maybe<ResolversTypes['Lead']>, ParentType, ContextType>;
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  subject?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  to?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type CampaignRunResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignRun'] = ResolversParentTypes['CampaignRun']> = {
  activity?: Resolver<Maybe<ResolversTypes['Activity']>, ParentType, ContextType>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  dueAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  enteredAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lead?: Resolver<Maybe<ResolversTypes['Lead']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  receivedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  smartCampaign?: Resolver<Maybe<ResolversTypes['SmartCampaign']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['CampaignRunStatus'], ParentType, ContextType>;
  step?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  steps?: Resolver<ResolversTypes['CampaignRunStepConnection'], ParentType, ContextType, RequireFields<CampaignRunStepsArgs, 'first'>>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type CampaignRunConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignRunConnection'] = ResolversParentTypes['CampaignRunConnection']> = {
  edges?: Resolver<Array<ResolversTypes['CampaignRunEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['CampaignRun']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type CampaignRunEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignRunEdge'] = ResolversParentTypes['CampaignRunEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['CampaignRun'], ParentType, ContextType>;
};

export type CampaignRunStepResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignRunStep'] = ResolversParentTypes['CampaignRunStep']> = {
  action?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  detail?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['CampaignStepStatus'], ParentType, ContextType>;
};

export type CampaignRunStepConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignRunStepConnection'] = ResolversParentTypes['CampaignRunStepConnection']> = {
  edges?: Resolver<Array<ResolversTypes['CampaignRunStepEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['CampaignRunStep']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type CampaignRunStepEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CampaignRunStepEdge'] = ResolversParentTypes['CampaignRunStepEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['CampaignRunStep'], ParentType, ContextType>;
};

export type ConditionExplanationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ConditionExplanation'] = ResolversParentTypes['ConditionExplanation']> = {
  actual?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  condition?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  depth?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  holds?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export type LeadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Lead'] = ResolversParentTypes['Lead']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type LeadListResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadList'] = ResolversParentTypes['LeadList']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  filter?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isSmart?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  members?: Resolver<Maybe<ResolversTypes['LeadListMemberConnection']>, ParentType, ContextType, RequireFields<LeadListMembersArgs, 'first'>>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  size?: Resolver<Maybe<ResolversTypes['LeadListSize']>, ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type LeadListConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadListConnection'] = ResolversParentTypes['LeadListConnection']> = {
  edges?: Resolver<Array<ResolversTypes['LeadListEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['LeadList']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type LeadListEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadListEdge'] = ResolversParentTypes['LeadListEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['LeadList'], ParentType, ContextType>;
};

export type LeadListMemberConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadListMemberConnection'] = ResolversParentTypes['LeadListMemberConnection']> = {
  edges?: Resolver<Array<ResolversTypes['LeadListMemberEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<Maybe<ResolversTypes['Lead']>>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type LeadListMemberEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadListMemberEdge'] = ResolversParentTypes['LeadListMemberEdge']> = {
  addedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<Maybe<ResolversTypes['Lead']>, ParentType, ContextType>;
};

export type LeadListMemberResultResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadListMemberResult'] = ResolversParentTypes['LeadListMemberResult']> = {
  leadId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['LeadListMemberStatus'], ParentType, ContextType>;
};

export type LeadListMembersPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadListMembersPayload'] = ResolversParentTypes['LeadListMembersPayload']> = {
  results?: Resolver<Array<ResolversTypes['LeadListMemberResult']>, ParentType, ContextType>;
};

export type LeadListPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadListPayload'] = ResolversParentTypes['LeadListPayload']> = {
  faults?: Resolver<Array<ResolversTypes['CampaignFault']>, ParentType, ContextType>;
  leadList?: Resolver<Maybe<ResolversTypes['LeadList']>, ParentType, ContextType>;
};

export type LeadListSizeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LeadListSize'] = ResolversParentTypes['LeadListSize']> = {
  isExact?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  activateSmartCampaign?: Resolver<ResolversTypes['SmartCampaignPayload'], ParentType, ContextType, RequireFields<MutationActivateSmartCampaignArgs, 'id'>>;
  addToLeadList?: Resolver<ResolversTypes['LeadListMembersPayload'], ParentType, ContextType, RequireFields<MutationAddToLeadListArgs, 'input'>>;
  cloneSmartCampaign?: Resolver<ResolversTypes['SmartCampaignPayload'], ParentType, ContextType, RequireFields<MutationCloneSmartCampaignArgs, 'id' | 'name'>>;
  createLeadList?: Resolver<ResolversTypes['LeadListPayload'], ParentType, ContextType, RequireFields<MutationCreateLeadListArgs, 'input'>>;
  createSmartCampaign?: Resolver<ResolversTypes['SmartCampaignPayload'], ParentType, ContextType, RequireFields<MutationCreateSmartCampaignArgs, 'input'>>;
  deactivateSmartCampaign?: Resolver<ResolversTypes['SmartCampaignPayload'], ParentType, ContextType, RequireFields<MutationDeactivateSmartCampaignArgs, 'id'>>;
  deleteLeadList?: Resolver<ResolversTypes['ID'], ParentType, ContextType, RequireFields<MutationDeleteLeadListArgs, 'id'>>;
  deleteSmartCampaign?: Resolver<ResolversTypes['ID'], ParentType, ContextType, RequireFields<MutationDeleteSmartCampaignArgs, 'id'>>;
  removeFromLeadList?: Resolver<ResolversTypes['LeadListMembersPayload'], ParentType, ContextType, RequireFields<MutationRemoveFromLeadListArgs, 'input'>>;
  replayCampaignRun?: Resolver<ResolversTypes['CampaignRun'], ParentType, ContextType, RequireFields<MutationReplayCampaignRunArgs, 'id'>>;
  requestCampaign?: Resolver<ResolversTypes['RequestCampaignPayload'], ParentType, ContextType, RequireFields<MutationRequestCampaignArgs, 'input'>>;
  scheduleCampaign?: Resolver<ResolversTypes['SmartCampaignPayload'], ParentType, ContextType, RequireFields<MutationScheduleCampaignArgs, 'id' | 'schedule'>>;
  updateLeadList?: Resolver<ResolversTypes['LeadListPayload'], ParentType, ContextType, RequireFields<MutationUpdateLeadListArgs, 'input'>>;
  updateSmartCampaign?: Resolver<ResolversTypes['SmartCampaignPayload'], ParentType, ContextType, RequireFields<MutationUpdateSmartCampaignArgs, 'input'>>;
};

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QualificationExplanationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['QualificationExplanation'] = ResolversParentTypes['QualificationExplanation']> = {
  conditions?: Resolver<Array<ResolversTypes['ConditionExplanation']>, ParentType, ContextType>;
  judgedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  lastEntryAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  limits?: Resolver<Array<ResolversTypes['SendLimitExplanation']>, ParentType, ContextType>;
  nextEntryAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  qualifies?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  runs?: Resolver<Array<ResolversTypes['CampaignRun']>, ParentType, ContextType>;
  sentences?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  triggers?: Resolver<Array<ResolversTypes['TriggerExplanation']>, ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  wouldEnter?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  campaignRun?: Resolver<Maybe<ResolversTypes['CampaignRun']>, ParentType, ContextType, RequireFields<QueryCampaignRunArgs, 'id'>>;
  campaignRuns?: Resolver<Maybe<ResolversTypes['CampaignRunConnection']>, ParentType, ContextType, RequireFields<QueryCampaignRunsArgs, 'first'>>;
  explainQualification?: Resolver<Maybe<ResolversTypes['QualificationExplanation']>, ParentType, ContextType, RequireFields<QueryExplainQualificationArgs, 'campaignId' | 'leadId'>>;
  leadList?: Resolver<Maybe<ResolversTypes['LeadList']>, ParentType, ContextType, RequireFields<QueryLeadListArgs, 'id'>>;
  leadLists?: Resolver<Maybe<ResolversTypes['LeadListConnection']>, ParentType, ContextType, RequireFields<QueryLeadListsArgs, 'first'>>;
  previewCampaign?: Resolver<Maybe<ResolversTypes['CampaignPreview']>, ParentType, ContextType, RequireFields<QueryPreviewCampaignArgs, 'definition' | 'from' | 'to'>>;
  smartCampaign?: Resolver<Maybe<ResolversTypes['SmartCampaign']>, ParentType, ContextType, RequireFields<QuerySmartCampaignArgs, 'id'>>;
  smartCampaigns?: Resolver<Maybe<ResolversTypes['SmartCampaignConnection']>, ParentType, ContextType, RequireFields<QuerySmartCampaignsArgs, 'first'>>;
  validateCampaign?: Resolver<Maybe<Array<ResolversTypes['CampaignFault']>>, ParentType, ContextType, RequireFields<QueryValidateCampaignArgs, 'definition'>>;
};

export type RequestCampaignPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RequestCampaignPayload'] = ResolversParentTypes['RequestCampaignPayload']> = {
  results?: Resolver<Array<ResolversTypes['RequestCampaignResult']>, ParentType, ContextType>;
};

export type RequestCampaignResultResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RequestCampaignResult'] = ResolversParentTypes['RequestCampaignResult']> = {
  leadId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  run?: Resolver<Maybe<ResolversTypes['CampaignRun']>, ParentType, ContextType>;
};

export type SendLimitExplanationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SendLimitExplanation'] = ResolversParentTypes['SendLimitExplanation']> = {
  hours?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  limit?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sent?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SmartCampaignResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SmartCampaign'] = ResolversParentTypes['SmartCampaign']> = {
  campaign?: Resolver<Maybe<ResolversTypes['Campaign']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  draft?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['SmartCampaignStatus'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  versions?: Resolver<Array<ResolversTypes['SmartCampaignVersion']>, ParentType, ContextType>;
};

export type SmartCampaignConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SmartCampaignConnection'] = ResolversParentTypes['SmartCampaignConnection']> = {
  edges?: Resolver<Array<ResolversTypes['SmartCampaignEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['SmartCampaign']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SmartCampaignEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SmartCampaignEdge'] = ResolversParentTypes['SmartCampaignEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['SmartCampaign'], ParentType, ContextType>;
};

export type SmartCampaignPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SmartCampaignPayload'] = ResolversParentTypes['SmartCampaignPayload']> = {
  faults?: Resolver<Array<ResolversTypes['CampaignFault']>, ParentType, ContextType>;
  smartCampaign?: Resolver<Maybe<ResolversTypes['SmartCampaign']>, ParentType, ContextType>;
};

export type SmartCampaignVersionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SmartCampaignVersion'] = ResolversParentTypes['SmartCampaignVersion']> = {
  definition?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  validFrom?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  validTo?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type TriedActivityResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TriedActivity'] = ResolversParentTypes['TriedActivity']> = {
  activity?: Resolver<ResolversTypes['Activity'], ParentType, ContextType>;
  failed?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  fired?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  occurredAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type TriggerExplanationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TriggerExplanation'] = ResolversParentTypes['TriggerExplanation']> = {
  activities?: Resolver<Array<ResolversTypes['TriedActivity']>, ParentType, ContextType>;
  fired?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  Activity?: ActivityResolvers<ContextType>;
  Campaign?: CampaignResolvers<ContextType>;
  CampaignFault?: CampaignFaultResolvers<ContextType>;
  CampaignPreview?: CampaignPreviewResolvers<ContextType>;
  CampaignPreviewEntry?: CampaignPreviewEntryResolvers<ContextType>;
  CampaignPreviewMail?: CampaignPreviewMailResolvers<ContextType>;
  CampaignRun?: CampaignRunResolvers<ContextType>;
  CampaignRunConnection?: CampaignRunConnectionResolvers<ContextType>;
  CampaignRunEdge?: CampaignRunEdgeResolvers<ContextType>;
  CampaignRunStep?: CampaignRunStepResolvers<ContextType>;
  CampaignRunStepConnection?: CampaignRunStepConnectionResolvers<ContextType>;
  CampaignRunStepEdge?: CampaignRunStepEdgeResolvers<ContextType>;
  ConditionExplanation?: ConditionExplanationResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  JSON?: GraphQLScalarType;
  Lead?: LeadResolvers<ContextType>;
  LeadList?: LeadListResolvers<ContextType>;
  LeadListConnection?: LeadListConnectionResolvers<ContextType>;
  LeadListEdge?: LeadListEdgeResolvers<ContextType>;
  LeadListMemberConnection?: LeadListMemberConnectionResolvers<ContextType>;
  LeadListMemberEdge?: LeadListMemberEdgeResolvers<ContextType>;
  LeadListMemberResult?: LeadListMemberResultResolvers<ContextType>;
  LeadListMembersPayload?: LeadListMembersPayloadResolvers<ContextType>;
  LeadListPayload?: LeadListPayloadResolvers<ContextType>;
  LeadListSize?: LeadListSizeResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  QualificationExplanation?: QualificationExplanationResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  RequestCampaignPayload?: RequestCampaignPayloadResolvers<ContextType>;
  RequestCampaignResult?: RequestCampaignResultResolvers<ContextType>;
  SendLimitExplanation?: SendLimitExplanationResolvers<ContextType>;
  SmartCampaign?: SmartCampaignResolvers<ContextType>;
  SmartCampaignConnection?: SmartCampaignConnectionResolvers<ContextType>;
  SmartCampaignEdge?: SmartCampaignEdgeResolvers<ContextType>;
  SmartCampaignPayload?: SmartCampaignPayloadResolvers<ContextType>;
  SmartCampaignVersion?: SmartCampaignVersionResolvers<ContextType>;
  TriedActivity?: TriedActivityResolvers<ContextType>;
  TriggerExplanation?: TriggerExplanationResolvers<ContextType>;
};

