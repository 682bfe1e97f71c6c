import type { Lease } from '../../datasources/erasures/port.ts';
import type { PersonalStore } from '../../datasources/erasures/stores.ts';
import type { TenantOf } from '../../domain/tenant.ts';
import { DomainError } from '../../lib/errors.ts';
import { runRounds } from '../../lib/rounds.ts';
import type { PersonalPorts } from './personal.ts';

export type ForgetOptions = Pick<PersonalPorts, 'erasures' | 'forgetting'> & {
  readonly tenantOf: TenantOf;
  onError(error: unknown): void;
  /** Clock, epoch milliseconds. */
  readonly now?: () => number;
  readonly everyMs?: number;
};

const EVERY_MS = 2_000;
/** A round that takes longer is ended and repeated. */
const ROUND_MS = 3_600_000;
/** Other processes take over from a process that ended after this time, in milliseconds. */
const LEASE_MS = 15_000;

/** When each store was swept last, epoch milliseconds. */
type Sweeps = Map<PersonalStore, number>;

/**
 * Ends erasures: each store that has not forgotten yet does, and the receipt notes it. A crash loses nothing, because a
 * step can be repeated, and the next round of any process begins where the receipt ends.
 */
export function keepForgetting(options: ForgetOptions): { close(): Promise<void> } {
  const { everyMs = EVERY_MS } = options;
  const sweeps: Sweeps = new Map();
  return runRounds((signal) => forgetOnce(options, sweeps, signal), {
    everyMs,
    timeoutMs: ROUND_MS,
    timedOut: () => new DomainError('TIMEOUT', 'An erasure takes too long; it is tried again.'),
    onError: options.onError,
  });
}

/** @throws Error of the first store that failed */
async function forgetOnce(options: ForgetOptions, sweeps: Sweeps, signal: AbortSignal): Promise<void> {
  const { erasures, tenantOf, now = Date.now } = options;
  const leases = await erasures.lease(now(), LEASE_MS, signal);
  if (leases.length === 0) return;
  const leaseUntil = async (until: number): Promise<void> => {
    const soon = AbortSignal.timeout(LEASE_MS);
    // A lease that is lost means that another process does the same again, which changes nothing.
    for (const { tenantId, receipt } of leases)
      await erasures.leaseUntil(tenantOf(tenantId), receipt.erasure.id, until, soon).catch(() => {});
  };
  const renewing = setInterval(() => void leaseUntil(now() + LEASE_MS), LEASE_MS / 3).unref();
  try {
    await forget(options, leases, sweeps, signal);
  } finally {
    clearInterval(renewing);
    await leaseUntil(0);
  }
}

async function forget(
  { erasures, forgetting, tenantOf, now = Date.now }: ForgetOptions,
  leases: readonly Lease[],
  sweeps: Sweeps,
  signal: AbortSignal,
): Promise<void> {
  let ready = leases;
  for (const step of forgetting) {
    const { store } = step;
    ready = await readyFor(step, ready, tenantOf, signal);
    const open = ready.filter(({ receipt }) => receipt.doneAt[store] === undefined);
    if (open.length === 0) continue;
    if ('sweep' in step) {
      // Those who come meanwhile share the next.
      if (now() - (sweeps.get(store) ?? 0) < step.everyMs) return;
      await step.sweep(signal);
      sweeps.set(store, now());
    }
    for (const { tenantId, receipt } of open) {
      const tenant = tenantOf(tenantId);
      if ('erase' in step) await step.erase(tenant, receipt.erasure, signal);
      await erasures.markDone(tenant, receipt.erasure.id, store, now(), step === forgetting.at(-1), signal);
    }
  }
}

/** The erasures that are done with this store, or can begin with it now. */
async function readyFor(
  step: PersonalPorts['forgetting'][number],
  leases: readonly Lease[],
  tenantOf: TenantOf,
  signal: AbortSignal,
): Promise<readonly Lease[]> {
  if (!step.isReady) return leases;
  const ready: Lease[] = [];
  for (const lease of leases) {
    const { tenantId, receipt } = lease;
    const isDone = receipt.doneAt[step.store] !== undefined;
    if (isDone || (await step.isReady(tenantOf(tenantId), receipt.erasure, signal))) ready.push(lease);
  }
  return ready;
}
