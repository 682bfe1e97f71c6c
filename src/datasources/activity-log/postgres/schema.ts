import type { Queryable } from '../../db/db.ts';
import type { Migration } from '../../db/migrate.ts';

/** Partitions of the log in PostgreSQL: a tenant always has the same partition. Never changes for a database. */
export const LOG_PARTITIONS = 8;

/**
 * `activity_log`: one row a record. Offsets are dense and in the order of commits, because the transaction locks the
 * row of `log_partitions` that gives them. A transaction with a greater offset commits later, so a reader never passes
 * a record that appears behind it. A sequence would not guarantee that.
 *
 * `log_checkpoints`: up to which offset (exclusive) this database has everything of a log. It is in the database that
 * it speaks of, so that losing the one loses the other.
 *
 * `settled_from`: records from this offset on were written in one transaction with their rows. Those before it are of a
 * version that wrote the two apart, and may be in the log alone: see `isBehindLog`.
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
  {
    id: 'log-002',
    sql: `
ALTER TABLE log_partitions ADD COLUMN settled_from int8 NOT NULL DEFAULT 0;
UPDATE log_partitions SET settled_from = next_offset;`,
  },
];

/**
 * Whether the log in this database may have records that its store has not. That ends when the store was brought up to
 * the log once, and never begins again.
 */
export async function isBehindLog(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ behind: boolean }>(
    `SELECT EXISTS (
       SELECT FROM log_partitions LEFT JOIN log_checkpoints USING (partition)
       WHERE settled_from > coalesce(log_checkpoints.next_offset, 0)
     ) AS behind`,
  );
  return row?.behind ?? false;
}
