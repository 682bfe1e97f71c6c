import type { ActivityWrites } from '../datasources/activity-store/port.ts';
import type { FailedActivities } from '../datasources/failed-activities/port.ts';
import type { TenantRecords } from '../ingest/write/by-tenant.ts';
import { keepFailed } from '../ingest/write/failed-records.ts';
import { type Applied, applyRecords } from '../ingest/write/write-apply.ts';

export type LoggedSink = {
  readonly store: ActivityWrites;
  readonly failures: Pick<FailedActivities, 'put'>;
  /** A batch that takes longer counts as failed, in milliseconds. */
  readonly storeTimeoutMs: number;
};

/**
 * Brings logged records into the store; what the store refuses goes to the failed activities.
 * @returns what became of each, by index
 * @throws Error of the store, or of the failed activities
 */
export async function applyLogged(
  { store, failures, storeTimeoutMs }: LoggedSink,
  { tenant, logged }: TenantRecords,
): Promise<Applied['outcomes']> {
  const { outcomes, failure } = await applyRecords(
    {
      transact: (work) => work({ store }),
      conclude: (_unit, piece, signal) => keepFailed(failures, tenant, piece, signal),
      timeoutMs: storeTimeoutMs,
    },
    tenant,
    logged.map(({ record }) => record),
  );
  if (failure) throw failure;
  return outcomes;
}
