import {
  CONFLICT,
  type FailedActivities,
  type Failure,
  failureOf,
} from '../../datasources/failed-activities/port.ts';
import type { Activity } from '../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { Json } from '../../domain/json.ts';
import { identityText, type LeadUpdate, leadKey } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { type Item, type Outcome, ok, type Policy, type Sender, type Verdict } from '../draft/draft.ts';
import type { Accepted, Pipeline } from '../draft/pipeline.ts';
import type { Writer, WrittenVerdict } from '../write/writer-port.ts';
import { type AcceptedLead, acceptLead } from './accept-lead.ts';
import type { ActivityTypes } from './activity-types.ts';
import type { IngestBudget } from './budget.ts';
import { lastSaid } from './last-said.ts';
import { createRecent } from './recent.ts';

/** One request of a sender, in any dialect. */
export type Batch = {
  readonly policy: Policy;
  readonly sender: Sender;
  readonly items: readonly Item[];
  /** Bytes of the items as they came, for the budget. */
  readonly bytes: number;
  /** The sender's item, complete in itself: decoding it again gives the same item. Called for refused items. */
  readonly originalOf: (index: number) => Json;
};

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
/** Warnings that one item's verdict tells. */
const MAX_WARNINGS = 20;

type Good =
  | { readonly kind: 'activity'; readonly accepted: Accepted }
  | { readonly kind: 'lead'; readonly accepted: AcceptedLead };

export function createCollector(options: CollectorOptions): Collector {
  const { writer, types, pipeline, failures, budget, onUnkept, now = Date.now } = options;
  let linked = createRecent<number>(MAX_REMEMBERED_LINKS);
  const pending = createPending();

  const judge = (
    tenant: Tenant,
    item: Item,
    { policy, sender: { isPublic } }: Pick<Batch, 'policy' | 'sender'>,
    known: ReadonlyMap<string, ActivityTypeDefinition>,
    time: number,
  ): Outcome<Good> => {
    switch (item.kind) {
      case 'activity': {
        const { draft } = item;
        const type = known.get(draft.type);
        const outcome = pipeline.run({
          idSpace: tenant.idSpace,
          draft,
          type,
          policy,
          space: isPublic ? 'public' : 'secret',
          now: time,
        });
        return outcome.kind === 'ok' ? ok({ kind: 'activity', accepted: outcome.value }) : outcome;
      }
      case 'lead': {
        const outcome = acceptLead(item.draft, policy, time, isPublic);
        return outcome.kind === 'ok' ? ok({ kind: 'lead', accepted: outcome.value }) : outcome;
      }
      case 'rejected':
        return { kind: 'fail', error: item.error };
      default:
        return item satisfies never;
    }
  };

  /** Keeps rejected items as far as possible. */
  const keep = async (tenant: Tenant, failed: readonly Failure[], signal: AbortSignal): Promise<void> => {
    if (failed.length === 0) return;
    try {
      await failures.put(tenant, failed, signal);
    } catch (error) {
      onUnkept(tenant, failed, error);
    }
  };

  /** Writes accepted items and keeps rejected items. @returns the writer's outcomes of the activities, in order */
  const write = async (
    tenant: Tenant,
    batch: Batch,
    outcomes: readonly Outcome<Good>[],
    failedAt: number,
    signal: AbortSignal,
  ): Promise<readonly WrittenVerdict[]> => {
    const activities: Activity[] = [];
    const updates: LeadUpdate[] = [];
    const links = new Map<string, LeadUpdate>();
    const failed: Failure[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.kind === 'retry') throw outcome.error;
      if (outcome.kind === 'fail') {
        const body = batch.originalOf(index);
        const { source } = batch.policy;
        const isLead = batch.items[index]?.kind === 'lead';
        const kind = isLead ? 'lead' : batch.sender.isPublic ? 'publicActivity' : 'activity';
        const { code, message, path } = outcome.error;
        failed.push(failureOf(tenant.idSpace, { code, message, path, failedAt, source, kind, body }));
      }
      if (outcome.kind !== 'ok') continue;
      if (outcome.value.kind === 'lead') {
        updates.push(outcome.value.accepted.update);
        continue;
      }
      const { activity, links: said } = outcome.value.accepted;
      activities.push(activity);
      for (const link of said) {
        // A lead's key has the tenant in it.
        const name = `${activity.leadKey} ${link.links.map((other) => `${other.kind} ${identityText(other)}`).join('\0')}`;
        if (failedAt - (linked.get(name) ?? 0) > LINKED_MS) links.set(name, link);
      }
    }
    updates.push(...links.values());
    // Schemaless senders' protocols have no verdict for an item.
    const isVerdictShown = batch.policy.mode === 'strict';
    const [verdicts] = await Promise.all([
      activities.length > 0 ? writer.writeActivities(tenant, activities, signal, { isVerdictShown }) : [],
      updates.length > 0
        ? writer.writeLeadUpdates(tenant, lastSaid(updates), signal, { isAwaited: isVerdictShown })
        : undefined,
      keep(tenant, failed, signal),
    ]);
    for (const name of links.keys()) linked.set(name, failedAt);
    return verdicts;
  };

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
        const outcomes = batch.items.map((item) => judge(tenant, item, batch, known, time));
        const done = pending.add(tenant.id, time);
        const written = await write(tenant, batch, outcomes, time, signal).then(
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

/** The times of writes in flight, by tenant. */
function createPending() {
  const times = new Map<string, Set<{ readonly time: number }>>();
  return {
    /** @returns takes it out again */
    add(tenantId: string, time: number): () => void {
      const entry = { time };
      const own = times.get(tenantId) ?? new Set();
      times.set(tenantId, own.add(entry));
      return () => {
        own.delete(entry);
        if (own.size === 0 && times.get(tenantId) === own) times.delete(tenantId);
      };
    },
    oldest(tenantId: string): number | undefined {
      let oldest: number | undefined;
      for (const { time } of times.get(tenantId) ?? []) oldest = Math.min(oldest ?? time, time);
      return oldest;
    },
  };
}

function verdictOf(
  tenant: Tenant,
  outcome: Outcome<Good>,
  nextWritten: () => WrittenVerdict | undefined,
): Verdict {
  switch (outcome.kind) {
    case 'ok': {
      const good = outcome.value;
      const { warnings } = good.accepted;
      const told = warnings.length > 0 && { warnings: warnings.slice(0, MAX_WARNINGS) };
      if (good.kind === 'lead')
        return { status: 'accepted', id: leadKey(tenant.idSpace, good.accepted.update.identity), ...told };
      const written = nextWritten();
      // What only the store refuses is safe in the log, and kept among the failed activities: to its sender it is accepted.
      if (written?.status === 'conflict') return { status: 'rejected', error: CONFLICT };
      return written?.status === 'duplicate'
        ? { status: 'duplicate', id: written.id }
        : { status: 'accepted', id: good.accepted.activity.id, ...told };
    }
    case 'fail':
      return { status: 'rejected', error: outcome.error };
    case 'drop':
      return { status: 'dropped', reason: outcome.reason };
    case 'retry':
      throw outcome.error;
    default:
      return outcome satisfies never;
  }
}
