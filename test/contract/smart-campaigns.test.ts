import { createPostgresSmartCampaigns } from '../../src/datasources/smart-campaigns/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { smartCampaignsContract } from './smart-campaigns.ts';

for (const driver of drivers)
  smartCampaignsContract(`postgres adapter on ${driver.name}`, async () => {
    const db = await driver.open();
    return { campaigns: createPostgresSmartCampaigns(db), close: () => db.close() };
  });
