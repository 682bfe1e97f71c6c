import type { ActivityLog, ErasedLeads } from '../../../datasources/activity-log/port.ts';
import type { ActivityReads, ActivityRows } from '../../../datasources/activity-store/port.ts';
import type { FailedActivities } from '../../../datasources/failed-activities/port.ts';
import { assertTenant } from '../../../domain/tenant.ts';
import { createBreaker } from '../../../lib/breaker.ts';
import { DomainError } from '../../../lib/errors.ts';
import { QUEUE_LIMITS, type QueueLimits } from '../lane-turns.ts';
import { writingOthers } from '../write-answers.ts';
import { createWriteQueue, type WriteQueue } from '../write-queue.ts';
import type { Writer } from '../writer-port.ts';
import { createLogWrites } from './append-batch.ts';
import { createBatchWrites } from './batch-writes.ts';
import { createKnownRepeats, type FindSettled } from './known-repeats.ts';
import { createLeadWrites } from './lead-writes.ts';
import { createPutRows } from './put-rows.ts';
import { writingFirsts } from './write-firsts.ts';

export type ParallelWriterOptions = {
  readonly log: ActivityLog;
  readonly store: ActivityRows & Pick<ActivityReads, 'customTypes'>;
  /** Finds messages that are settled. */
  readonly settled: FindSettled;
  /** People who were erased, where the store knows them. */
  readonly erased?: ErasedLeads;
  /** Where conflicts go that are known before they are written. */
  readonly failures: Pick<FailedActivities, 'put'>;
  readonly limits?: Partial<ParallelLimits>;
  /** A store write that takes longer counts as missed: accepted, if the log has it, and settled from there. */
  readonly storeTimeoutMs?: number;
  /** A tenant's share of a batch, relative to others; 1 unless given. */
  readonly weightOf?: (tenantId: string) => number;
  onError(error: unknown): void;
};

type ParallelLimits = QueueLimits & {
  /** Batches under way at once. */
  readonly inFlight: number;
  /** How long a small batch waits for more records, in milliseconds. */
  readonly lingerMs: number;
  /** How long links whose sender does not wait for them linger, in milliseconds, and how many bytes of them may. */
  readonly followMs: number;
  readonly followBytes: number;
  /** Accepted messages that are remembered, so that a repeat is answered without another write. */
  readonly remembered: number;
};

const MIB = 1024 * 1024;
const DEFAULTS: ParallelLimits = {
  ...QUEUE_LIMITS,
  tenantBytes: 64 * MIB,
  inFlight: 6,
  lingerMs: 4,
  followMs: 250,
  followBytes: 4 * MIB,
  remembered: 100_000,
};
const STORE_TIMEOUT_MS = 5_000;
/** How long an engine that failed is left alone, in milliseconds. */
const OPEN_MS = 500;

/**
 * The durable write where log and store are engines of their own. A batch goes to both at once, and is acknowledged when
 * both have it. Requests of all tenants share batches. Behind the log `followers/settle.ts` decides which activity of a message
 * counts. So any number of processes write at the same time, and none of them has an order to keep.
 *
 * - The log has a batch, the store does not: accepted; the store gets it when the log is settled. A store that failed is
 *   left alone for a moment, so that writers don't wait for it each time.
 * - The store has a batch, the log does not: refused, to be sent again. The rows are there already, so the log gets
 *   them, too, as soon as it can (`createLateAppends`). While the log is known to be down nothing is written anywhere.
 *
 * Verdicts `duplicate` and `conflict` are certain. The verdict `stored` may go to a repeat that another process accepted
 * and nobody has settled yet. It counts once all the same, and is kept as a conflict if it has another body.
 */
export function createParallelWriter(options: ParallelWriterOptions): Writer {
  const { store, onError } = options;
  const limits = { ...DEFAULTS, ...options.limits };
  const weightOf = options.weightOf ?? (() => 1);
  const breaker = createBreaker(OPEN_MS);
  const timeoutMs = options.storeTimeoutMs ?? STORE_TIMEOUT_MS;
  const logWrites = createLogWrites(options.log, OPEN_MS, onError, options.erased);
  const leadWrites = createLeadWrites({
    store,
    breaker,
    timeoutMs,
    maxRecords: limits.batchRecords,
    lingerMs: limits.followMs,
    maxBytes: limits.followBytes,
    onFollowed: () => queue.schedule(),
    onError,
  });
  const write = createBatchWrites({
    logWrites,
    putRows: createPutRows({ store, breaker, timeoutMs, onError }),
    leadWrites,
    onAnswered: () => queue.schedule(),
  });
  const queue: WriteQueue = createWriteQueue({
    limits,
    lingerMs: limits.lingerMs,
    take: (lanes) => lanes.mix(weightOf),
    write,
    isIdle: () => leadWrites.isIdle,
  });
  const submit: WriteQueue['submit'] = async (tenant, records, signal, submitted) => {
    assertTenant(tenant);
    if (records.length > 0 && !logWrites.allows())
      throw new DomainError('BACKEND_UNAVAILABLE', 'The activity log does not answer. Try again shortly.', {
        retryAfterMs: 1_000,
      });
    return queue.submit(tenant, records, signal, submitted);
  };

  return {
    writeActivities: writingFirsts({
      repeats: createKnownRepeats({
        settled: options.settled,
        erased: options.erased,
        breaker,
        max: limits.remembered,
        onError,
      }),
      failures: options.failures,
      submit,
      onError,
    }),
    ...writingOthers(store, submit),
    status: () => ({
      queuedBytes: queue.bytes + logWrites.lateBytes,
      inFlight: queue.inFlight,
      repairing: [],
    }),
    drain: queue.drain,
    async close() {
      await queue.close();
      await logWrites.close();
    },
  };
}
