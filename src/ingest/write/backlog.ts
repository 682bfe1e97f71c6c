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

type State = {
  readonly options: BacklogOptions;
  readonly delayMs: (attempt: number) => number;
  /** By tenant. */
  readonly gaps: Map<string, Gap>;
  /** Whose records the store did not take in this pass. */
  readonly failed: Set<string>;
  /** Passes in a row in which the store failed. */
  failedPasses: number;
  dueAt: number;
};

/**
 * Retries without end, with a growing delay after each pass in which the store failed for a tenant. The backlog is on
 * disk, not in memory. A tenant whose records fail keeps no other tenant from catching up.
 */
export function createBacklog(options: BacklogOptions): Backlog {
  const { min, max } = options.retryDelayMs;
  const state: State = {
    options,
    delayMs: backoff({ firstMs: min, maxMs: max }),
    gaps: new Map(),
    failed: new Set(),
    failedPasses: 0,
    dueAt: Number.POSITIVE_INFINITY,
  };
  const { gaps, failed } = state;
  return {
    add(tenantId, first, end) {
      const gap = gaps.get(tenantId);
      if (gap) {
        gap.end = Math.max(gap.end, end);
        if (gap.isStoreBack) gap.credit -= end - first;
      } else {
        gaps.set(tenantId, { from: first, end, isStoreBack: false, credit: 0 });
        state.dueAt = Math.min(state.dueAt, nextPassAt(state));
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
      return state.dueAt;
    },
    async step() {
      const reading = [...gaps].filter(([id]) => !failed.has(id));
      try {
        if (reading.length > 0)
          await applyMissing(
            state,
            await readFrom(options, Math.min(...reading.map(([, { from }]) => from))),
          );
      } catch {
        // The log can not be read just now: as with the store, try again.
        for (const [id] of reading) fail(state, id);
      }
      if ([...gaps.keys()].every((id) => failed.has(id))) endPass(state);
    },
  };
}

/** Leaves a tenant out of the rest of this pass. */
function fail({ gaps, failed }: State, tenantId: string): void {
  failed.add(tenantId);
  const gap = gaps.get(tenantId);
  if (gap) Object.assign(gap, { isStoreBack: false, credit: 0 });
}

async function readFrom({ log, signal }: BacklogOptions, from: number): Promise<readonly LoggedRecord[]> {
  for await (const batch of log.read(PARTITION, from, signal)) return batch;
  throw new RangeError(`the log has no record ${from}`);
}

/** Writes the missing records of a batch of the log. */
async function applyMissing(state: State, batch: readonly LoggedRecord[]): Promise<void> {
  const { gaps, failed, options } = state;
  const next = (batch.at(-1)?.position.offset ?? -1) + 1;
  // As it is now: gaps that grow while the store writes are not in `missing`.
  const reaching = [...gaps].map(([id, gap]) => ({ id, gap, to: Math.min(next, gap.end) }));
  const missing = batch.filter(({ tenantId, position: { offset } }) => {
    const gap = failed.has(tenantId) ? undefined : gaps.get(tenantId);
    return gap !== undefined && offset >= gap.from && offset < gap.end;
  });
  for (const { tenant, logged } of byTenant(missing, options.tenantOf)) {
    const gap = gaps.get(tenant.id) as Gap;
    const end = (logged.at(-1)?.position.offset ?? gap.from) + 1;
    const records = logged.map(({ record }) => record);
    if (await options.apply(tenant, records, end))
      Object.assign(gap, { from: end, isStoreBack: true, credit: gap.credit + records.length / 2 });
    else fail(state, tenant.id);
  }
  for (const { id, gap, to } of reaching) {
    if (failed.has(id)) continue;
    gap.from = Math.max(gap.from, to);
    if (gap.from >= gap.end) gaps.delete(id);
  }
}

const nextPassAt = ({ delayMs, failedPasses }: State): number =>
  performance.now() + delayMs(failedPasses + 1);

function endPass(state: State): void {
  state.failedPasses = state.failed.size === 0 ? 0 : state.failedPasses + 1;
  state.dueAt = state.gaps.size === 0 ? Number.POSITIVE_INFINITY : nextPassAt(state);
  state.failed.clear();
}
