import type { Directory } from '../auth/directory.ts';
import type { ActivityMetrics } from '../datasources/activity-metrics/port.ts';
import type { ActivitySearch } from '../datasources/activity-search/port.ts';
import type { ActivityReads } from '../datasources/activity-store/port.ts';
import type { FailedActivities } from '../datasources/failed-activities/port.ts';
import type { TenantOf } from '../domain/tenant.ts';
import type { Clock } from '../domain/time/clock.ts';
import type { ActivityTypes } from '../ingest/door/activity-types.ts';
import type { Writer } from '../ingest/write/writer-port.ts';
import type { Dependency } from '../observability/health.ts';
import type { Personal } from '../services/privacy/personal.ts';
import type { CampaignPorts } from './campaigns.ts';

/** A follower of the log that runs in this process, and how far it is behind. */
export type FollowerLag = {
  readonly name: string;
  /**
   * Records not handled yet, for each partition that this process has.
   * @throws DomainError `BACKEND_UNAVAILABLE` while that is not known, as while this process is no member of its group
   */
  lag(): Promise<ReadonlyMap<number, number>>;
};

/** The four ports of a profile with their engines, opened and ready. */
export type Backend = {
  /** Makes the tenants of this installation. */
  readonly tenantOf: TenantOf;
  readonly directory: Directory;
  readonly store: ActivityReads;
  readonly search: ActivitySearch;
  readonly metrics: ActivityMetrics;
  readonly types: ActivityTypes;
  readonly writer: Writer;
  readonly failures: FailedActivities;
  /**
   * The time until which search finds every activity of a tenant in the log, epoch milliseconds by `receivedAt`.
   * Undefined while it is unknown.
   */
  indexedUntil(tenantId: string, signal: AbortSignal): Promise<number | undefined>;
  /** Empty where nothing follows the log in this process. */
  followers(): readonly FollowerLag[];
  /** After many rows were written at once. */
  afterBulkLoad(): Promise<void>;
  /** The dependencies of the process, for its readiness. */
  readonly dependencies: readonly Dependency[];
  /** Erasure and export of a person. */
  readonly personal: Personal;
  /** Campaigns, lists and runs. */
  readonly automation: CampaignPorts;
  /** Dates arrivals. */
  readonly clock: Clock;
  /** Finishes writes in flight, then closes everything. */
  close(): Promise<void>;
};
