import type { ActivityKeywordField } from '../../domain/filter.ts';

/** The stored name of each keyword field; names come from here, never from a request. */
export const STORED_NAME = {
  type: 'type',
  campaignId: 'campaign_id',
  assetId: 'asset_id',
  channel: 'channel',
  source: 'source',
  country: 'country',
  device: 'device',
  leadKey: 'lead_key',
  messageId: 'message_id',
} as const satisfies Record<ActivityKeywordField, string>;
