import type { LogRecord } from '../../domain/activity.ts';
import { memoryOf } from '../../domain/json.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { abortReason, DomainError } from '../../lib/errors.ts';
import type { Outcome } from './write-steps.ts';

export type QueueLimits = {
  /** Bytes (estimated) taken in and not yet answered, of one tenant and of all. */
  readonly tenantBytes: number;
  readonly totalBytes: number;
  /**
   * While a request of a tenant waits for longer than this, in milliseconds, its new requests are refused. It must be
   * shorter than the timeout of clients. Otherwise clients retry while their request is still queued.
   */
  readonly waitMs: number;
  /** Records of one batch; a request with more is a batch of its own. */
  readonly batchRecords: number;
  readonly batchBytes: number;
};

/** One request, or as much of it as is written together: all of it. */
export type Entry = {
  readonly records: readonly LogRecord[];
  readonly bytes: number;
  /** When it came, by the queue's clock. */
  readonly at: number;
  /** False: the sender needs no outcome, only that the records are durable. */
  readonly isAwaited: boolean;
  answer(outcomes: readonly Outcome[]): void;
  refuse(error: Error): void;
};

export type SubmitOptions = {
  /** See `Entry`; true unless given. */
  readonly isAwaited?: boolean;
  /** Called when the records are written, even if the caller has aborted. */
  onWritten?(): void;
};

type Lane = {
  readonly tenant: Tenant;
  readonly waiting: Set<Entry>;
  bytes: number;
  isBusy: boolean;
  /** Records that it may still send in its turns; see `mix`. */
  credit: number;
};

/** Waiting entries of one tenant that are written together. */
export type Turn = { readonly tenant: Tenant; readonly entries: readonly Entry[] };

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

/** Records that a tenant of weight 1 may send in one turn. */
const QUANTUM = 100;
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

/**
 * Entries that wait to be written, in a lane for each tenant. A lane is served in order, and tenants take strict turns.
 * So the flood of one tenant delays another by one batch, and not by its queue.
 * @param now clock, milliseconds
 */
