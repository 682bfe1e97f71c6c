import type { LogRecord } from '../../domain/activity.ts';
import { memoryOf } from '../../domain/json.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { abortReason, DomainError } from '../../lib/errors.ts';
import {
  createLanes,
  type Entry,
  enter,
  forgetIdle,
  type Lanes,
  laneOf,
  leave,
  type QueueLimits,
  type Turn,
  takeMix,
  takeNext,
} from './lane-turns.ts';
import type { Outcome } from './write-steps.ts';

export type SubmitOptions = {
  /** See `Entry`; true unless given. */
  readonly isAwaited?: boolean;
  /** Called when the records are written, even if the caller has aborted. */
  onWritten?(): void;
};

export interface WriteLanes {
  /** @returns the outcomes of the records in order. @throws DomainError `RATE_LIMITED`, or why `signal` was aborted */
  add(
    tenant: Tenant,
    records: readonly LogRecord[],
    signal: AbortSignal,
    options?: SubmitOptions,
  ): Promise<readonly Outcome[]>;
  /**
   * The next tenant in turn that has something waiting and nothing under way; its lane is busy until `release`. Empty
   * when there is none.
   * @param isHeld whether a tenant must not begin another write just now; none unless given
   */
  next(isHeld?: (tenantId: string) => boolean): readonly Turn[];
  /**
   * One batch of all tenants that have entries waiting, shared by weight (deficit round robin, Shreedhar and Varghese
   * 1995). So a flood delays other tenants by no more than its share of a batch.
   * Makes no lane busy: batches may overtake one another. Empty when nothing waits.
   */
  mix(weightOf: (tenantId: string) => number): readonly Turn[];
  release(tenant: Tenant): void;
  readonly bytes: number;
  /** Records that wait: of no batch yet. */
  readonly waiting: number;
  readonly isIdle: boolean;
}

/** Bytes of an entry beside its attributes, context and traits. */
const FIXED_BYTES = 500;

/** Bytes of a record in memory, estimated. */
export function sizeOf(record: LogRecord): number {
  switch (record.kind) {
    case 'activity':
      return FIXED_BYTES + memoryOf(record.activity.attributes) + memoryOf(record.activity.context);
    case 'lead':
      return FIXED_BYTES + memoryOf(record.update.traits);
    default:
      return FIXED_BYTES;
  }
}

/** Measures how many bytes are answered each second, as a moving average: how soon there will be room. */
function createMeter(now: () => number) {
  let rate = 1_000_000;
  let measured = { at: now(), bytes: 0 };
  return {
    add(bytes: number): void {
      measured.bytes += bytes;
      const seconds = (now() - measured.at) / 1_000;
      if (seconds <= 0.5) return;
      rate = 0.5 * rate + 0.5 * (measured.bytes / seconds);
      measured = { at: now(), bytes: 0 };
    },
    /** How long so many bytes take, in milliseconds: between 100 ms and half a minute. */
    timeFor: (bytes: number): number =>
      Math.min(30_000, Math.max(100, Math.round((bytes / Math.max(rate, 1)) * 1_000))),
  };
}

type Queue = {
  readonly lanes: Lanes;
  readonly limits: QueueLimits;
  readonly meter: ReturnType<typeof createMeter>;
  readonly now: () => number;
};

/**
 * Entries that wait to be written, in a lane for each tenant. A lane is served in order, and tenants take strict turns.
 * So the flood of one tenant delays another by one batch, and not by its queue.
 * @param now clock, milliseconds
 */
export function createWriteLanes(
  limits: QueueLimits,
  now: () => number = () => performance.now(),
): WriteLanes {
  const lanes = createLanes();
  const queue: Queue = { lanes, limits, meter: createMeter(now), now };
  return {
    add: (tenant, records, signal, options) => add(queue, tenant, records, signal, options),
    next: (isHeld = () => false) => takeNext(lanes, limits, isHeld),
    mix: (weightOf) => takeMix(lanes, limits, weightOf),
    release(tenant) {
      const lane = laneOf(lanes, tenant);
      lane.isBusy = false;
      forgetIdle(lanes, lane);
    },
    get bytes() {
      return lanes.bytes;
    },
    get waiting() {
      return lanes.waiting;
    },
    get isIdle() {
      return lanes.byTenant.size === 0;
    },
  };
}

/** Takes a request in. See `WriteLanes.add`. */
function add(
  queue: Queue,
  tenant: Tenant,
  records: readonly LogRecord[],
  signal: AbortSignal,
  options: SubmitOptions = {},
): Promise<readonly Outcome[]> {
  const { lanes, meter } = queue;
  if (signal.aborted) return Promise.reject(abortReason(signal));
  const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
  const lane = laneOf(lanes, tenant);
  const at = queue.now();
  if (!hasRoom(queue, lane, bytes, at)) {
    forgetIdle(lanes, lane);
    return Promise.reject(
      new DomainError('RATE_LIMITED', 'More was sent than can be written right now. Try again later.', {
        retryAfterMs: meter.timeFor(lane.bytes),
      }),
    );
  }
  lane.bytes += bytes;
  lanes.bytes += bytes;
  const settle = (): void => {
    lane.bytes -= bytes;
    lanes.bytes -= bytes;
    meter.add(bytes);
    forgetIdle(lanes, lane);
  };
  return new Promise((resolve, reject) => {
    const ending = { settle, resolve, reject, takeOut: (entry: Entry) => leave(lanes, lane, entry) };
    enter(lanes, lane, entryOf({ records, bytes, at }, signal, options, ending));
  });
}

/** Whether a request is taken in. A single request is, even if it is greater than the limit: the door bounds its size. */
function hasRoom(
  { lanes, limits }: Queue,
  lane: ReturnType<typeof laneOf>,
  bytes: number,
  at: number,
): boolean {
  const isFull =
    (lane.bytes > 0 && lane.bytes + bytes > limits.tenantBytes) ||
    (lanes.bytes > 0 && lanes.bytes + bytes > limits.totalBytes);
  const [oldest] = lane.waiting;
  return !isFull && !(oldest && at - oldest.at > limits.waitMs);
}

/** Ends a request. */
type Ending = {
  /** Gives its bytes back. */
  settle(): void;
  resolve(outcomes: readonly Outcome[]): void;
  reject(error: Error): void;
  /** Takes it out of its queue. @returns whether it waited */
  takeOut(entry: Entry): boolean;
};

function entryOf(
  content: Pick<Entry, 'records' | 'bytes' | 'at'>,
  signal: AbortSignal,
  { isAwaited = true, onWritten }: SubmitOptions,
  ending: Ending,
): Entry {
  let isSettled = false;
  const end = (): void => {
    if (isSettled) return;
    isSettled = true;
    signal.removeEventListener('abort', onAbort);
    ending.settle();
  };
  const entry: Entry = {
    ...content,
    isAwaited,
    answer(outcomes) {
      end();
      onWritten?.();
      ending.resolve(outcomes);
    },
    refuse(error) {
      end();
      ending.reject(error);
    },
  };
  const onAbort = (): void => {
    // Still waiting: it is taken out. Handed over: it is answered, but keeps its bytes until it is written.
    if (ending.takeOut(entry)) end();
    ending.reject(abortReason(signal));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return entry;
}
