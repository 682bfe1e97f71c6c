import type { Migration } from '../../db/migrate.ts';

/** Partitions of the log in PostgreSQL: a tenant is always in the same one. Never changes for a database. */
export const LOG_PARTITIONS = 8;

/**
 * `activity_log`: one row a record. Offsets are dense and in the order of commits, because the row of
 * `log_partitions` that gives them is locked until the transaction ends: whoever gets a greater offset
 * commits later, so a reader never passes a record that appears behind it. A sequence would not do that.
 *
 * `log_checkpoints`: up to which offset (exclusive) this database has everything of a log. It is in the
 * database that it speaks of, so that losing the one loses the other.
 *
 * `log_dead_letters`: records the store refused for what they are, with the reason. The record itself is in the log.
 */
export const logMigrations: readonly Migration[] = [
  {
    id: 'log-001',
    sql: `
CREATE TABLE log_partitions (
  partition   int4 PRIMARY KEY,
  next_offset int8 NOT NULL
);
INSERT INTO log_partitions SELECT partition, 0 FROM generate_series(0, ${LOG_PARTITIONS - 1}) AS partition;

CREATE TABLE activity_log (
  partition  int4 NOT NULL,
  log_offset int8 NOT NULL,
  record     bytea NOT NULL,
  PRIMARY KEY (partition, log_offset)
);

CREATE TABLE log_checkpoints (
  partition   int4 PRIMARY KEY,
  next_offset int8 NOT NULL
);

CREATE TABLE log_dead_letters (
  partition  int4 NOT NULL,
  log_offset int8 NOT NULL,
  tenant_id  text COLLATE "C" NOT NULL,
  reason     text NOT NULL,
  failed_at  int8 NOT NULL,
  PRIMARY KEY (partition, log_offset)
);
CREATE INDEX log_dead_letters_by_tenant ON log_dead_letters (tenant_id, failed_at);`,
  },
];
