import type { SmartCampaign } from '../../../domain/campaigns/model.ts';
import { isJsonObject } from '../../../domain/json.ts';
import { isTenantId } from '../../../domain/tenant.ts';

/** A message of the compacted topic `campaigns`. `schema/records` publishes its format and the rules for a change. */
export type CampaignMessage = { readonly key: Buffer; readonly value: Buffer };

const VERSION = 1;

/** The key of a campaign's messages: Kafka keeps the last message of each key. No tenant's id contains a slash. */
export const campaignKey = (tenantId: string, campaignId: string): string => `${tenantId}/${campaignId}`;

export const encodeCampaign = (tenantId: string, campaign: SmartCampaign): CampaignMessage => ({
  key: Buffer.from(campaignKey(tenantId, campaign.id), 'utf8'),
  value: Buffer.from(JSON.stringify({ version: VERSION, tenant: tenantId, campaign }), 'utf8'),
});

/** @throws Error for a value of another version, or for anything but a campaign */
export function decodeCampaign(value: Uint8Array): {
  readonly tenantId: string;
  readonly campaign: SmartCampaign;
} {
  const message: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
  if (!isJsonObject(message) || message['version'] !== VERSION)
    throw new Error(`This is no campaign of version ${VERSION}.`);
  const { tenant, campaign } = message;
  if (typeof tenant !== 'string' || !isTenantId(tenant) || !isJsonObject(campaign))
    throw new Error('This is no campaign of a tenant.');
  return { tenantId: tenant, campaign: campaign as unknown as SmartCampaign };
}
