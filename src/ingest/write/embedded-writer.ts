import type { ActivityLog } from '../../datasources/activity-log/port.ts';
import { type ActivityReads, type ActivityWrites, repeatOf } from '../../datasources/activity-store/port.ts';
import type { Activity, LogRecord } from '../../domain/activity.ts';
import { hashOfId } from '../../domain/ids.ts';
import { never } from '../../lib/abort.ts';
import { type ApplierOptions, createApplier } from './applier.ts';
import { type Entry, QUEUE_LIMITS, type QueueLimits, type Turn } from './lane-turns.ts';
import type { Settled } from './runs.ts';
import { asUnavailable, writingActivities, writingErasures, writingOthers } from './write-answers.ts';
import { createWriteQueue } from './write-queue.ts';
import type { Outcome } from './write-steps.ts';
import type { ErasingWriter, Writer } from './writer-port.ts';

type EmbeddedWriterLimits = QueueLimits & {
  /** Batches that the log has and the store has not answered, at most. */
  readonly inFlight: number;
};

export type EmbeddedWriterOptions = Pick<ApplierOptions, 'transact' | 'tenantOf' | 'start'> & {
  readonly log: Pick<ActivityLog, 'append' | 'read'>;
  readonly store: Pick<ActivityReads, 'customTypes'> & Pick<ActivityWrites, 'defineType'>;
  readonly limits?: Partial<EmbeddedWriterLimits>;
  /** When the store takes longer, in milliseconds, what the log has is accepted, and settled later. */
  readonly storeTimeoutMs?: number;
  readonly retryDelayMs?: ApplierOptions['retryDelayMs'];
};

const DEFAULTS: EmbeddedWriterLimits = {
  ...QUEUE_LIMITS,
  inFlight: 3,
};

/**
 * The durable write of the one process that owns the log: append to the log, settle from the log, answer when settled.
 *
 * While the store writes a batch, the next batch is appended, and another gathers behind it. Requests that arrive
 * together share one append, one sync and one transaction, and nothing waits on a timer. The store gets the records of
 * the log, in its order, and no others. So a body that is answered as stored is the first of its message in the log.
 * A store that is rebuilt from the log is the same store.
 *
 * - The log fails: refused, and nothing is anywhere.
 * - The store fails or is too slow: accepted, and settled from the log later (`createApplier`). Until then repeats are
 *   recognised within a batch only.
 */
export function createEmbeddedWriter(options: EmbeddedWriterOptions): Writer & ErasingWriter {
  const { log } = options;
  const limits = { ...DEFAULTS, ...options.limits };
  const unstopped = never();
  const applier = createApplier({
    ...options,
    batchRecords: limits.batchRecords,
    storeTimeoutMs: options.storeTimeoutMs ?? 10_000,
    retryDelayMs: options.retryDelayMs ?? { min: 50, max: 5_000 },
    onProgress: () => queue.schedule(),
  });

  /** Resolves when the log has the turn and the applier has taken it: then the next is appended. */
  const write = async ({ tenant, entries }: Turn): Promise<void> => {
    const records = entries.flatMap((entry) => entry.records);
    const positions = await log.append(tenant, records, unstopped);
    void applier
      .settle(tenant, records, positions)
      .then((settled) => answerAll(entries, outcomesOf(records, settled)))
      .catch((error: unknown) => {
        for (const entry of entries) entry.refuse(asUnavailable(error));
      });
  };

  const queue = createWriteQueue({
    // One append at a time, so that batches are handed over in the order of the log.
    limits: { ...limits, inFlight: 1 },
    take: (lanes) => (applier.unanswered < limits.inFlight ? lanes.next(applier.isHeld) : []),
    write: async (turns) => void (await Promise.all(turns.map(write))),
    isIdle: () => applier.unanswered === 0,
  });

  return {
    writeActivities: writingActivities(queue.submit),
    ...writingOthers(options.store, queue.submit),
    ...writingErasures(queue.submit),
    status: () => ({ queuedBytes: queue.bytes, inFlight: applier.unanswered, repairing: applier.behind() }),
    drain: queue.drain,
    async close() {
      await queue.close();
      await applier.close();
    },
  };
}

/** The outcomes of a batch's records; without an answer of the store, they are derived from the batch. */
function outcomesOf(records: readonly LogRecord[], settled: Settled): Outcome[] {
  const firsts = new Map<string, Activity>();
  return records.map((record, index): Outcome => {
    if (record.kind !== 'activity') return settled.get(index) ?? { kind: 'done' };
    const { activity } = record;
    const hash = hashOfId(activity.id);
    const first = firsts.get(hash);
    if (first === undefined) firsts.set(hash, activity);
    return (
      settled.get(index) ?? {
        kind: 'activity',
        verdict: first === undefined ? { status: 'stored', id: activity.id } : repeatOf(first, activity),
      }
    );
  });
}

/** Tells every caller of a batch what became of its own records. */
function answerAll(entries: readonly Entry[], outcomes: readonly Outcome[]): void {
  let start = 0;
  for (const entry of entries) {
    entry.answer(outcomes.slice(start, start + entry.records.length));
    start += entry.records.length;
  }
}
