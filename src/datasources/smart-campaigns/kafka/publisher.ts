import type { SmartCampaign } from '../../../domain/campaigns/model.ts';
import { assertTenant, type Tenant } from '../../../domain/tenant.ts';
import { campaignsTopic, inTime, type KafkaConfig } from '../../activity-log/kafka/config.ts';
import { openFetcher } from '../../activity-log/kafka/fetch.ts';
import { createLane } from '../../activity-log/kafka/lane.ts';
import { createKafkaSender } from '../../activity-log/kafka/sender.ts';
import type { SmartCampaigns } from '../port.ts';
import { campaignKey, decodeCampaign, encodeCampaign } from './campaign-message.ts';

/** The topic `campaigns`, by which `cluster/spark` knows campaigns. */
export type CampaignPublisher = {
  /**
   * Writes campaigns as they are. Resolves when every replica has them.
   * @throws DomainError `BACKEND_UNAVAILABLE`
   */
  publish(tenant: Tenant, campaigns: readonly SmartCampaign[], signal: AbortSignal): Promise<void>;
  /**
   * The last written revision of each campaign, by `campaignKey`.
   * @throws DomainError `BACKEND_UNAVAILABLE`
   */
  revisions(signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
};

const BATCH_BYTES = 512 * 1024;
const CALL_TIMEOUT_MS = 10_000;
const READ = { maxWaitMs: 500, maxBytes: 4 * 1024 * 1024, maxPartitionBytes: 4 * 1024 * 1024 } as const;
/** The topic has one partition. */
const PARTITION = 0;

export function openCampaignPublisher(kafka: KafkaConfig): CampaignPublisher {
  const topic = campaignsTopic(kafka);
  const sender = createKafkaSender(kafka, topic);
  const lane = createLane({ maxBatchBytes: BATCH_BYTES, send: sender.send, onReleased: () => {} });

  return {
    async publish(tenant, campaigns, signal) {
      assertTenant(tenant);
      const sendings = campaigns.map((campaign) => {
        const message = { partition: PARTITION, ...encodeCampaign(tenant.id, campaign) };
        return lane.add([message], message.key.length + message.value.length);
      });
      await inTime(Promise.all(sendings.map(({ offsets }) => offsets)), signal, CALL_TIMEOUT_MS);
    },

    async revisions(signal) {
      const fetcher = openFetcher(kafka, topic);
      try {
        const bounds = await inTime(fetcher.bounds(), signal, CALL_TIMEOUT_MS);
        const { first, end } = bounds.get(PARTITION) ?? { first: 0, end: 0 };
        const revisions = new Map<string, number>();
        for (let at = first; at < end; ) {
          const places = new Map([[PARTITION, at]]);
          const [fetched] = await inTime(fetcher.fetch(places, READ), signal, CALL_TIMEOUT_MS);
          for (const { value } of fetched?.messages ?? []) {
            if (value === null) continue;
            const { tenantId, campaign } = decodeCampaign(value);
            revisions.set(campaignKey(tenantId, campaign.id), campaign.revision);
          }
          at = fetched?.next ?? at;
        }
        return revisions;
      } finally {
        await fetcher.close().catch(() => {});
      }
    },

    async close() {
      await lane.idle();
      await sender.close().catch(() => {});
    },
  };
}

/**
 * Campaigns whose changes are published before `put` resolves. Where it rejects, the change may be stored and not
 * published yet: `publishMissing` does it later.
 */
export const publishing = (campaigns: SmartCampaigns, publisher: CampaignPublisher): SmartCampaigns => ({
  ...campaigns,
  async put(tenant, campaign, signal) {
    const isStored = await campaigns.put(tenant, campaign, signal);
    if (isStored) await publisher.publish(tenant, [campaign], signal);
    return isStored;
  },
});

/**
 * Publishes every campaign that the topic does not have as it is stored: a process may have died between the two
 * writes. Readers go by revisions, so a change at the same time is never undone.
 * @returns how many were missing
 */
export async function publishMissing(
  campaigns: Pick<SmartCampaigns, 'all'>,
  publisher: CampaignPublisher,
  tenants: readonly Tenant[],
  signal: AbortSignal,
): Promise<number> {
  const published = await publisher.revisions(signal);
  let count = 0;
  for (const tenant of tenants) {
    const missing = (await campaigns.all(tenant, signal)).filter(
      ({ id, revision }) => published.get(campaignKey(tenant.id, id)) !== revision,
    );
    if (missing.length > 0) await publisher.publish(tenant, missing, signal);
    count += missing.length;
  }
  return count;
}
