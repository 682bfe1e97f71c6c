import type { ActivityLog, LogPosition } from '../../datasources/activity-log/port.ts';
import type { TenantOf } from '../../domain/tenant.ts';
import { applyLogged, type LoggedSink } from './apply-logged.ts';
import { byTenant } from './by-tenant.ts';
import type { Watermark } from './write-watermark.ts';

/** While the process lives: brings into the store what only the log has. */
export interface Repairer {
  /** These records of a tenant are in the log and may not be in the store. Everything later of that tenant must come through here, too, until `isRepairing` says no. */
  add(tenantId: string, positions: readonly LogPosition[]): void;
  isRepairing(tenantId: string): boolean;
  /** The tenant must not begin another write just now, so that its store can catch up. */
  isHeld(tenantId: string): boolean;
  tenants(): readonly string[];
  stop(): Promise<void>;
}

export type RepairSource = LoggedSink & {
  readonly log: ActivityLog;
  readonly tenantOf?: TenantOf | undefined;
};

export type RepairerOptions = RepairSource & {
  readonly watermark: Watermark | undefined;
  /** Whether a write of the tenant is under way. */
  isBusy(tenantId: string): boolean;
  /** A tenant is no longer repairing or held: its writes may go on. */
  onFree(): void;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
};

/** A tenant's backlog. */
type Backlog = {
  readonly gaps: Map<number, Gap>;
  /** The rest is about to be applied: no write may begin. */
  isEnding: boolean;
  /**
   * While the store takes records again, a tenant may write half as many as are repaired, or it would never
   * catch up: the log is faster than the store. While the store is down it writes freely.
   */
  isStoreBack: boolean;
  credit: number;
};

/** Of a partition: the first record that is missing in the store, and one past the last known one. */
type Gap = { from: number; end: number };

/**
 * A tenant whose store write failed is repairing: its writes go to the log only and are applied from there, in
 * the log's order, until the store has caught up. Tries again with a growing delay for as long as it takes; the
 * backlog is on disk, not in memory.
 */
export function createRepairer(options: RepairerOptions): Repairer {
  const backlog = new Map<string, Backlog>();
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let wake: (() => void) | undefined;

  const isCaughtUp = ({ gaps }: Backlog): boolean => [...gaps.values()].every(({ from, end }) => from >= end);

  const pause = (tenantId: string): void => {
    const own = backlog.get(tenantId);
    if (own) Object.assign(own, { isEnding: false, isStoreBack: false, credit: 0 });
  };

  /** One way through the log. @returns whether every tenant's records were taken */
  const pass = async (): Promise<boolean> => {
    const failed = new Set<string>();
    const partitions = new Set([...backlog.values()].flatMap(({ gaps }) => [...gaps.keys()]));
    for (const partition of partitions) {
      const gapOf = (tenantId: string): Gap | undefined =>
        failed.has(tenantId) ? undefined : backlog.get(tenantId)?.gaps.get(partition);
      const starts = [...backlog.values()].flatMap(({ gaps }) => {
        const gap = gaps.get(partition);
        return gap && gap.from < gap.end ? [gap.from] : [];
      });
      if (starts.length === 0) continue;
      for await (const batch of options.log.read(partition, Math.min(...starts), stopping.signal)) {
        const missing = batch.filter(({ tenantId, position }) => {
          const gap = gapOf(tenantId);
          return gap && position.offset >= gap.from && position.offset < gap.end;
        });
        for (const group of byTenant(missing, options.tenantOf)) {
          try {
            await applyLogged(options, group);
          } catch {
            failed.add(group.tenant.id);
            pause(group.tenant.id);
            continue;
          }
          const positions = group.logged.map(({ position }) => position);
          options.watermark?.done(positions);
          const gap = gapOf(group.tenant.id);
          if (gap) gap.from = (positions.at(-1)?.offset ?? gap.from) + 1;
          const own = backlog.get(group.tenant.id);
          if (own) {
            own.isStoreBack = true;
            own.credit += positions.length / 2;
            options.onFree();
          }
        }
        if (failed.size === backlog.size) break;
      }
    }
    return failed.size === 0;
  };

  const free = (): void => {
    for (const [tenantId, own] of backlog) {
      if (!isCaughtUp(own)) continue;
      if (options.isBusy(tenantId)) own.isEnding = true;
      else backlog.delete(tenantId);
    }
    options.onFree();
  };

  const run = async (): Promise<void> => {
    let delay = options.minDelayMs;
    while (backlog.size > 0 && !stopping.signal.aborted) {
      let isComplete = false;
      try {
        isComplete = await pass();
      } catch {
        // The log could not be read just now: as with the store, try again.
        for (const tenantId of backlog.keys()) pause(tenantId);
      }
      free();
      if (backlog.size === 0) break;
      delay = isComplete ? options.minDelayMs : Math.min(delay * 2, options.maxDelayMs);
      await new Promise<void>((resolve) => {
        wake = resolve;
        // What is not repaired when the process ends is repaired by the next one.
        setTimeout(resolve, delay).unref();
      });
    }
    running = undefined;
  };

  return {
    add(tenantId, positions) {
      let own = backlog.get(tenantId);
      if (!own) {
        own = { gaps: new Map(), isEnding: false, isStoreBack: false, credit: 0 };
        backlog.set(tenantId, own);
      }
      const { gaps } = own;
      own.credit -= own.isStoreBack ? positions.length : 0;
      for (const { partition, offset } of positions) {
        const gap = gaps.get(partition);
        if (!gap) gaps.set(partition, { from: offset, end: offset + 1 });
        else if (offset >= gap.end) gap.end = offset + 1;
      }
      running ??= run();
    },
    isRepairing: (tenantId) => backlog.has(tenantId),
    isHeld(tenantId) {
      const own = backlog.get(tenantId);
      return own !== undefined && (own.isEnding || (own.isStoreBack && own.credit <= 0));
    },
    tenants: () => [...backlog.keys()],
    async stop() {
      stopping.abort(new Error('stopped'));
      wake?.();
      await running;
    },
  };
}
