import { describe } from 'node:test';
import { createPhoenixSmartCampaigns } from '../../src/datasources/smart-campaigns/phoenix/adapter.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix } from '../support/phoenix.ts';
import { smartCampaignsContract } from './smart-campaigns.ts';

describe('phoenix', { skip: engineSkip('phoenix') }, () => {
  smartCampaignsContract('phoenix adapter', async () => {
    const { client, schema, drop } = await openTestPhoenix();
    return { campaigns: createPhoenixSmartCampaigns(client, { schema }), close: drop };
  });
});
