import { LRUCache } from 'lru-cache';
import type { Activity } from '../domain/activity.ts';
import type { ActivityTypeDefinition } from '../domain/activity-types.ts';
import { type LeadUpdate, leadKey } from '../domain/lead.ts';
import type { Tenant } from '../domain/tenant.ts';
import { acceptActivity, acceptLead } from './accept.ts';
import type { ActivityTypes } from './activity-types.ts';
import type { ActivityDraft, ActivityVerdict, LeadDraft, LeadVerdict, Policy } from './draft.ts';
import type { Writer } from './writer-port.ts';

/** The door: judges what senders say, item by item, and hands what is good to the durable write. */
export interface Collector {
  /** A verdict for each, in order. @throws DomainError when nothing could be written; sending again is harmless. */
  collectActivities(
    tenant: Tenant,
    drafts: readonly ActivityDraft[],
    policy: Policy,
    signal: AbortSignal,
  ): Promise<readonly ActivityVerdict[]>;
  identifyLeads(
    tenant: Tenant,
    drafts: readonly LeadDraft[],
    policy: Policy,
    signal: AbortSignal,
  ): Promise<readonly LeadVerdict[]>;
}

/** Devices whose link to a person was written already: a browser says it with every event. */
const MAX_REMEMBERED_LINKS = 200_000;

/** @param now clock, epoch milliseconds */
export function createCollector(
  writer: Writer,
  types: ActivityTypes,
  now: () => number = Date.now,
): Collector {
  const linked = new LRUCache<string, true>({ max: MAX_REMEMBERED_LINKS });

  return {
    async collectActivities(tenant, drafts, policy, signal) {
      const known = await typesOf(types, tenant, drafts, signal);
      const time = now();
      const outcomes = drafts.map((draft) =>
        acceptActivity(tenant.id, draft, known.get(draft.type), policy, time),
      );
      const accepted: Activity[] = [];
      const links = new Map<string, LeadUpdate>();
      outcomes.forEach((outcome, index) => {
        if (!outcome.ok) return;
        accepted.push(outcome.value);
        const link = linkOf(tenant.id, outcome.value, drafts[index]?.anonymousId ?? null);
        if (link && !linked.has(link.name)) links.set(link.name, link.update);
      });
      const [verdicts] = await Promise.all([
        accepted.length > 0
          ? // Schemaless senders' protocols have no verdict for an item.
            writer.writeActivities(tenant, accepted, signal, { isVerdictShown: policy.mode === 'strict' })
          : [],
        links.size > 0 ? writer.writeLeadUpdates(tenant, [...links.values()], signal) : undefined,
      ]);
      for (const name of links.keys()) linked.set(name, true);
      let next = 0;
      return outcomes.map((outcome): ActivityVerdict => {
        if (!outcome.ok) return { status: 'rejected', error: outcome.error };
        const verdict = verdicts[next++];
        return verdict?.status === 'duplicate' ? verdict : { status: 'accepted', id: outcome.value.id };
      });
    },

    async identifyLeads(tenant, drafts, policy, signal) {
      const time = now();
      const outcomes = drafts.map((draft) => acceptLead(draft, policy, time));
      const updates = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
      if (updates.length > 0) await writer.writeLeadUpdates(tenant, updates, signal);
      return outcomes.map(
        (outcome): LeadVerdict =>
          outcome.ok
            ? { status: 'accepted', leadKey: leadKey(tenant.id, outcome.value.identity) }
            : { status: 'rejected', error: outcome.error },
      );
    },
  };
}

async function typesOf(
  types: ActivityTypes,
  tenant: Tenant,
  drafts: readonly ActivityDraft[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ActivityTypeDefinition>> {
  const found = new Map<string, ActivityTypeDefinition>();
  for (const name of new Set(drafts.map((draft) => draft.type))) {
    const type = await types.get(tenant, name, signal);
    if (type) found.set(name, type);
  }
  return found;
}

/** An activity that names both a person and a device links the device to the person. */
function linkOf(
  tenantId: string,
  activity: Activity,
  anonymousId: string | null,
): { name: string; update: LeadUpdate } | undefined {
  if (activity.identity.kind !== 'known' || anonymousId === null) return undefined;
  const { identity, occurredAt } = activity;
  return {
    name: JSON.stringify([tenantId, anonymousId, identity.externalId]),
    update: {
      identity,
      email: null,
      traits: {},
      links: [{ kind: 'anonymous', anonymousId }],
      at: occurredAt,
    },
  };
}
