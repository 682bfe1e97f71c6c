import type { LeasedRun } from '../datasources/campaign-runs/port.ts';
import type { TenantOf } from '../domain/tenant.ts';
import { DomainError } from '../lib/errors.ts';
import { createWorkLoop } from '../lib/work-loop.ts';
import type { CampaignParts } from './actions/parts.ts';
import { processRun } from './process-run.ts';

export type ExecutorOptions = {
  readonly parts: CampaignParts;
  readonly tenantOf: TenantOf;
  /** Clock, epoch milliseconds. */
  readonly now: () => number;
  /** Receives failures. The executor goes on. */
  onError(error: unknown): void;
  /** Runs at work at once, of all tenants and of one. */
  readonly concurrency?: number;
  readonly perTenant?: number;
  /** How long another process leaves a run alone after this process ended, in milliseconds. */
  readonly leaseMs?: number;
  /** How long an idle executor waits before it looks again, in milliseconds. */
  readonly pollMs?: number;
};

export type Executor = {
  /** There may be runs that are due. */
  wake(): void;
  /** Ends after the runs at work. */
  close(): Promise<void>;
};

const CONCURRENCY = 8;
const PER_TENANT = 4;
const LEASE_MS = 60_000;
const POLL_MS = 250;
/** After a call of `wake` it looks often: decisions are committed a moment later. */
const EAGER_MS = 500;
const EAGER_POLL_MS = 20;
/** After a failed look at the queue, in milliseconds. */
const RETRY_MS = 1_000;

/**
 * Works on due runs of all tenants: each tenant with work gets its share, whatever the others have. Any number of
 * processes do so beside one another.
 */
export function startExecutor(options: ExecutorOptions): Executor {
  const { parts, tenantOf, now, onError, concurrency = CONCURRENCY, perTenant = PER_TENANT } = options;
  const { leaseMs = LEASE_MS, pollMs = POLL_MS } = options;
  const closed = new AbortController();
  const working = new Map<Promise<void>, string>();
  let lookAt = 0;
  let eagerUntil = 0;

  const work = async (leased: LeasedRun): Promise<void> => {
    // A lease that ended may be another process's.
    const signal = AbortSignal.timeout(leaseMs * 0.8);
    await processRun(parts, tenantOf(leased.tenantId), leased, now, signal, onError).catch(onError);
  };
  const start = (leased: LeasedRun): void => {
    const promise = work(leased).finally(() => {
      working.delete(promise);
      loop.wake();
    });
    working.set(promise, leased.tenantId);
  };

  const look = async (): Promise<number> => {
    const free = concurrency - working.size;
    if (free <= 0) return 0;
    const busy = new Map<string, number>();
    for (const tenantId of working.values()) busy.set(tenantId, (busy.get(tenantId) ?? 0) + 1);
    const full = [...busy].flatMap(([tenantId, count]) => (count >= perTenant ? [tenantId] : []));
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(leaseMs)]);
    const leased = await parts.runs.lease(
      { now: now(), leaseMs, max: free, perTenant, except: full },
      signal,
    );
    for (const run of leased) start(run);
    return leased.length;
  };

  const loop = createWorkLoop({
    async step() {
      try {
        const found = await look();
        const now = performance.now();
        lookAt = now + (found === 0 && now < eagerUntil ? EAGER_POLL_MS : pollMs);
        return found > 0;
      } catch (error) {
        lookAt = performance.now() + RETRY_MS;
        if (!closed.signal.aborted) onError(error);
        return false;
      }
    },
    dueAt: () => lookAt,
  });
  loop.wake();
  return {
    wake() {
      eagerUntil = performance.now() + EAGER_MS;
      loop.wake();
    },
    async close() {
      closed.abort(new DomainError('TIMEOUT', 'The server stops.'));
      await loop.close();
      await Promise.all(working.keys());
    },
  };
}
