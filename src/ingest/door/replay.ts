import {
  CONFLICT,
  type FailedActivities,
  type FailedActivity,
} from '../../datasources/failed-activities/port.ts';
import type { LogRecord, Source } from '../../domain/activity.ts';
import type { ActivityId } from '../../domain/ids.ts';
import type { Json } from '../../domain/json.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Item, ItemError, Policy, Verdict } from '../draft/draft.ts';
import type { Writer } from '../write/writer-port.ts';
import type { Batch } from './batch.ts';
import type { Collector } from './collector.ts';

/** How a dialect decodes its stored failures again. */
export type Decoder = {
  readonly policy: Policy;
  /** In input order. @param failures with their bodies, parsed */
  decode(
    tenant: Tenant,
    failures: readonly { readonly failure: FailedActivity; readonly original: Json }[],
    signal: AbortSignal,
  ): Promise<readonly Item[]>;
};

/** The outcome of one replayed failure. */
export type ReplayVerdict = { readonly failure: FailedActivity } & (
  | { readonly status: 'replayed' | 'duplicate'; readonly activityId: ActivityId | null }
  | { readonly status: 'dropped' }
  | { readonly status: 'rejected'; readonly error: Omit<ItemError, 'code'> & Pick<FailedActivity, 'code'> }
  /** It had got in before. */
  | { readonly status: 'settled' }
  /** It was too large to be kept whole, or was erased meanwhile. */
  | { readonly status: 'lost' }
);

export type ReplayOptions = {
  readonly failures: FailedActivities;
  readonly collector: Collector;
  readonly writer: Pick<Writer, 'writeActivities' | 'writeLeadUpdates' | 'writeCampaigns' | 'defineType'>;
  readonly decoders: Readonly<Partial<Record<Source, Decoder>>>;
  /** Clock, epoch milliseconds. */
  readonly now?: () => number;
};

/**
 * Sends refused items through the door again after a fix, such as a declared type, a known lead or a repaired step.
 * Accepted items are marked as replayed. Message ids are those of the first try, so that a replay is idempotent with
 * the sender's own retry.
 * @returns a verdict for each, in order
 */
export type Replay = (
  tenant: Tenant,
  failures: readonly FailedActivity[],
  signal: AbortSignal,
) => Promise<readonly ReplayVerdict[]>;

export function createReplay(options: ReplayOptions): Replay {
  const { failures: log, decoders, now = Date.now } = options;
  return async (tenant, failures, signal) => {
    const verdicts = new Map<string, ReplayVerdict>();
    const note = (verdict: ReplayVerdict): void => void verdicts.set(verdict.failure.id, verdict);
    /** Those of public keys apart: their message ids are a space of their own. */
    const groups = new Map<string, FailedActivity[]>();
    for (const failure of failures) {
      if (failure.replayedAt !== null) note({ failure, status: 'settled' });
      else if (failure.body === null) note({ failure, status: 'lost' });
      else if (failure.kind === 'record') {
        const isKept = (await keptOf(log, tenant, [failure], signal)).has(failure.id);
        note(isKept ? await replayRecord(options.writer, tenant, failure, signal) : lost(failure));
      } else {
        const name = `${failure.source} ${failure.kind === 'publicActivity'}`;
        groups.set(name, [...(groups.get(name) ?? []), failure]);
      }
    }
    for (const all of groups.values()) {
      const kept = await keptOf(log, tenant, all, signal);
      const group = all.filter(({ id }) => kept.has(id));
      for (const failure of all) if (!kept.has(failure.id)) note(lost(failure));
      const decoder = decoders[group[0]?.source ?? 'demo'];
      const done = decoder ? await replayItems(options, tenant, decoder, group, signal) : group.map(lost);
      for (const verdict of done) note(verdict);
    }
    const settled = [...verdicts.values()].flatMap((verdict) =>
      verdict.status === 'replayed' || verdict.status === 'duplicate'
        ? [{ id: verdict.failure.id, activityId: verdict.activityId }]
        : [],
    );
    if (settled.length > 0) await log.settle(tenant, settled, now(), signal);
    return failures.flatMap((failure) => verdicts.get(failure.id) ?? []);
  };
}

const lost = (failure: FailedActivity): ReplayVerdict => ({ failure, status: 'lost' });

/** Ids of failures that are still kept: a failure that was erased since it was read must not come back. */
async function keptOf(
  log: FailedActivities,
  tenant: Tenant,
  group: readonly FailedActivity[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const found = await log.get(
    tenant,
    group.map(({ id }) => id),
    signal,
  );
  return new Set(found.flatMap((failure) => failure?.id ?? []));
}

/** Sends items of one dialect through the door. */
async function replayItems(
  { collector }: ReplayOptions,
  tenant: Tenant,
  decoder: Decoder,
  group: readonly FailedActivity[],
  signal: AbortSignal,
): Promise<ReplayVerdict[]> {
  const originals = group.map((failure) => ({
    failure,
    original: JSON.parse(failure.body ?? 'null') as Json,
  }));
  const items = await decoder.decode(tenant, originals, signal);
  const batch: Batch = {
    policy: decoder.policy,
    sender: { isPublic: group[0]?.kind === 'publicActivity', subject: 'replay' },
    items,
    bytes: group.reduce((sum, { body }) => sum + (body?.length ?? 0), 0),
    // What is rejected again keeps its place in the log, with the new reason.
    originalOf: (index) => originals[index]?.original ?? null,
  };
  const verdicts = await collector.collect(tenant, batch, signal);
  return group.map((failure, index) => verdictOf(failure, items[index], verdicts[index]));
}

function verdictOf(
  failure: FailedActivity,
  item: Item | undefined,
  verdict: Verdict | undefined,
): ReplayVerdict {
  switch (verdict?.status) {
    case 'accepted':
    case 'duplicate': {
      const activityId = item?.kind === 'activity' ? verdict.id : null;
      return { failure, status: verdict.status === 'accepted' ? 'replayed' : 'duplicate', activityId };
    }
    case 'rejected':
      return { failure, status: 'rejected', error: verdict.error };
    default:
      return { failure, status: 'dropped' };
  }
}

/** Writes a record that the store refused once. */
async function replayRecord(
  writer: ReplayOptions['writer'],
  tenant: Tenant,
  failure: FailedActivity,
  signal: AbortSignal,
): Promise<ReplayVerdict> {
  const record = JSON.parse(failure.body ?? 'null') as LogRecord;
  switch (record.kind) {
    case 'activity': {
      const [written] = await writer.writeActivities(tenant, [record.activity], signal);
      if (written?.status === 'conflict') return { failure, status: 'rejected', error: CONFLICT };
      if (written?.status !== 'failed')
        return {
          failure,
          status: written?.status === 'duplicate' ? 'duplicate' : 'replayed',
          activityId: written?.id ?? record.activity.id,
        };
      const error = { code: 'STORE_REFUSED', message: written.reason, path: null } as const;
      return { failure, status: 'rejected', error };
    }
    case 'lead':
      await writer.writeLeadUpdates(tenant, [record.update], signal);
      break;
    case 'campaign':
      await writer.writeCampaigns(tenant, [record.campaign], signal);
      break;
    case 'type':
      await writer.defineType(tenant, record.type, signal);
  }
  return { failure, status: 'replayed', activityId: null };
}
