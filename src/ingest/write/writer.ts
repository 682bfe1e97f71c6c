import type { Checkpoints, LogPosition, LogPositions } from '../../datasources/activity-log/port.ts';
import { type ActivityStore, repeatOf } from '../../datasources/activity-store/port.ts';
import type { Activity, LogRecord } from '../../domain/activity.ts';
import { hashOfId } from '../../domain/ids.ts';
import { assertTenant, type Tenant } from '../../domain/tenant.ts';
import { DomainError } from '../../lib/errors.ts';
import { keepFailed } from './failed-records.ts';
import { asUnavailable, writingActivities, writingErasures, writingOthers } from './write-answers.ts';
import { type Applied, applyRecords } from './write-apply.ts';
import { createWriteLanes, type Entry, type QueueLimits } from './write-lanes.ts';
import { createRepairer, type RepairSource } from './write-repair.ts';
import type { Outcome } from './write-steps.ts';
import { createWatermark } from './write-watermark.ts';
import type { ErasingWriter, Writer } from './writer-port.ts';

type WriterLimits = QueueLimits & {
  /** Batches under way at once, of different tenants: one tenant has one at a time. */
  readonly inFlight: number;
};

export type WriterOptions = Omit<RepairSource, 'store' | 'storeTimeoutMs'> & {
  readonly store: ActivityStore;
  /**
   * What `recover` returned, and where to save progress: for the one process that owns the log. Several
   * processes on one log leave it out, because none of them sees all of the log's records finish; they run
   * `recover` now and then instead.
   */
  readonly progress?: { readonly checkpoints: Checkpoints; readonly start: LogPositions };
  readonly limits?: Partial<WriterLimits>;
  /** A store write that takes longer counts as failed: accepted, if the log has it, and repaired. */
  readonly storeTimeoutMs?: number;
  readonly repairDelayMs?: { readonly min: number; readonly max: number };
};

const MIB = 1024 * 1024;
const DEFAULTS: WriterLimits = {
  tenantBytes: 32 * MIB,
  totalBytes: 128 * MIB,
  waitMs: 5_000,
  batchRecords: 1_000,
  batchBytes: 4 * MIB,
  inFlight: 4,
};
/** How soon a record that the store has and the log has not is tried again when nobody writes. */
const DEBT_DELAY_MS = 500;

type Settled = { readonly positions: readonly LogPosition[] } | { readonly error: Error };

/**
 * The durable write. While one batch of a tenant is being written, the next one gathers: requests that come
 * together share one append, one sync and one transaction, and nothing waits on a timer.
 *
 * Order. A tenant's batches go one after the other, and log and store get the same records in the same
 * order, so that of two bodies under one messageId the one answered as stored is also the first in the log:
 * a store rebuilt from the log is the same store. What holds beyond one process: with several writing to one
 * log and store, two different bodies sent under one messageId to two of them at the same moment may reach
 * log and store in different order. The store then has the one that was answered as stored, a rebuild may pick the
 * other; each is counted once either way. The same goes for a body that the store took but the log did not
 * when the process died before it could tell the log (its sender was never told it was accepted).
 */
