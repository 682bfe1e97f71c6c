import type { Migration } from '../../db/migrate.ts';

/** `leased_until`: no other process works on the erasure before, epoch milliseconds. */
export const erasuresMigrations: readonly Migration[] = [
  {
    id: 'erasures-001',
    sql: `
CREATE TABLE erasures (
  tenant_id    text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  leads        text[] COLLATE "C" NOT NULL,
  requested_at int8 NOT NULL,
  done_at      jsonb NOT NULL,
  finished_at  int8,
  leased_until int8 NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX erasures_unfinished ON erasures (requested_at) WHERE finished_at IS NULL;`,
  },
];
