import { logMigrations } from '../datasources/activity-log/postgres/schema.ts';
import { metricsMigrations } from '../datasources/activity-metrics/postgres/schema.ts';
import { searchMigrations } from '../datasources/activity-search/postgres/schema.ts';
import { storeMigrations } from '../datasources/activity-store/postgres/schema.ts';
import { campaignRunsMigrations } from '../datasources/campaign-runs/postgres/schema.ts';
import { installationMigrations } from '../datasources/db/installation.ts';
import type { Migration } from '../datasources/db/migrate.ts';
import { authMigrations } from '../datasources/directory/postgres.ts';
import { erasuresMigrations } from '../datasources/erasures/postgres/schema.ts';
import { failedActivitiesMigrations } from '../datasources/failed-activities/postgres/schema.ts';
import { listsMigrations } from '../datasources/lists/postgres/schema.ts';
import { smartCampaignsMigrations } from '../datasources/smart-campaigns/postgres/schema.ts';

/** Every table of the `embedded` and `postgres` profiles, in the order they are made. */
export const migrations: readonly Migration[] = [
  ...storeMigrations,
  ...searchMigrations,
  ...logMigrations,
  ...failedActivitiesMigrations,
  ...metricsMigrations,
  ...authMigrations,
  ...installationMigrations,
  ...erasuresMigrations,
  ...smartCampaignsMigrations,
  ...listsMigrations,
  ...campaignRunsMigrations,
];
