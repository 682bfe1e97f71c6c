import type { ActivityLog } from '../../datasources/activity-log/port.ts';
import type { ActivityReads, ActivityWrites } from '../../datasources/activity-store/port.ts';
import type { FailedActivities } from '../../datasources/failed-activities/port.ts';
import { keepFailed } from './failed-records.ts';
import { QUEUE_LIMITS, type QueueLimits, type Turn } from './lane-turns.ts';
import { settledOf } from './runs.ts';
import { asUnavailable, writingActivities, writingErasures, writingOthers } from './write-answers.ts';
import { applyRecords, type Transact, type WriteUnit } from './write-apply.ts';
import { createWriteQueue } from './write-queue.ts';
import type { ErasingWriter, Writer } from './writer-port.ts';

/** Store, log and failed activities in one transaction of the database that they are tables of. */
export type DatabaseUnit = WriteUnit & {
  readonly log: Pick<ActivityLog, 'append'>;
  readonly failures: Pick<FailedActivities, 'put'>;
};

export type TransactionWriterOptions = {
  readonly transact: Transact<DatabaseUnit>;
  readonly store: Pick<ActivityReads, 'customTypes'> & Pick<ActivityWrites, 'defineType'>;
  readonly limits?: Partial<TransactionWriterLimits>;
  /** A batch that takes longer is refused, in milliseconds; 10,000 unless given. */
  readonly storeTimeoutMs?: number;
};

type TransactionWriterLimits = QueueLimits & {
  /** Batches under way at once, of different tenants: one tenant has one at a time. */
  readonly inFlight: number;
};

const DEFAULTS: TransactionWriterLimits = {
  ...QUEUE_LIMITS,
  inFlight: 4,
};

/**
 * The durable write where the log is a table of the store's own database. One transaction writes the rows, the failed
 * activities, and last the records in the log. All of them are committed or none, at any crash, so that nothing needs
 * repair. Two processes may get two bodies under one message id at the same moment. Then the second transaction waits
 * for the first at the store's unique index, and is behind it in the log as well.
 *
 * While a tenant's batch is being written, its next batch gathers. Requests that arrive together share a transaction,
 * and nothing waits on a timer. A batch with records of several kinds has a transaction for each kind. A request that
 * could not be written completely is refused; sending it again is harmless.
 */
export function createTransactionWriter(options: TransactionWriterOptions): Writer & ErasingWriter {
  const { transact, storeTimeoutMs = 10_000 } = options;

  const write = async ({ tenant, entries }: Turn): Promise<void> => {
    const { outcomes, failure } = await applyRecords(
      {
        transact,
        timeoutMs: storeTimeoutMs,
        async conclude({ log, failures }, piece, signal) {
          await keepFailed(failures, tenant, piece, signal);
          await log.append(tenant, piece.records, signal);
        },
      },
      tenant,
      entries.flatMap(({ records }) => records),
    );
    for (const [entry, settled] of settledOf(entries, outcomes))
      if (settled.size === entry.records.length) entry.answer([...settled.values()]);
      else entry.refuse(asUnavailable(failure));
  };

  const queue = createWriteQueue({
    limits: { ...DEFAULTS, ...options.limits },
    take: (lanes) => lanes.next(),
    write: async (turns) => void (await Promise.all(turns.map(write))),
  });
  return {
    writeActivities: writingActivities(queue.submit),
    ...writingOthers(options.store, queue.submit),
    ...writingErasures(queue.submit),
    status: () => ({ queuedBytes: queue.bytes, inFlight: queue.inFlight, repairing: [] }),
    drain: queue.drain,
    close: queue.close,
  };
}
