import { documentsTable } from '../../db/documents.ts';
import type { Migration } from '../../db/migrate.ts';

export const CAMPAIGNS_TABLE = 'smart_campaigns';

/**
 * `smart_campaign_changes` counts the changes of a tenant's campaigns: one row for each tenant that has some. Its row is
 * locked by every change, so that the count grows in the order of commits.
 */
export const smartCampaignsMigrations: readonly Migration[] = [
  {
    id: 'smart-campaigns-001',
    sql: `${documentsTable(CAMPAIGNS_TABLE)}
CREATE TABLE smart_campaign_changes (
  tenant_id text COLLATE "C" PRIMARY KEY,
  changes   int8 NOT NULL
);`,
  },
];
