import type { FailedActivities, Failure } from '../../datasources/failed-activities/port.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Outcome, Verdict } from '../draft/draft.ts';
import type { Pipeline } from '../draft/pipeline.ts';
import type { Writer, WrittenVerdict } from '../write/writer-port.ts';
import type { ActivityTypes } from './activity-types.ts';
import type { Batch } from './batch.ts';
import type { IngestBudget } from './budget.ts';
import { type Good, judge, verdictOf } from './judge.ts';
import { lastSaid } from './last-said.ts';
import { createPending } from './pending.ts';
import { createRecent } from './recent.ts';
import { sortOut } from './sort-out.ts';

/** The door: judges each item and hands accepted items to the durable write. */
export interface Collector {
  /**
   * A verdict for each item, in order. Accepted items are durable. Rejected items are kept among the failed activities,
   * unless those can't be written (`onUnkept`). A bad item never fails its batch.
   * @throws DomainError `RATE_LIMITED` when the budget of the tenant or of a public key is spent. `BACKEND_UNAVAILABLE`
   * when accepted items could not be written; sending again is harmless
   */
  collect(tenant: Tenant, batch: Batch, signal: AbortSignal): Promise<readonly Verdict[]>;
  /**
   * The earliest `receivedAt`, epoch milliseconds, of a tenant's writes in flight in this process; undefined without
   * any. Earlier activities can be read, unless the store is being repaired.
   */
  oldestPending(tenantId: string): number | undefined;
  /** Forgets the links of devices, so that the next activity of a device after an erasure links it again. */
  forgetLinks(): void;
}

export type CollectorOptions = {
  readonly writer: Writer;
  readonly types: ActivityTypes;
  readonly pipeline: Pipeline;
  readonly failures: FailedActivities;
  readonly budget: IngestBudget;
  /** Called for rejected items that could not be kept: only their senders know of them, by their verdicts. */
  onUnkept(tenant: Tenant, failed: readonly Failure[], error: unknown): void;
  /** Clock, epoch milliseconds. */
  readonly now?: () => number;
};

/** A write whose caller went away goes on; so long it counts as pending, in milliseconds. */
const MAX_PENDING_MS = 30_000;
/** Devices whose link to a person was written already: a browser says it with every event. */
const MAX_REMEMBERED_LINKS = 200_000;
/** Another process may have erased the person since: then the link is written again after this time, in milliseconds. */
const LINKED_MS = 600_000;
/** Devices and the times when their links were written, by the name of the link. */
type Linked = ReturnType<typeof createRecent<number>>;

export function createCollector(options: CollectorOptions): Collector {
  const { types, pipeline, budget, now = Date.now } = options;
  let linked: Linked = createRecent<number>(MAX_REMEMBERED_LINKS);
  const pending = createPending();

  return {
    async collect(tenant, batch, signal) {
      if (batch.items.length === 0) return [];
      const refund = budget.take(
        { tenantId: tenant.id, sender: batch.sender },
        batch.items.length,
        batch.bytes,
      );
      try {
        const names = batch.items.flatMap((item) => (item.kind === 'activity' ? [item.draft.type] : []));
        const known = await types.find(tenant, new Set(names), signal);
        const time = now();
        const standard = { policy: batch.policy, sender: batch.sender, types: known, now: time };
        const outcomes = batch.items.map((item) => judge(pipeline, tenant, item, standard));
        const done = pending.add(tenant.id, time);
        const written = await write(options, linked, { tenant, batch, outcomes, time }, signal).then(
          (verdicts) => {
            done();
            return verdicts;
          },
          (error: unknown) => {
            setTimeout(done, MAX_PENDING_MS).unref();
            throw error;
          },
        );
        let next = 0;
        return outcomes.map((outcome) => verdictOf(tenant, outcome, () => written[next++]));
      } catch (error) {
        // Nothing of it counts: it will be sent again.
        refund();
        throw error;
      }
    },
    oldestPending: pending.oldest,
    forgetLinks() {
      linked = createRecent(MAX_REMEMBERED_LINKS);
    },
  };
}

/** A batch whose items are judged. */
type Judged = {
  readonly tenant: Tenant;
  readonly batch: Batch;
  readonly outcomes: readonly Outcome<Good>[];
  /** When, epoch milliseconds. */
  readonly time: number;
};

/** Writes accepted items and keeps rejected items. @returns the writer's outcomes of the activities, in order */
async function write(
  options: CollectorOptions,
  linked: Linked,
  { tenant, batch, outcomes, time }: Judged,
  signal: AbortSignal,
): Promise<readonly WrittenVerdict[]> {
  const { writer } = options;
  const isLinked = (name: string): boolean => time - (linked.get(name) ?? 0) <= LINKED_MS;
  const { activities, updates, failed, linkNames } = sortOut(tenant, batch, outcomes, time, isLinked);
  // Schemaless senders' protocols have no verdict for an item.
  const isVerdictShown = batch.policy.mode === 'strict';
  const [verdicts] = await Promise.all([
    activities.length > 0 ? writer.writeActivities(tenant, activities, signal, { isVerdictShown }) : [],
    updates.length > 0
      ? writer.writeLeadUpdates(tenant, lastSaid(updates), signal, { isAwaited: isVerdictShown })
      : undefined,
    keep(options, tenant, failed, signal),
  ]);
  for (const name of linkNames) linked.set(name, time);
  return verdicts;
}

/** Keeps rejected items as far as possible. */
async function keep(
  { failures, onUnkept }: CollectorOptions,
  tenant: Tenant,
  failed: readonly Failure[],
  signal: AbortSignal,
): Promise<void> {
  if (failed.length === 0) return;
  try {
    await failures.put(tenant, failed, signal);
  } catch (error) {
    onUnkept(tenant, failed, error);
  }
}
