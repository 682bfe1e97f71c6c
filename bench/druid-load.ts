// A topic full of unique activities, as `bench/druid.ts` has Druid read it.
import { Producer } from '@platformatic/kafka';
import { type KafkaConfig, uniqueTopic } from '../src/datasources/activity-log/kafka/config.ts';
import { encodeMessage, placeOf } from '../src/datasources/activity-log/kafka/message.ts';
import { activityFacts } from '../src/datasources/activity-metrics/facts.ts';
import type { Activity } from '../src/domain/activity.ts';
import { standardType } from '../src/domain/activity-types.ts';
import { activityId, messageHash } from '../src/domain/ids.ts';
import { leadKey } from '../src/domain/lead.ts';
import { verifyTenant } from '../src/domain/tenant.ts';
import { unkeyed } from '../test/support/id-space.ts';

const DAY = 86_400_000;
export const NOW = Date.UTC(2026, 5, 15, 12);
export const DAYS = 30;
export const TENANTS = ['bench-a', 'bench-b', 'bench-c'].map(verifyTenant);
/** Of each tenant. */
export const ACTIVITIES = 300_000;
export const PARTITIONS = 4;

const LEADS = 20_000;
const CAMPAIGNS = 40;
const TYPES = [
  'Send Email',
  'Email Delivered',
  'Open Email',
  'Visit Webpage',
  'Click Email',
  'Complete Order',
];
const COUNTRIES = ['DE', 'US', 'FR', 'JP', null];
const DEVICES = ['mobile', 'desktop', null];

/** The `n`th of a tenant's; the same in every run. */
function activity(tenantId: string, n: number): Activity {
  // Multiplying by odd constants spreads what is near.
  const mixed = Math.imul(n, 2_654_435_761) >>> 0;
  const identity = { kind: 'known', externalId: `lead-${mixed % LEADS}` } as const;
  const key = leadKey(unkeyed(tenantId), identity);
  const messageId = `message-${n}`;
  // In the order of time, but for one in fifty.
  const age = n % 50 === 7 ? mixed % (DAYS * DAY) : Math.round((1 - n / ACTIVITIES) * DAYS * DAY);
  const occurredAt = NOW - age;
  const type = TYPES[n % TYPES.length] ?? '';
  const isEmail = type.includes('Email');
  // Four run on any one day.
  const campaign = (Math.floor(occurredAt / DAY) * 2 + ((mixed >>> 8) % 4)) % CAMPAIGNS;
  return {
    id: activityId({ leadKey: key, occurredAt, hash: messageHash(unkeyed(tenantId), messageId) }),
    messageId,
    leadKey: key,
    identity,
    type,
    occurredAt,
    receivedAt: occurredAt,
    enrichmentVersion: 0,
    contentDigest: null,
    campaign: { id: `campaign-${campaign}`, name: null },
    assetId: isEmail ? `asset-${campaign}-${(mixed >>> 12) % 3}` : null,
    channel: isEmail ? 'email' : 'web',
    source: 'segment',
    attributes: {
      url: `https://example.com/${mixed % 500}`,
      ...(type === 'Complete Order' && { revenue: (mixed % 10_000) / 100 }),
    },
    context: { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)' },
    country: COUNTRIES[(mixed >>> 3) % COUNTRIES.length] ?? null,
    device: DEVICES[(mixed >>> 5) % DEVICES.length] ?? null,
    isBot: n % 50 === 0,
    agentKind: null,
  };
}

function message(tenantId: string, one: Activity, topic: string) {
  const record = { kind: 'activity', activity: one } as const;
  const facts = activityFacts(tenantId, one, standardType(one.type));
  const { partition } = placeOf(verifyTenant(tenantId), record, PARTITIONS);
  return { topic, partition, value: encodeMessage(tenantId, record, { facts }) };
}

export type Load = {
  /** Activities `from` to `to` of each tenant, a few thousand at a time. */
  produce(from: number, to: number): Promise<void>;
  /** One more of a tenant, of a campaign of its own. */
  probe(tenantId: string, campaign: string, n: number): Promise<void>;
  close(): Promise<void>;
};

export function openLoad(kafka: KafkaConfig): Load {
  const producer = new Producer({ clientId: kafka.clientId, bootstrapBrokers: [...kafka.brokers] });
  const topic = uniqueTopic(kafka);
  return {
    async produce(from, to) {
      const step = 1_500;
      for (let start = from; start < to; start += step) {
        const messages = [];
        for (let n = start; n < Math.min(to, start + step); n++)
          for (const { id } of TENANTS) messages.push(message(id, activity(id, n), topic));
        await producer.send({ messages });
      }
    },
    async probe(tenantId, campaign, n) {
      const one = { ...activity(tenantId, n), campaign: { id: campaign, name: null } };
      await producer.send({ messages: [message(tenantId, one, topic)] });
    },
    close: () => producer.close(),
  };
}
