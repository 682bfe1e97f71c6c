import { conflictOf, type FailedActivities, failureOf } from '../../datasources/failed-activities/port.ts';
import type { Activity, LogRecord, Source } from '../../domain/activity.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { type Piece, refusalText } from './write-apply.ts';

/** Keeps activities whose message id was used before, for another body. @throws Error of the failed activities */
export async function keepConflicts(
  failures: Pick<FailedActivities, 'put'>,
  tenant: Tenant,
  conflicts: readonly Activity[],
  signal: AbortSignal,
): Promise<void> {
  if (conflicts.length === 0) return;
  const failedAt = Date.now();
  await failures.put(
    tenant,
    conflicts.map((activity) => conflictOf(tenant.idSpace, activity, failedAt)),
    signal,
  );
}

/**
 * Keeps refused records among the failed activities: they are safe in the log, and can be replayed once the store takes
 * them. Keeps conflicts, too. @throws Error of the failed activities
 */
export async function keepFailed(
  failures: Pick<FailedActivities, 'put'>,
  tenant: Tenant,
  { records, outcomes }: Piece,
  signal: AbortSignal,
): Promise<void> {
  const conflicts = records.flatMap((record, index) => {
    const outcome = outcomes[index];
    const isConflicting = outcome?.kind === 'activity' && outcome.verdict.status === 'conflict';
    return isConflicting && record.kind === 'activity' ? [record.activity] : [];
  });
  await keepConflicts(failures, tenant, conflicts, signal);
  const failedAt = Date.now();
  const refused = records.flatMap((record, index) => {
    const outcome = outcomes[index];
    if (outcome?.kind !== 'refused') return [];
    return failureOf(tenant.idSpace, {
      failedAt,
      source: sourceOf(record),
      kind: 'record',
      code: 'STORE_REFUSED',
      message: refusalText(outcome.error),
      path: null,
      body: record,
    });
  });
  if (refused.length > 0) await failures.put(tenant, refused, signal);
}

/** Only activities say how they came in. */
const sourceOf = (record: LogRecord): Source =>
  record.kind === 'activity' ? record.activity.source : 'graphql';
