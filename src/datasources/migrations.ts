import { authMigrations } from '../auth/directory-sql.ts';
import { logMigrations } from './activity-log/postgres-schema.ts';
import { metricsMigrations } from './activity-metrics/postgres-schema.ts';
import { searchMigrations } from './activity-search/postgres-schema.ts';
import { storeMigrations } from './activity-store/postgres-schema.ts';
import { installationMigrations } from './db/installation.ts';
import type { Migration } from './db/migrate.ts';
import { failedActivitiesMigrations } from './failed-activities/postgres-schema.ts';

/** Every table of the `embedded` and `postgres` profiles, in the order they are made. */
export const migrations: readonly Migration[] = [
  ...storeMigrations,
  ...searchMigrations,
  ...logMigrations,
  ...failedActivitiesMigrations,
  ...metricsMigrations,
  ...authMigrations,
  ...installationMigrations,
];