export function createWriteLanes(
  limits: QueueLimits,
  now: () => number = () => performance.now(),
): WriteLanes {
  const lanes = new Map<string, Lane>();
  let total = 0;
  let waiting = 0;
  /** Bytes answered each second, a moving average: how soon there will be room. */
  let rate = 1_000_000;
  let measured = { at: now(), bytes: 0 };

  const laneOf = (tenant: Tenant): Lane => {
    let lane = lanes.get(tenant.id);
    if (!lane) {
      lane = { tenant, waiting: new Set(), bytes: 0, isBusy: false, credit: 0 };
      lanes.set(tenant.id, lane);
    }
    return lane;
  };
  const forget = (lane: Lane): void => {
    if (!lane.isBusy && lane.waiting.size === 0 && lane.bytes === 0) lanes.delete(lane.tenant.id);
  };
  const settle = (lane: Lane, bytes: number): void => {
    lane.bytes -= bytes;
    total -= bytes;
    measured.bytes += bytes;
    const seconds = (now() - measured.at) / 1_000;
    if (seconds > 0.5) {
      rate = 0.5 * rate + 0.5 * (measured.bytes / seconds);
      measured = { at: now(), bytes: 0 };
    }
    forget(lane);
  };

  const enter = (lane: Lane, entry: Entry): void => {
    lane.waiting.add(entry);
    waiting += entry.records.length;
  };
  /** @returns whether it waited */
  const leave = (lane: Lane, entry: Entry): boolean => {
    if (!lane.waiting.delete(entry)) return false;
    waiting -= entry.records.length;
    return true;
  };
  const waitingLanes = (): Lane[] => [...lanes.values()].filter(({ waiting }) => waiting.size > 0);

  return {
    add(tenant, records, signal, { isAwaited = true, onWritten } = {}) {
      if (signal.aborted) return Promise.reject(abortReason(signal));
      const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
      const lane = laneOf(tenant);
      const at = now();
      // A single request is taken even if it is greater than the limit: the door bounds its size.
      const isFull =
        (lane.bytes > 0 && lane.bytes + bytes > limits.tenantBytes) ||
        (total > 0 && total + bytes > limits.totalBytes);
      const [oldest] = lane.waiting;
      if (isFull || (oldest && at - oldest.at > limits.waitMs)) {
        forget(lane);
        const wait = Math.min(30_000, Math.max(100, Math.round((lane.bytes / Math.max(rate, 1)) * 1_000)));
        return Promise.reject(
          new DomainError('RATE_LIMITED', 'More was sent than can be written right now. Try again later.', {
            retryAfterMs: wait,
          }),
        );
      }
      lane.bytes += bytes;
      total += bytes;
      return new Promise((resolve, reject) => {
        let isSettled = false;
        const end = (): void => {
          if (isSettled) return;
          isSettled = true;
          signal.removeEventListener('abort', onAbort);
          settle(lane, bytes);
        };
        const entry: Entry = {
          records,
          bytes,
          at,
          isAwaited,
          answer(outcomes) {
            end();
            onWritten?.();
            resolve(outcomes);
          },
          refuse(error) {
            end();
            reject(error);
          },
        };
        const onAbort = (): void => {
          // Still waiting: it is taken out. Handed over: it is answered, but keeps its bytes until it is written.
          if (leave(lane, entry)) end();
          reject(abortReason(signal));
        };
        signal.addEventListener('abort', onAbort, { once: true });
        enter(lane, entry);
      });
    },

    next(isHeld = () => false) {
      for (const lane of lanes.values()) {
        if (lane.isBusy || lane.waiting.size === 0 || isHeld(lane.tenant.id)) continue;
        // To the end of the order of turns.
        lanes.delete(lane.tenant.id);
        lanes.set(lane.tenant.id, lane);
        const entries: Entry[] = [];
        let [records, bytes] = [0, 0];
        for (const entry of lane.waiting) {
          const fits =
            records + entry.records.length <= limits.batchRecords && bytes + entry.bytes <= limits.batchBytes;
          if (entries.length > 0 && !fits) break;
          entries.push(entry);
          records += entry.records.length;
          bytes += entry.bytes;
        }
        for (const entry of entries) leave(lane, entry);
        lane.isBusy = true;
        return [{ tenant: lane.tenant, entries }];
      }
      return [];
    },

    mix(weightOf) {
      const taken = new Map<Lane, Entry[]>();
      let [records, bytes] = [0, 0];
      let isFull = false;
      for (let open = waitingLanes(); !isFull && open.length > 0; open = waitingLanes())
        for (const lane of open) {
          // To the end of the order of turns.
          lanes.delete(lane.tenant.id);
          lanes.set(lane.tenant.id, lane);
          lane.credit += QUANTUM * weightOf(lane.tenant.id);
          for (const entry of lane.waiting) {
            if (entry.records.length > lane.credit) break;
            isFull =
              records > 0 &&
              (records + entry.records.length > limits.batchRecords ||
                bytes + entry.bytes > limits.batchBytes);
            if (isFull) break;
            leave(lane, entry);
            lane.credit -= entry.records.length;
            records += entry.records.length;
            bytes += entry.bytes;
            const entries = taken.get(lane);
            if (entries) entries.push(entry);
            else taken.set(lane, [entry]);
          }
          // Who has nothing waiting saves nothing up.
          if (lane.waiting.size === 0) lane.credit = 0;
          if (isFull) break;
        }
      return [...taken].map(([{ tenant }, entries]) => ({ tenant, entries }));
    },

    release(tenant) {
      const lane = laneOf(tenant);
      lane.isBusy = false;
      forget(lane);
    },

    get bytes() {
      return total;
    },
    get waiting() {
      return waiting;
    },
    get isIdle() {
      return lanes.size === 0;
    },
  };
}
