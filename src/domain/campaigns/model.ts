import type { ActivityFilter, Range } from '../filter.ts';
import { idKind } from '../ids.ts';
import type { Json } from '../json.ts';
import type { Duration } from './duration.ts';
import type { Wait } from './wait.ts';

/** Global ids of smart campaigns. Activities of a smart campaign name the campaign with the same local id. */
export const SMART_CAMPAIGN = idKind({ type: 'SmartCampaign', letter: 'S' });
/** Global ids of lists of people. */
export const LEAD_LIST = idKind({ type: 'LeadList', letter: 'G' });

/** Starts a campaign for the person of each new activity that fits. */
export type Trigger = {
  /** Name of an activity type. */
  readonly type: string;
  /** Must hold too; null for every activity of the type. */
  readonly filter: ActivityFilter | null;
  /** Whether activities of robots count. */
  readonly includeBots: boolean;
};

/** A condition on the number of a person's activities, up to the moment of the decision. Robots do not count. */
export type DidCondition = {
  readonly op: 'did';
  /** Name of an activity type. */
  readonly type: string;
  readonly filter: ActivityFilter | null;
  readonly atLeast: number;
  /** Null for no upper bound. */
  readonly atMost: number | null;
  /** How far back from the moment of the decision; null for all time. */
  readonly within: Duration | null;
};

/** A condition on one trait; a missing trait and null are no value. */
export type TraitCondition = { readonly op: 'trait'; readonly name: string } & (
  | { readonly test: 'in'; readonly values: readonly (string | number | boolean)[] }
  | { readonly test: 'range'; readonly range: Range<number> }
  | { readonly test: 'exists'; readonly value: boolean }
  | { readonly test: 'prefix' | 'contains'; readonly value: string }
);

/** A condition on a person. */
export type PersonFilter =
  | { readonly op: 'and' | 'or'; readonly filters: readonly PersonFilter[] }
  | { readonly op: 'not'; readonly filter: PersonFilter }
  | TraitCondition
  | DidCondition
  /** E-mail addresses compare in any letter case. */
  | { readonly op: 'identity'; readonly field: 'externalId' | 'email'; readonly values: readonly string[] }
  | { readonly op: 'isKnown'; readonly value: boolean }
  /** A member of a static list, or a person who fits the filter of a smart list. */
  | { readonly op: 'inList'; readonly listId: string };

/** How often a person may enter. `every`: the least time from one entry to the next. */
export type Qualification =
  | { readonly kind: 'ONCE' }
  | { readonly kind: 'EVERY_TIME' }
  | { readonly kind: 'ONCE_PER'; readonly every: Duration };

/** Texts are Liquid templates over `lead`, `campaign` and `activity`. */
export type EmailContent = {
  readonly fromName: string | null;
  readonly fromAddress: string;
  readonly replyTo: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
};

export type FlowAction =
  | { readonly type: 'sendEmail'; readonly email: EmailContent }
  | { readonly type: 'sendAlert'; readonly to: readonly string[]; readonly email: EmailContent }
  /** Adds to the integer in a trait, which counts as 0 while it is no integer. */
  | { readonly type: 'changeScore'; readonly score: string; readonly by: number }
  /** Null removes the trait. */
  | { readonly type: 'changeDataValue'; readonly trait: string; readonly value: Json }
  | { readonly type: 'addToList' | 'removeFromList'; readonly listId: string }
  | { readonly type: 'wait'; readonly wait: Wait }
  | { readonly type: 'interestingMoment'; readonly momentType: string; readonly description: string }
  /** Starts a campaign that is triggered by requests; it goes on by itself. */
  | { readonly type: 'requestCampaign'; readonly campaignId: string }
  /** Runs the flow of a campaign in place, before the next step. */
  | { readonly type: 'executeCampaign'; readonly campaignId: string }
  /** Ends the person's other runs of a campaign; of all campaigns where it is null. */
  | { readonly type: 'removeFromFlow'; readonly campaignId: string | null }
  /** Posts the person, the campaign and the activity as JSON, signed. */
  | { readonly type: 'callWebhook'; readonly url: string };

/** The first choice whose condition holds is done, and `otherwise` where none does; null does nothing. */
export type FlowStep = {
  readonly choices: readonly { readonly when: PersonFilter; readonly action: FlowAction }[];
  readonly otherwise: FlowAction | null;
};

/** When a batch campaign runs. `at`: epoch milliseconds. `everyDays`: again after so many days by the zone's clocks. */
export type Schedule = { readonly at: number; readonly everyDays: number | null };

export type Priority = 'HIGH' | 'MEDIUM' | 'LOW';

/** The definition of a campaign. It is immutable in an active version. */
export type CampaignDefinition = {
  readonly triggers: readonly Trigger[];
  /** Whether other campaigns and programs may start it for a person. */
  readonly isRequestable: boolean;
  /** Must hold for the person; null for everybody. */
  readonly filter: PersonFilter | null;
  readonly qualification: Qualification;
  readonly flow: readonly FlowStep[];
  /** Of batch campaigns. */
  readonly schedule: Schedule | null;
  /** Operational mail ignores communication limits and opt-outs. */
  readonly isOperational: boolean;
  /** Null: by its steps. */
  readonly priority: Priority | null;
  /** Zone of the IANA database, for people whose own zone is not known. */
  readonly timeZone: string;
};

/** A definition in force: for activities with `validFrom` ≤ `receivedAt` < `validTo`, epoch milliseconds. */
export type CampaignVersion = {
  readonly version: number;
  readonly definition: CampaignDefinition;
  readonly validFrom: number;
  /** Null while it is in force for good. */
  readonly validTo: number | null;
};

/** A smart campaign with its versions, the oldest first. They never overlap. Times are epoch milliseconds. */
export type SmartCampaign = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly draft: CampaignDefinition;
  readonly versions: readonly CampaignVersion[];
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Counts changes, from 1: a change of another revision is refused. */
  readonly revision: number;
};

/** A list of people. A smart list has the filter that its members fit. */
export type LeadList = {
  readonly id: string;
  readonly name: string;
  /** Null of a static list. */
  readonly filter: PersonFilter | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly revision: number;
};

/** The version in force at a time, epoch milliseconds. */
export const versionAt = (
  { versions }: Pick<SmartCampaign, 'versions'>,
  time: number,
): CampaignVersion | undefined =>
  versions.find(({ validFrom, validTo }) => validFrom <= time && (validTo === null || time < validTo));
