import type { LogRecord } from '../../domain/activity.ts';
import { assertTenant, type Tenant } from '../../domain/tenant.ts';
import { DomainError } from '../../lib/errors.ts';
import type { QueueLimits, Turn } from './lane-turns.ts';
import { createPump, type Pump } from './pump.ts';
import { asUnavailable } from './write-answers.ts';
import { createWriteLanes, type SubmitOptions, type WriteLanes } from './write-lanes.ts';
import type { Outcome } from './write-steps.ts';

export type WriteQueueOptions = {
  readonly limits: QueueLimits & {
    /** Batches under way at once. */
    readonly inFlight: number;
  };
  /** How long a small batch waits for more records, in milliseconds; 0 unless given. */
  readonly lingerMs?: number;
  /** Takes the next batch out of the lanes; empty while none may start. */
  take(lanes: WriteLanes): readonly Turn[];
  /** Writes a batch and answers its entries. Its lanes are busy until it resolves. */
  write(turns: readonly Turn[]): Promise<void>;
  /** Whether no work is left behind answers that were given early; true unless given. */
  readonly isIdle?: () => boolean;
};

/** The way of every write: requests wait here until they are written together. */
export type WriteQueue = Pick<Pump, 'schedule' | 'drain' | 'inFlight'> & {
  /**
   * @returns the outcomes of the records in order
   * @throws DomainError `BACKEND_UNAVAILABLE` or `RATE_LIMITED`, or why `signal` was aborted
   */
  submit(
    tenant: Tenant,
    records: readonly LogRecord[],
    signal: AbortSignal,
    options?: SubmitOptions,
  ): Promise<readonly Outcome[]>;
  /** Estimated bytes of the records that are not answered yet. */
  readonly bytes: number;
  /** Refuses further writes, then drains. */
  close(): Promise<void>;
};

/** Group commit: while batches are being written, the next one gathers. */
export function createWriteQueue(options: WriteQueueOptions): WriteQueue {
  const { limits, lingerMs = 0, take, write, isIdle = () => true } = options;
  const lanes = createWriteLanes(limits);
  let isClosed = false;

  const writeBatch = async (turns: readonly Turn[]): Promise<void> => {
    try {
      await write(turns);
    } catch (error) {
      for (const { entries } of turns) for (const entry of entries) entry.refuse(asUnavailable(error));
    }
    for (const { tenant } of turns) lanes.release(tenant);
  };
  const pump = createPump({
    inFlight: limits.inFlight,
    lingerMs,
    waiting: () => lanes.waiting,
    take() {
      const turns = take(lanes);
      return turns.length > 0 ? turns : undefined;
    },
    write: writeBatch,
    isIdle: () => lanes.isIdle && isIdle(),
  });

  return {
    async submit(tenant, records, signal, submitted) {
      assertTenant(tenant);
      if (isClosed)
        throw new DomainError('BACKEND_UNAVAILABLE', 'The server is shutting down. Try again shortly.');
      if (records.length === 0) return [];
      const outcomes = lanes.add(tenant, records, signal, submitted);
      pump.schedule();
      return outcomes;
    },
    schedule: pump.schedule,
    drain: pump.drain,
    get inFlight() {
      return pump.inFlight;
    },
    get bytes() {
      return lanes.bytes;
    },
    async close() {
      isClosed = true;
      await pump.drain();
    },
  };
}
