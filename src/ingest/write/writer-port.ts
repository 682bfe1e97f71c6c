import type { WriteVerdict } from '../../datasources/activity-store/port.ts';
import type { Activity, Campaign, CustomType } from '../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { Erasure } from '../../domain/erasure.ts';
import type { ActivityId } from '../../domain/ids.ts';
import type { LeadUpdate } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';

/**
 * The outcome of one activity. `failed`: it is durable in the log, but the store refuses its content. It is kept as a
 * failed activity with the reason, and can be replayed after a fix. Sending it again changes nothing.
 */
export type WrittenVerdict =
  | WriteVerdict
  | { readonly status: 'failed'; readonly id: ActivityId; readonly reason: string };

/** How much the writer has in hand, for metrics and readiness. */
export type WriterStatus = {
  /** Bytes (estimated) of requests that are not yet answered. */
  readonly queuedBytes: number;
  readonly inFlight: number;
  /** Tenants whose newest activities are in the log but not yet in the store. */
  readonly repairing: readonly string[];
};

/**
 * The durable write: log and store at once, with group commit across requests. Resolved means durable in
 * the log and visible in the store (or, when only the store failed, durable in the log and repaired from it).
 *
 * A caller that aborts while its items are queued leaves nothing behind. Later it is answered at once, and the write
 * goes on. Sending again is harmless.
 */
export interface Writer {
  /**
   * Verdicts in input order. `isVerdictShown: false` skips the search for repeats, for protocols without verdicts. A
   * repeat may then be answered as `stored`, and still counts once.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `RATE_LIMITED`; sending again is harmless.
   */
  writeActivities(
    tenant: Tenant,
    activities: readonly Activity[],
    signal: AbortSignal,
    options?: { readonly isVerdictShown?: boolean },
  ): Promise<readonly WrittenVerdict[]>;
  /**
   * `isAwaited: false` resolves when the updates are durable, for senders that need no more. They may then be in the
   * log alone. The store gets them soon, in the order of these calls.
   */
  writeLeadUpdates(
    tenant: Tenant,
    updates: readonly LeadUpdate[],
    signal: AbortSignal,
    options?: { readonly isAwaited?: boolean },
  ): Promise<void>;
  writeCampaigns(tenant: Tenant, campaigns: readonly Campaign[], signal: AbortSignal): Promise<void>;
  /**
   * Declares a type in log and store, so that a store rebuilt from the log counts by it, too.
   * @throws DomainError `BAD_USER_INPUT` when the name is taken by a different definition
   */
  defineType(tenant: Tenant, type: CustomType, signal: AbortSignal): Promise<ActivityTypeDefinition>;
  status(): WriterStatus;
  /** Waits until every request is answered. Records that the store still misses stay in the log for the next start. */
  drain(): Promise<void>;
  /** Drains, stops repairing and saves how far the store has come. Further writes are refused. */
  close(): Promise<void>;
}

/** A writer that can erase a person. */
export interface ErasingWriter {
  /**
   * Writes an erasure behind everything accepted before it: in the log, and in the store, whose rows it removes.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `RATE_LIMITED`: repeat it
   */
  erase(tenant: Tenant, erasure: Erasure, signal: AbortSignal): Promise<void>;
}