export function createWriter(options: WriterOptions): Writer & ErasingWriter {
  const { log, store } = options;
  const limits = { ...DEFAULTS, ...options.limits };
  const storeTimeoutMs = options.storeTimeoutMs ?? 10_000;
  const source: RepairSource = {
    log,
    store,
    failures: options.failures,
    storeTimeoutMs,
    tenantOf: options.tenantOf,
  };
  const queue = createWriteLanes(limits);
  const watermark = options.progress && createWatermark(options.progress.checkpoints, options.progress.start);
  /** Records the store took and the log refused: the log gets them before anything else of that tenant. */
  const debts = new Map<string, { readonly tenant: Tenant; readonly records: readonly LogRecord[] }>();
  const never = new AbortController().signal;
  let inFlight = 0;
  let isClosed = false;
  let isPumpScheduled = false;
  let onIdle: (() => void)[] = [];

  const repairer = createRepairer({
    ...source,
    watermark,
    isBusy: (tenantId) => queue.isBusy(tenantId),
    onFree: () => schedulePump(),
    minDelayMs: options.repairDelayMs?.min ?? 50,
    maxDelayMs: options.repairDelayMs?.max ?? 5_000,
  });

  const append = async (tenant: Tenant, records: readonly LogRecord[]): Promise<Settled> => {
    try {
      return { positions: await log.append(tenant, records, never) };
    } catch (error) {
      return { error: asUnavailable(error) };
    }
  };

  const apply = (tenant: Tenant, records: readonly LogRecord[]): Promise<Applied> =>
    applyRecords(
      {
        transact: (work) => work({ store }),
        conclude: (_unit, piece, signal) => keepFailed(options.failures, tenant, piece, signal),
        timeoutMs: storeTimeoutMs,
      },
      tenant,
      records,
    );

  const writeBatch = async (tenant: Tenant, entries: readonly Entry[]): Promise<void> => {
    const records = entries.flatMap((entry) => entry.records);
    const debt = debts.get(tenant.id)?.records ?? [];
    const isLogOnly = repairer.isRepairing(tenant.id);
    let settled: Settled;
    let applied: Applied | undefined;
    if (isLogOnly || debt.length > 0) {
      settled = await append(tenant, [...debt, ...records]);
      if (!isLogOnly && 'positions' in settled && records.length > 0) applied = await apply(tenant, records);
    } else {
      [settled, applied] = await Promise.all([append(tenant, records), apply(tenant, records)]);
    }

    if ('error' in settled) {
      if (applied) owe(tenant, records, applied);
      for (const entry of entries) entry.refuse(settled.error);
      return;
    }
    if (debt.length > 0) {
      debts.delete(tenant.id);
      watermark?.done(settled.positions.slice(0, debt.length));
    }
    const positions = settled.positions.slice(debt.length);
    conclude(tenant, positions, applied);
    answer(entries, records, applied);
  };

  /** Keeps what the store has of a batch that the log refused. */
  const owe = (tenant: Tenant, records: readonly LogRecord[], applied: Applied): void => {
    const taken = records.filter((_, index) => {
      const outcome = applied.outcomes.get(index);
      return (
        outcome &&
        outcome.kind !== 'refused' &&
        !(outcome.kind === 'activity' && outcome.verdict.status !== 'stored')
      );
    });
    if (taken.length > 0) debts.set(tenant.id, { tenant, records: taken });
  };

  /** After the log has a batch: what the store has is done, what it missed is repaired from the log. */
  const conclude = (
    tenant: Tenant,
    positions: readonly LogPosition[],
    applied: Applied | undefined,
  ): void => {
    if (positions.length === 0) return;
    const isDone = applied !== undefined && applied.failure === undefined;
    if (isDone) watermark?.done(positions);
    else repairer.add(tenant.id, positions);
  };

  const schedulePump = (): void => {
    if (isPumpScheduled) return;
    isPumpScheduled = true;
    // After the events of this turn: requests read from several sockets at once share a batch.
    setImmediate(() => {
      isPumpScheduled = false;
      pump();
    });
  };

  const start = (tenant: Tenant, entries: readonly Entry[]): void => {
    inFlight += 1;
    void writeBatch(tenant, entries)
      .catch((error: unknown) => {
        for (const entry of entries) entry.refuse(asUnavailable(error));
      })
      .finally(() => {
        inFlight -= 1;
        queue.release(tenant);
        if (debts.size > 0) setTimeout(payDebts, DEBT_DELAY_MS).unref();
        pump();
      });
  };

  const payDebts = (): void => {
    for (const { tenant } of debts.values()) if (queue.seize(tenant)) start(tenant, []);
  };

  const pump = (): void => {
    while (inFlight < limits.inFlight) {
      const [turn] = queue.next(repairer.isHeld);
      if (!turn) break;
      start(turn.tenant, turn.entries);
    }
    if (!queue.isIdle) return;
    for (const resolve of onIdle) resolve();
    onIdle = [];
  };

  const submit = async (
    tenant: Tenant,
    records: readonly LogRecord[],
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> => {
    assertTenant(tenant);
    if (isClosed)
      throw new DomainError('BACKEND_UNAVAILABLE', 'The server is shutting down. Try again shortly.');
    if (records.length === 0) return [];
    const outcomes = queue.add(tenant, records, signal);
    schedulePump();
    return outcomes;
  };

  const drain = (): Promise<void> =>
    new Promise((resolve) => {
      onIdle.push(resolve);
      schedulePump();
    });

  return {
    writeActivities: writingActivities(submit),
    ...writingOthers(store, submit),
    ...writingErasures(submit),
    status: () => ({ queuedBytes: queue.bytes, inFlight, repairing: repairer.tenants() }),
    drain,
    async close() {
      isClosed = true;
      await drain();
      await repairer.stop();
      watermark?.stop();
      await watermark?.save();
    },
  };
}

/** Tells every caller of a batch what became of its own records; where the store did not say, what the batch tells. */
function answer(
  entries: readonly Entry[],
  records: readonly LogRecord[],
  applied: Applied | undefined,
): void {
  const firsts = new Map<string, Activity>();
  const outcomes = records.map((record, index): Outcome => {
    if (record.kind !== 'activity') return applied?.outcomes.get(index) ?? { kind: 'done' };
    const { activity } = record;
    const hash = hashOfId(activity.id);
    const first = firsts.get(hash);
    if (first === undefined) firsts.set(hash, activity);
    return (
      applied?.outcomes.get(index) ?? {
        kind: 'activity',
        verdict: first === undefined ? { status: 'stored', id: activity.id } : repeatOf(first, activity),
      }
    );
  });
  let start = 0;
  for (const entry of entries) {
    entry.answer(outcomes.slice(start, start + entry.records.length));
    start += entry.records.length;
  }
}
