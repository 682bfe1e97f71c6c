import { authMigrations } from '../auth/directory.ts';
import { metricsMigrations } from './activity-metrics/postgres-schema.ts';
import { storeMigrations } from './activity-store/postgres-schema.ts';
import type { Migration } from './db/migrate.ts';

/** Every table of the `embedded` and `postgres` profiles, in the order they are made. */
export const migrations: readonly Migration[] = [...storeMigrations, ...metricsMigrations, ...authMigrations];
