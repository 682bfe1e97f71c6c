import { storeMigrations } from './activity-store/postgres-schema.ts';
import type { Migration } from './db/migrate.ts';

/** Every table of the `embedded` and `postgres` profiles, in the order they are made. */
export const migrations: readonly Migration[] = [...storeMigrations];
