import type { ActivityStore } from '../src/datasources/activity-store/port.ts';
import type { Activity, Campaign } from '../src/domain/activity.ts';
import { activityId, messageHash, parseActivityId } from '../src/domain/ids.ts';
import { type Lead, leadKey } from '../src/domain/lead.ts';
import { unkeyed } from '../test/support/id-space.ts';

/** What both servers of a comparison answer from: the same objects, in memory, so that only the servers differ. */
export type BenchData = {
  readonly activities: readonly Activity[];
  readonly byId: ReadonlyMap<string, Activity>;
  readonly byLead: ReadonlyMap<string, readonly Activity[]>;
  readonly leads: ReadonlyMap<string, Lead>;
  readonly campaigns: ReadonlyMap<string, Campaign>;
};

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** 200 leads with 60 activities each over 20 campaigns. */
export function benchData(tenantId: string): BenchData {
  const campaigns = new Map<string, Campaign>();
  for (let n = 0; n < 20; n += 1)
    campaigns.set(`campaign-${n}`, { id: `campaign-${n}`, name: `Campaign ${n}`, createdAt: START });
  const activities: Activity[] = [];
  const byLead = new Map<string, Activity[]>();
  const leads = new Map<string, Lead>();
  for (let person = 0; person < 200; person += 1) {
    const identity = { kind: 'known', externalId: `lead-${person}` } as const;
    const key = leadKey(unkeyed(tenantId), identity);
    leads.set(key, {
      key,
      externalId: identity.externalId,
      email: `lead-${person}@example.com`,
      traits: {},
      aliases: [],
      firstSeenAt: START,
      lastSeenAt: START + 60 * MINUTE,
    });
    const own: Activity[] = [];
    for (let n = 59; n >= 0; n -= 1) {
      const messageId = `${person}-${n}`;
      const occurredAt = START + n * MINUTE;
      const campaign = campaigns.get(`campaign-${(person + n) % 20}`) ?? null;
      own.push({
        id: activityId({ leadKey: key, occurredAt, hash: messageHash(unkeyed(tenantId), messageId) }),
        messageId,
        leadKey: key,
        identity,
        type: 'Open Email',
        occurredAt,
        receivedAt: occurredAt,
        campaign: campaign && { id: campaign.id, name: campaign.name },
        assetId: 'mail-1',
        channel: 'email',
        source: 'demo',
        attributes: { subject: 'Hello' },
        context: {},
        country: 'DE',
        device: 'desktop',
        isBot: false,
        agentKind: null,
        enrichmentVersion: 1,
        contentDigest: null,
      });
    }
    byLead.set(key, own);
    activities.push(...own);
  }
  return {
    activities,
    byId: new Map(activities.map((activity) => [activity.id, activity])),
    byLead,
    leads,
    campaigns,
  };
}

/** The activity store's port over that data; it only reads. */
export function memoryStore(data: BenchData): ActivityStore {
  const readOnly = async (): Promise<never> => {
    throw new Error('this store only reads');
  };
  return {
    write: readOnly,
    updateLeads: readOnly,
    putCampaigns: readOnly,
    defineType: readOnly,
    activities: async (_tenant, ids) => ids.map((id) => data.byId.get(id) ?? null),
    timelines: async (_tenant, requests) =>
      requests.map(({ leadKey: key, first, after }) => {
        const all = data.byLead.get(key) ?? [];
        const start = after
          ? all.findIndex((activity) => parseActivityId(activity.id)?.hash === after.hash) + 1
          : 0;
        const activities = all.slice(start, start + first);
        return {
          activities,
          hasNextPage: all.length > start + first,
          leadKey: activities.length > 0 ? key : null,
        };
      }),
    leadKeys: async () => [],
    leads: async (_tenant, keys) => keys.map((key) => data.leads.get(key) ?? null),
    persons: async (_tenant, keys) =>
      keys.map((key) => {
        const lead = data.leads.get(key);
        return lead ? { lead, identities: [] } : null;
      }),
    campaigns: async (_tenant, ids) => ids.map((id) => data.campaigns.get(id) ?? null),
    listCampaigns: async () => [...data.campaigns.values()],
    customTypes: async () => [],
  };
}
