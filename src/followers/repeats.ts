import { setTimeout as sleep } from 'node:timers/promises';
import { repeatsTopic } from '../datasources/activity-log/kafka/config.ts';
import { type ActivityLog, type ErasedLeads, isBefore } from '../datasources/activity-log/port.ts';
import type { ActivityRows } from '../datasources/activity-store/port.ts';
import type { First } from '../datasources/claims/port.ts';
import { parseActivityId } from '../domain/ids.ts';
import type { LeadKey } from '../domain/lead.ts';
import type { Tenant, TenantOf } from '../domain/tenant.ts';
import { byTenant } from '../ingest/write/by-tenant.ts';
import { type CorrectOptions, correct } from './judge.ts';
import type { FollowerIdentity, HandlingFollower } from './kafka-group/follower.ts';
import type { ConsumedRecord } from './kafka-group/partition-runner.ts';

export type RepeatsOptions = {
  /** Where the first of a message is read again. */
  readonly log: Pick<ActivityLog, 'read'>;
  readonly store: Pick<ActivityRows, 'put' | 'remove'>;
  /** Whose rows are not restored. */
  readonly erased: ErasedLeads;
  /**
   * How long after it was received a repeat is put right, in milliseconds: longer than any write of the store can
   * be under way. 30,000 unless given.
   */
  readonly delayMs?: number | undefined;
  /** Makes the tenants of the installation. */
  readonly tenantOf?: TenantOf | undefined;
};

const DELAY_MS = 30_000;
const MAX_BATCH = 1_000;

/** The follower of the repeats that `settle` found. */
export const REPEATS: FollowerIdentity = { name: 'repeats', topic: repeatsTopic };

/**
 * Corrects rows that repeats wrote into the store (`correct`), after a delay. A repeat's row may still be in flight
 * when the log has settled it.
 */
export function repeats(options: RepeatsOptions): HandlingFollower {
  const { log, store, delayMs = DELAY_MS } = options;
  const correcting: CorrectOptions = { store, readAt: readerOf(log) };
  return {
    ...REPEATS,
    maxBatch: MAX_BATCH,
    async handle(batch, signal) {
      const received = batch.map(({ record }) =>
        record.kind === 'activity' ? record.activity.receivedAt : 0,
      );
      const wait = Math.max(...received) + delayMs - Date.now();
      // Never longer than it takes from now, whatever the clock of another machine says.
      if (wait > 0) await sleep(Math.min(wait, delayMs), undefined, { signal });
      for (const { tenant, logged } of byTenant(batch, options.tenantOf))
        await correct(correcting, tenant, await repeatsOf(options.erased, tenant, logged, signal), signal);
    },
  };
}

type Correction = Parameters<typeof correct>[2];

/** The repeats to correct. Of a message whose first activity is erased there is nothing to restore. */
async function repeatsOf(
  erased: ErasedLeads,
  tenant: Tenant,
  logged: readonly ConsumedRecord[],
  signal: AbortSignal,
): Promise<Correction> {
  const found = logged.flatMap(({ record, first }) =>
    record.kind === 'activity' && first ? [{ activity: record.activity, first }] : [],
  );
  const leadOf = (first: First): LeadKey => parseActivityId(first.id)?.leadKey ?? '';
  const leads = new Set(found.map(({ first }) => leadOf(first)));
  const lines = await erased.linesOf(tenant, [...leads], signal);
  return found.filter(({ activity, first }) => {
    const before = lines.get(leadOf(first));
    return activity.id !== first.id || before === undefined || !isBefore(first.position, before);
  });
}

const readerOf =
  (log: Pick<ActivityLog, 'read'>): CorrectOptions['readAt'] =>
  async ({ partition, offset }, signal) => {
    for await (const [logged] of log.read(partition, offset, signal))
      return logged?.position.offset === offset && logged.record.kind === 'activity'
        ? logged.record.activity
        : undefined;
    return undefined;
  };
