import type { Migration } from '../../db/migrate.ts';

/**
 * `log_dead_letters` was the first form of this: positions in the log without the record. New refusals don't go there.
 * It is removed, because its records are in the log, and a rebuilt store would refuse them again into here.
 */
export const failedActivitiesMigrations: readonly Migration[] = [
  {
    id: 'failed-001',
    sql: `
CREATE TABLE failed_activities (
  tenant_id   text COLLATE "C" NOT NULL,
  id          text COLLATE "C" NOT NULL,
  failed_at   int8 NOT NULL,
  source      text COLLATE "C" NOT NULL,
  kind        text COLLATE "C" NOT NULL,
  code        text COLLATE "C" NOT NULL,
  message     text NOT NULL,
  path        text,
  body        text,
  replayed_at int8,
  activity_id text COLLATE "C",
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX failed_activities_by_time ON failed_activities (tenant_id, failed_at, id);
DROP TABLE log_dead_letters;`,
  },
];
