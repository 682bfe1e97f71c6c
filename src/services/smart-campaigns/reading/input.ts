import type { DurationUnit } from '../../../domain/campaigns/duration.ts';
import type { Priority, Qualification } from '../../../domain/campaigns/model.ts';
import type { WeekDay } from '../../../domain/campaigns/wait.ts';
import type { Optional } from '../../../lib/bounds.ts';
import type { ActivityConditions } from '../../search/activity-filter.ts';
import type { Bound, KeywordCondition, ValueCondition } from '../../search/conditions.ts';

/** Definitions as their authors write them: ids are global, and fields that are left out have defaults. */

type DurationInput = { readonly amount: number; readonly unit: DurationUnit };

/** One test of a trait's value, or bounds. */
export type TraitInput = ValueCondition & {
  readonly name: string;
  readonly exists?: Optional<boolean>;
  readonly startsWith?: Optional<string>;
  readonly contains?: Optional<string>;
} & { readonly [K in Bound]?: Optional<number> };

export type DidInput = {
  readonly type: string;
  readonly filter?: Optional<ActivityConditions>;
  readonly atLeast?: Optional<number>;
  readonly atMost?: Optional<number>;
  readonly within?: Optional<DurationInput>;
};

/** Conditions on a person that must all hold. */
export type PersonInput = {
  readonly and?: Optional<readonly PersonInput[]>;
  readonly or?: Optional<readonly PersonInput[]>;
  readonly not?: Optional<PersonInput>;
  readonly trait?: Optional<TraitInput>;
  readonly externalId?: Optional<KeywordCondition>;
  readonly email?: Optional<KeywordCondition>;
  readonly isKnown?: Optional<boolean>;
  readonly inList?: Optional<string>;
  readonly did?: Optional<DidInput>;
};

export type TriggerInput = {
  readonly type: string;
  readonly filter?: Optional<ActivityConditions>;
  readonly includeBots?: Optional<boolean>;
};

export type EmailInput = {
  readonly fromName?: Optional<string>;
  readonly fromAddress: string;
  readonly replyTo?: Optional<string>;
  readonly subject: string;
  readonly text: string;
  readonly html?: Optional<string>;
};

/** Exactly one of these. */
export type WaitInput = {
  readonly duration?: Optional<DurationInput>;
  readonly until?: Optional<Date>;
  readonly trait?: Optional<{
    readonly name: string;
    readonly plusDays?: Optional<number>;
    readonly at?: Optional<string>;
  }>;
  readonly weekday?: Optional<{ readonly days: readonly WeekDay[]; readonly at: string }>;
};

/** Exactly one of these. */
export type ActionInput = {
  readonly sendEmail?: Optional<EmailInput>;
  readonly sendAlert?: Optional<{ readonly to: readonly string[]; readonly email: EmailInput }>;
  readonly changeScore?: Optional<{ readonly score: string; readonly by: number }>;
  readonly changeDataValue?: Optional<{ readonly trait: string; readonly value?: unknown }>;
  readonly addToList?: Optional<{ readonly listId: string }>;
  readonly removeFromList?: Optional<{ readonly listId: string }>;
  readonly wait?: Optional<WaitInput>;
  readonly interestingMoment?: Optional<{ readonly type: string; readonly description: string }>;
  readonly requestCampaign?: Optional<{ readonly campaignId: string }>;
  readonly executeCampaign?: Optional<{ readonly campaignId: string }>;
  readonly removeFromFlow?: Optional<{ readonly campaignId?: Optional<string> }>;
  readonly callWebhook?: Optional<{ readonly url: string }>;
};

export type StepInput = {
  readonly choices?: Optional<readonly { readonly when: PersonInput; readonly action: ActionInput }[]>;
  readonly otherwise?: Optional<ActionInput>;
};

export type ScheduleInput = { readonly at: Date; readonly everyDays?: Optional<number> };

export type DefinitionInput = {
  readonly triggers?: Optional<readonly TriggerInput[]>;
  readonly isRequestable?: Optional<boolean>;
  readonly filter?: Optional<PersonInput>;
  readonly qualification?: Optional<{
    readonly kind: Qualification['kind'];
    readonly every?: Optional<DurationInput>;
  }>;
  readonly flow: readonly StepInput[];
  readonly schedule?: Optional<ScheduleInput>;
  readonly isOperational?: Optional<boolean>;
  readonly priority?: Optional<Priority>;
  readonly timeZone?: Optional<string>;
};
