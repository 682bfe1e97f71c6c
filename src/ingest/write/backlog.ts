import type { ActivityLog, LoggedRecord } from '../../datasources/activity-log/port.ts';
import type { LogRecord } from '../../domain/activity.ts';
import type { Tenant, TenantOf } from '../../domain/tenant.ts';
import { backoff } from '../../lib/retry.ts';
import { byTenant } from './by-tenant.ts';

/** Records in the log that the store has missed, by tenant. */
export interface Backlog {
  /** Records of a tenant from `first` on, up to `end`, are in the log and may not be in the store. */
  add(tenantId: string, first: number, end: number): void;
  has(tenantId: string): boolean;
  /** Whether the tenant must not write more just now, so that its store can catch up. */
  isHeld(tenantId: string): boolean;
  tenants(): readonly string[];
  /** The first offset that any tenant misses, except for this tenant; `Infinity` if no record is missing. */
  firstExcept(tenantId: string | undefined): number;
  /** When the next step is due, by `performance.now`; `Infinity` while no record is missing. */
  readonly dueAt: number;
  /** Reads one batch of the log, and writes its missing records. */
  step(): Promise<void>;
}

export type BacklogOptions = {
  readonly log: Pick<ActivityLog, 'read'>;
  readonly tenantOf?: TenantOf | undefined;
  readonly signal: AbortSignal;
  /** Between two tries of a store that fails, in milliseconds; it doubles with each. */
  readonly retryDelayMs: { readonly min: number; readonly max: number };
  /** @returns whether the store took the records, with which the tenant misses nothing before `end` */
  apply(tenant: Tenant, records: readonly LogRecord[], end: number): Promise<boolean>;
};

/** Of a tenant: the first offset that is missing in the store, and one past the last that is known to be. */
type Gap = {
  from: number;
  end: number;
  /**
   * While the store is down, the tenant writes freely. While it catches up, it may write half as many records as are
   * read, because the log is faster than the store.
   */
  isStoreBack: boolean;
  credit: number;
};

/** The one partition of the log. */
export const PARTITION = 0;

/**
 * Retries without end, with a growing delay after each pass in which the store failed for a tenant. The backlog is on
 * disk, not in memory. A tenant whose records fail keeps no other tenant from catching up.
 */
export function createBacklog({ log, tenantOf, signal, retryDelayMs, apply }: BacklogOptions): Backlog {
  const gaps = new Map<string, Gap>();
  /** Whose records the store did not take in this pass. */
  const failed = new Set<string>();
  const delayMs = backoff({ firstMs: retryDelayMs.min, maxMs: retryDelayMs.max });
  /** Passes in a row in which the store failed. */
  let failedPasses = 0;
  let dueAt = Number.POSITIVE_INFINITY;

  const fail = (tenantId: string): void => {
    failed.add(tenantId);
    const gap = gaps.get(tenantId);
    if (gap) Object.assign(gap, { isStoreBack: false, credit: 0 });
  };

  const readFrom = async (from: number): Promise<readonly LoggedRecord[]> => {
    for await (const batch of log.read(PARTITION, from, signal)) return batch;
    throw new RangeError(`the log has no record ${from}`);
  };

  /** Writes the missing records of a batch of the log. */
  const applyMissing = async (batch: readonly LoggedRecord[]): Promise<void> => {
    const next = (batch.at(-1)?.position.offset ?? -1) + 1;
    // As it is now: gaps that grow while the store writes are not in `missing`.
    const reaching = [...gaps].map(([id, gap]) => ({ id, gap, to: Math.min(next, gap.end) }));
    const missing = batch.filter(({ tenantId, position: { offset } }) => {
      const gap = failed.has(tenantId) ? undefined : gaps.get(tenantId);
      return gap !== undefined && offset >= gap.from && offset < gap.end;
    });
    for (const { tenant, logged } of byTenant(missing, tenantOf)) {
      const gap = gaps.get(tenant.id) as Gap;
      const end = (logged.at(-1)?.position.offset ?? gap.from) + 1;
      const records = logged.map(({ record }) => record);
      if (await apply(tenant, records, end))
        Object.assign(gap, { from: end, isStoreBack: true, credit: gap.credit + records.length / 2 });
      else fail(tenant.id);
    }
    for (const { id, gap, to } of reaching) {
      if (failed.has(id)) continue;
      gap.from = Math.max(gap.from, to);
      if (gap.from >= gap.end) gaps.delete(id);
    }
  };

  const endPass = (): void => {
    failedPasses = failed.size === 0 ? 0 : failedPasses + 1;
    dueAt = gaps.size === 0 ? Number.POSITIVE_INFINITY : performance.now() + delayMs(failedPasses + 1);
    failed.clear();
  };

  return {
    add(tenantId, first, end) {
      const gap = gaps.get(tenantId);
      if (gap) {
        gap.end = Math.max(gap.end, end);
        if (gap.isStoreBack) gap.credit -= end - first;
      } else {
        gaps.set(tenantId, { from: first, end, isStoreBack: false, credit: 0 });
        dueAt = Math.min(dueAt, performance.now() + delayMs(failedPasses + 1));
      }
    },
    has: (tenantId) => gaps.has(tenantId),
    isHeld(tenantId) {
      const gap = gaps.get(tenantId);
      return gap?.isStoreBack === true && gap.credit <= 0;
    },
    tenants: () => [...gaps.keys()],
    firstExcept: (tenantId) =>
      Math.min(...[...gaps].flatMap(([id, { from }]) => (id === tenantId ? [] : [from]))),
    get dueAt() {
      return dueAt;
    },
    async step() {
      const reading = [...gaps].filter(([id]) => !failed.has(id));
      try {
        if (reading.length > 0)
          await applyMissing(await readFrom(Math.min(...reading.map(([, { from }]) => from))));
      } catch {
        // The log can not be read just now: as with the store, try again.
        for (const [id] of reading) fail(id);
      }
      if ([...gaps.keys()].every((id) => failed.has(id))) endPass();
    },
  };
}
