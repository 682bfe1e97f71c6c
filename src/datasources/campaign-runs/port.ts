import type { Decision } from '../../domain/campaigns/decision.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LeadKey } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { PersonalData } from '../personal-data.ts';

/**
 * `NEW`: decided, and not looked at yet. `WAITING`: between two steps. The others are finished.
 * `FILTERED`: the filter did not hold. `NOT_QUALIFIED`: the person entered too often. `REMOVED`: taken out of the flow.
 * `STOPPED`: the campaign is not active any more, or the person was erased. `FAILED`: a step failed for good; the run can
 * be replayed.
 */
export type RunStatus =
  | 'NEW'
  | 'WAITING'
  | 'DONE'
  | 'FILTERED'
  | 'NOT_QUALIFIED'
  | 'REMOVED'
  | 'STOPPED'
  | 'FAILED';

/** The life of one decision. Times are epoch milliseconds. */
export type Run = Decision & {
  readonly status: RunStatus;
  /** The person that the lead key belonged to when the run was looked at last. */
  readonly personKey: LeadKey;
  /** The next step of the flow, from 0. */
  readonly step: number;
  /** When it is looked at next; null when finished. */
  readonly dueAt: number | null;
  /** When the person entered; null before. */
  readonly enteredAt: number | null;
  /** Failed attempts at the next step. */
  readonly attempts: number;
  /** Why it is filtered, not qualified, stopped or failed; safe to show. */
  readonly reason: string | null;
};

export type StepStatus = 'DONE' | 'SKIPPED' | 'FAILED';

/** A step that was done, once for each run and path. */
export type RunStep = {
  /** The step's number, or the numbers through executed campaigns: `2`, `2.0`. */
  readonly path: string;
  /** Type of the action, `none` where no choice held. */
  readonly action: string;
  readonly status: StepStatus;
  readonly at: number;
  /** Reason, values before and after, message id. */
  readonly detail: JsonObject;
};

/** A run that this process may work on until its lease ends. */
export type LeasedRun = { readonly tenantId: string; readonly run: Run; readonly lease: string };

export type LeaseRequest = {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly leaseMs: number;
  readonly max: number;
  /** Runs of one tenant, at most. */
  readonly perTenant: number;
  /** Tenants that get none now. */
  readonly except: readonly string[];
};

/** A place among a person's messages of a period: at most `limit` in each span of `spanMs`. */
export type SendLimit = { readonly limit: number; readonly spanMs: number };

/**
 * Runs of campaigns, from the decision to the last step. Every call is idempotent. A run is leased, so that one process
 * at a time works on it; two runs of one person are never leased at once.
 */
export interface CampaignRuns extends PersonalData {
  /**
   * Adds decisions as runs; those that are there already stay as they are.
   * @param order what the run's place in the queue is, epoch milliseconds: `receivedAt` plus what its priority costs
   */
  add(
    tenant: Tenant,
    decisions: readonly (Decision & { readonly order: number })[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Leases runs that are due, of every tenant that has some, by their order. */
  lease(request: LeaseRequest, signal: AbortSignal): Promise<readonly LeasedRun[]>;
  /**
   * Writes a run's new state and the steps that led to it, and gives up the lease.
   * @returns false where the lease is lost: nothing is written
   */
  save(
    tenant: Tenant,
    leased: LeasedRun,
    run: Run,
    steps: readonly RunStep[],
    signal: AbortSignal,
  ): Promise<boolean>;
  /**
   * Notes what a step is about to do, before it does it. The first caller's note stays.
   * @returns the note that stands, of an earlier attempt perhaps
   */
  intend(
    tenant: Tenant,
    runId: string,
    path: string,
    note: JsonObject,
    signal: AbortSignal,
  ): Promise<JsonObject>;
  /**
   * Lets a person enter a campaign, unless another entry is less than `spanMs` away. Decided under the row's lock. The
   * same run again gets the same answer.
   * @param spanMs least span between two entries by `receivedAt`; 0 for every time, infinite for once
   */
  enter(
    tenant: Tenant,
    run: Pick<Run, 'id' | 'campaignId' | 'personKey' | 'receivedAt'>,
    spanMs: number,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** `receivedAt` of the person's latest entry; null for none. */
  lastEntry(
    tenant: Tenant,
    campaignId: string,
    personKey: LeadKey,
    signal: AbortSignal,
  ): Promise<number | null>;
  /**
   * Takes a place among the person's messages under all limits, by a conditional write.
   * @param messageId the same again takes no second place
   * @returns false where a limit is reached
   */
  takeSend(
    tenant: Tenant,
    personKey: LeadKey,
    messageId: string,
    at: number,
    limits: readonly SendLimit[],
    signal: AbortSignal,
  ): Promise<boolean>;
  /**
   * Ends the person's unfinished runs of a campaign, or of all where it is null, but for `except`. Runs whose decision
   * arrived after `at` go on, so that a repeated call ends no more of them.
   * @returns how many
   */
  removeFromFlow(
    tenant: Tenant,
    personKey: LeadKey,
    campaignId: string | null,
    except: string,
    at: number,
    signal: AbortSignal,
  ): Promise<number>;
  /** In input order; null where the tenant has none. */
  get(tenant: Tenant, ids: readonly string[], signal: AbortSignal): Promise<readonly (Run | null)[]>;
  /** Runs of a campaign or of a person, the latest first, strictly after a place. */
  list(tenant: Tenant, question: RunQuestion, signal: AbortSignal): Promise<readonly Run[]>;
  /** Steps of a run, in the order they were done. */
  steps(tenant: Tenant, runId: string, signal: AbortSignal): Promise<readonly RunStep[]>;
  /** Gives a failed run to the queue again, at the step that failed. @returns false where it is not failed */
  replay(tenant: Tenant, runId: string, at: number, signal: AbortSignal): Promise<boolean>;
  /** Unfinished runs of a tenant that are due, and the time since the oldest of them was due, in milliseconds. */
  backlog(
    now: number,
    signal: AbortSignal,
  ): Promise<readonly { readonly tenantId: string; readonly due: number; readonly lagMs: number }[]>;
}

export type RunQuestion = {
  readonly campaignId: string | null;
  readonly personKey: LeadKey | null;
  readonly statuses: readonly RunStatus[] | null;
  readonly first: number;
  readonly after: Pick<Run, 'receivedAt' | 'id'> | null;
};
