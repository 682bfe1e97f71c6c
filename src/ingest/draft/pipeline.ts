import type { Activity } from '../../domain/activity.ts';
import type { ActivityCategory, ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { MessageSpace } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LeadIdentity, LeadUpdate } from '../../domain/lead.ts';
import type { IdSpace } from '../../domain/tenant.ts';
import { DomainError } from '../../lib/errors.ts';
import type { ActivityDraft, ItemError, Outcome, Policy } from './draft.ts';
import { ok, reject } from './draft.ts';

/** An activity at the door: its draft, its sender and its time. */
export type Arrival = {
  /** Of its tenant: what ids are derived from. */
  readonly idSpace: IdSpace;
  readonly draft: ActivityDraft;
  /** The type the draft names; undefined when the tenant has none of that name. */
  readonly type: ActivityTypeDefinition | undefined;
  readonly policy: Policy;
  /** Whose message ids they are; `secret` unless given. */
  readonly space?: MessageSpace;
  /** When it arrived, epoch milliseconds. */
  readonly now: number;
};

/** Where somebody came from: what the link was tagged with, and the page before. All in lower case but the campaign. */
export type Origin = {
  readonly source: string | null;
  readonly medium: string | null;
  /** `utm_campaign`, as written. */
  readonly campaign: string | null;
  /** `utm_id`, as written. */
  readonly campaignId: string | null;
  /** The advertiser's click id, which stands on addresses that were paid for without further tags. */
  readonly isPaidClick: boolean;
  /** Host of the page before; null when there was none, or one of the same site. */
  readonly referrer: string | null;
  /** Whether the page before was one of the same site. */
  readonly isFromOwnSite: boolean;
};

/** An activity on its way through the steps: checked, and enriched so far. */
export type Candidate = {
  readonly arrival: Arrival;
  readonly type: ActivityTypeDefinition;
  readonly identity: LeadIdentity;
  /** Where the person came from, where a later step needs it. */
  readonly origin: Origin | null;
  /** Null until the sender or a step sets it. */
  readonly channel: string | null;
  readonly campaign: Activity['campaign'];
  readonly attributes: JsonObject;
  readonly context: JsonObject;
  readonly country: string | null;
  readonly device: string | null;
  readonly isBot: boolean;
  /** Digest of the sender's activity, before any step adds to it. */
  readonly contentDigest: string;
  readonly agentKind: Activity['agentKind'];
  /** Links that the activity implies, to be written beside it. */
  readonly links: readonly LeadUpdate[];
  /** Values that were left out, or kept without being counted. */
  readonly warnings: readonly ItemError[];
};

/** One step: a function with a name, made by a factory. It throws nothing that it expects. */
export type Step<In, Out = In> = (item: In) => Outcome<Out>;

export type Steps = {
  /** Checks the draft and converts it into one form. */
  readonly normalise: Step<Arrival, Candidate>;
  /** The steps that follow, in order, by the category of the type. */
  readonly enrich: Readonly<Record<ActivityCategory, readonly Step<Candidate>[]>>;
  readonly finish: Step<Candidate, Accepted>;
};

/** An accepted activity, the links that it implies, and warnings about changed values. */
export type Accepted = {
  readonly activity: Activity;
  readonly links: readonly LeadUpdate[];
  readonly warnings: readonly ItemError[];
};

export interface Pipeline {
  run(arrival: Arrival): Outcome<Accepted>;
}

/**
 * Runs an activity through its steps; the first outcome that is not `ok` ends it. A step that throws rejects only its
 * own activity, which is kept and can be replayed after a fix.
 * @param onBroken receives the step's name and the error
 */
export function createPipeline(steps: Steps, onBroken: (step: string, error: unknown) => void): Pipeline {
  const guarded = <In, Out>(step: Step<In, Out>, item: In): Outcome<Out> => {
    try {
      return step(item);
    } catch (error) {
      if (error instanceof DomainError && error.retryable) return { kind: 'retry', error };
      onBroken(step.name, error);
      return reject('STEP_FAILED', `The step '${step.name}' broke on this activity. It was kept and logged.`);
    }
  };

  return {
    run(arrival) {
      const checked = guarded(steps.normalise, arrival);
      if (checked.kind !== 'ok') return checked;
      let candidate = checked.value;
      for (const step of steps.enrich[candidate.type.category]) {
        const outcome = guarded(step, candidate);
        if (outcome.kind !== 'ok') return outcome;
        candidate = outcome.value;
      }
      return guarded(steps.finish, candidate);
    },
  };
}

/** Adds fields to a candidate in place: only its pipeline holds it, and a copy for each step costs more than most steps. */
export const enrich = (candidate: Candidate, fields: Partial<Candidate> | undefined): Outcome<Candidate> =>
  ok(fields === undefined ? candidate : Object.assign(candidate, fields));
