import type { Checkpoints, LogPositions } from '../../datasources/activity-log/port.ts';
import type { FailedActivities } from '../../datasources/failed-activities/port.ts';
import type { LogRecord } from '../../domain/activity.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { keepFailed } from './failed-records.ts';
import { type Applied, applyRecords, type Transact, type WriteUnit } from './write-apply.ts';

/** A store, and beside it how far it has come with a log that is not in its database. */
export type FromLogUnit = WriteUnit & {
  readonly failures: Pick<FailedActivities, 'put'>;
  readonly checkpoints: Pick<Checkpoints, 'save'>;
};

export type FromLogSink = {
  readonly transact: Transact<FromLogUnit>;
  /** A batch that takes longer counts as failed, in milliseconds. */
  readonly storeTimeoutMs: number;
};

/**
 * Brings records of one tenant from the log into the store; what the store refuses goes to the failed activities.
 * @param reached asked in the last transaction: how far the store has come when it is committed
 */
export const applyFromLog = (
  { transact, storeTimeoutMs }: FromLogSink,
  tenant: Tenant,
  records: readonly LogRecord[],
  reached: () => LogPositions | undefined,
): Promise<Applied> =>
  applyRecords(
    {
      transact,
      timeoutMs: storeTimeoutMs,
      async conclude({ failures, checkpoints }, piece, signal) {
        await keepFailed(failures, tenant, piece, signal);
        const positions = piece.isLast ? reached() : undefined;
        if (positions) await checkpoints.save(positions, signal);
      },
    },
    tenant,
    records,
  );
