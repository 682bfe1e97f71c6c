import type { LogRecord } from '../../domain/activity.ts';
import type { Tenant } from '../../domain/tenant.ts';
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

const MIB = 1024 * 1024;

/** The limits of every writer, unless it has others. */
export const QUEUE_LIMITS: QueueLimits = {
  tenantBytes: 32 * MIB,
  totalBytes: 128 * MIB,
  waitMs: 5_000,
  batchRecords: 1_000,
  batchBytes: 4 * MIB,
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

/** The queue of one tenant. */
type Lane = {
  readonly tenant: Tenant;
  readonly waiting: Set<Entry>;
  /** Taken in and not yet answered. */
  bytes: number;
  isBusy: boolean;
  /** Records that it may still send in its turns; see `takeMix`. */
  credit: number;
};

/** The lanes of all tenants, in the order of their turns. */
export type Lanes = {
  readonly byTenant: Map<string, Lane>;
  /** Bytes taken in and not yet answered. */
  bytes: number;
  /** Records that wait. */
  waiting: number;
};

/** Waiting entries of one tenant that are written together. */
export type Turn = { readonly tenant: Tenant; readonly entries: readonly Entry[] };

/** Records that a tenant of weight 1 may send in one turn. */
const QUANTUM = 100;
export const createLanes = (): Lanes => ({ byTenant: new Map(), bytes: 0, waiting: 0 });

export function laneOf({ byTenant }: Lanes, tenant: Tenant): Lane {
  let lane = byTenant.get(tenant.id);
  if (!lane) {
    lane = { tenant, waiting: new Set(), bytes: 0, isBusy: false, credit: 0 };
    byTenant.set(tenant.id, lane);
  }
  return lane;
}

/** Removes a lane that nothing is left of. */
export function forgetIdle({ byTenant }: Lanes, lane: Lane): void {
  if (!lane.isBusy && lane.waiting.size === 0 && lane.bytes === 0) byTenant.delete(lane.tenant.id);
}

export function enter(lanes: Lanes, lane: Lane, entry: Entry): void {
  lane.waiting.add(entry);
  lanes.waiting += entry.records.length;
}

/** Takes an entry out of its queue. @returns whether it waited */
export function leave(lanes: Lanes, lane: Lane, entry: Entry): boolean {
  if (!lane.waiting.delete(entry)) return false;
  lanes.waiting -= entry.records.length;
  return true;
}

/** Records and bytes of a batch that is being put together. */
type Load = { records: number; bytes: number };

const fits = (load: Load, entry: Entry, limits: QueueLimits): boolean =>
  load.records + entry.records.length <= limits.batchRecords && load.bytes + entry.bytes <= limits.batchBytes;

function addTo(load: Load, entry: Entry): void {
  load.records += entry.records.length;
  load.bytes += entry.bytes;
}

/** The lane's next turn comes after those of all other lanes. */
function moveToEnd({ byTenant }: Lanes, lane: Lane): void {
  byTenant.delete(lane.tenant.id);
  byTenant.set(lane.tenant.id, lane);
}

/** Takes the batch of the next tenant in turn, whose lane is busy then. See `WriteLanes.next`. */
export function takeNext(
  lanes: Lanes,
  limits: QueueLimits,
  isHeld: (tenantId: string) => boolean,
): readonly Turn[] {
  for (const lane of lanes.byTenant.values()) {
    if (lane.isBusy || lane.waiting.size === 0 || isHeld(lane.tenant.id)) continue;
    moveToEnd(lanes, lane);
    const entries: Entry[] = [];
    const load: Load = { records: 0, bytes: 0 };
    for (const entry of lane.waiting) {
      if (entries.length > 0 && !fits(load, entry, limits)) break;
      entries.push(entry);
      addTo(load, entry);
    }
    for (const entry of entries) leave(lanes, lane, entry);
    lane.isBusy = true;
    return [{ tenant: lane.tenant, entries }];
  }
  return [];
}

/** Takes one batch of all tenants by their weights. See `WriteLanes.mix`. */
export function takeMix(
  lanes: Lanes,
  limits: QueueLimits,
  weightOf: (tenantId: string) => number,
): readonly Turn[] {
  const turns = new Map<Lane, Entry[]>();
  const load: Load = { records: 0, bytes: 0 };
  const waitingLanes = (): Lane[] => [...lanes.byTenant.values()].filter(({ waiting }) => waiting.size > 0);
  for (let open = waitingLanes(); open.length > 0; open = waitingLanes())
    for (const lane of open) {
      moveToEnd(lanes, lane);
      lane.credit += QUANTUM * weightOf(lane.tenant.id);
      const { taken, isFull } = takeCredited(lanes, lane, load, limits);
      if (taken.length > 0) turns.set(lane, [...(turns.get(lane) ?? []), ...taken]);
      if (isFull) return turnsOf(turns);
    }
  return turnsOf(turns);
}

const turnsOf = (taken: ReadonlyMap<Lane, readonly Entry[]>): Turn[] =>
  [...taken].map(([{ tenant }, entries]) => ({ tenant, entries }));

/** Takes entries of one lane as its credit and the batch allow. */
function takeCredited(
  lanes: Lanes,
  lane: Lane,
  load: Load,
  limits: QueueLimits,
): { readonly taken: readonly Entry[]; readonly isFull: boolean } {
  const taken: Entry[] = [];
  let isFull = false;
  for (const entry of lane.waiting) {
    if (entry.records.length > lane.credit) break;
    isFull = load.records > 0 && !fits(load, entry, limits);
    if (isFull) break;
    leave(lanes, lane, entry);
    lane.credit -= entry.records.length;
    addTo(load, entry);
    taken.push(entry);
  }
  // Who has nothing waiting saves nothing up.
  if (lane.waiting.size === 0) lane.credit = 0;
  return { taken, isFull };
}
