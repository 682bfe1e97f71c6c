import type { LogRecord } from '../../domain/activity.ts';
import { assertTenant, type Tenant } from '../../domain/tenant.ts';
import { DomainError } from '../../lib/errors.ts';
import { asUnavailable } from './write-answers.ts';
import {
  createWriteLanes,
  type QueueLimits,
  type SubmitOptions,
  type Turn,
  type WriteLanes,
} from './write-lanes.ts';
import type { Outcome } from './write-steps.ts';

export type WriteQueueOptions = {
  readonly limits: QueueLimits & {
    /** Batches under way at once. */
    readonly inFlight: number;
  };
  /** How long a small batch waits for more records, in milliseconds; 0 for the rest of the event loop's turn. */
  readonly lingerMs?: number;
  /** Takes the next batch out of the lanes; empty while nothing may go. */
  take(lanes: WriteLanes): readonly Turn[];
  /** Writes a batch and answers its entries. Its lanes are busy until it resolves. */
  write(turns: readonly Turn[]): Promise<void>;
  /** Whether no work is left behind answers that were given early; true unless given. */
  readonly isIdle?: () => boolean;
};

/** Where every write goes through: requests wait here until they go together. */
export type WriteQueue = {
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
  /** Starts batches that can be written now. */
  schedule(): void;
  /** Estimated bytes of the records that are not answered yet. */
  readonly bytes: number;
  readonly inFlight: number;
  /** Waits until everything taken in is written. */
  drain(): Promise<void>;
  /** Takes nothing more in, then drains. */
  close(): Promise<void>;
};

/** From here on a batch does not wait for more. */
const FULL_ENOUGH = 400;

/** Group commit: while batches are being written, the next one gathers. */
export function createWriteQueue(options: WriteQueueOptions): WriteQueue {
  const { limits, lingerMs = 0, take, write, isIdle = () => true } = options;
  const lanes = createWriteLanes(limits);
  let inFlight = 0;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let isScheduled = false;
  let onIdle: (() => void)[] = [];

  const start = (turns: readonly Turn[]): void => {
    inFlight += 1;
    void write(turns)
      .catch((error: unknown) => {
        for (const { entries } of turns) for (const entry of entries) entry.refuse(asUnavailable(error));
      })
      .finally(() => {
        inFlight -= 1;
        for (const { tenant } of turns) lanes.release(tenant);
        schedule();
      });
  };

  const pump = (): void => {
    timer = undefined;
    while (inFlight < limits.inFlight && lanes.waiting > 0) {
      const turns = take(lanes);
      if (turns.length === 0) break;
      start(turns);
    }
    if (inFlight > 0 || !lanes.isIdle || !isIdle()) return;
    for (const resolve of onIdle) resolve();
    onIdle = [];
  };

  /** After the events of this turn, so that requests read from several sockets at once share a batch. */
  const pumpSoon = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      pump();
    });
  };

  /** A batch that is full enough goes at once, a small one after a moment. */
  const schedule = (): void => {
    if (lingerMs === 0) pumpSoon();
    else if (lanes.waiting >= FULL_ENOUGH || lanes.waiting === 0) {
      clearTimeout(timer);
      pump();
    } else timer ??= setTimeout(pump, lingerMs);
  };

  const drain = (): Promise<void> =>
    new Promise((resolve) => {
      onIdle.push(resolve);
      pumpSoon();
    });

  return {
    async submit(tenant, records, signal, submitted) {
      assertTenant(tenant);
      if (isClosed)
        throw new DomainError('BACKEND_UNAVAILABLE', 'The server is shutting down. Try again shortly.');
      if (records.length === 0) return [];
      const outcomes = lanes.add(tenant, records, signal, submitted);
      schedule();
      return outcomes;
    },
    schedule,
    get bytes() {
      return lanes.bytes;
    },
    get inFlight() {
      return inFlight;
    },
    drain,
    async close() {
      isClosed = true;
      await drain();
    },
  };
}
