import type { Db } from '../db/db.ts';
import type { Checkpoints, DeadLetters } from './port.ts';

/** Checkpoints in the database whose state they describe. */
export const createPostgresCheckpoints = (db: Db): Checkpoints => ({
  async load(signal) {
    const rows = await db.query<{ partition: number; next_offset: number }>(
      'SELECT partition, next_offset FROM log_checkpoints',
      [],
      { signal },
    );
    return new Map(rows.map((row) => [row.partition, row.next_offset]));
  },
  async save(positions, signal) {
    const rows = [...positions].sort(([a], [b]) => a - b);
    if (rows.length === 0) return;
    await db.query(
      `INSERT INTO log_checkpoints (partition, next_offset) SELECT * FROM unnest($1::int4[], $2::int8[])
       ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset`,
      [rows.map(([partition]) => partition), rows.map(([, offset]) => offset)],
      { signal },
    );
  },
});

/** Dead letters in the database; the text of a reason is cut at 500 characters. */
export const createPostgresDeadLetters = (db: Db, now: () => number = Date.now): DeadLetters => ({
  async put(tenant, letters, signal) {
    await db.query(
      `INSERT INTO log_dead_letters (partition, log_offset, tenant_id, reason, failed_at)
       SELECT p, o, $1, r, $5 FROM unnest($2::int4[], $3::int8[], $4::text[]) AS t(p, o, r)
       ON CONFLICT (partition, log_offset) DO UPDATE SET reason = excluded.reason, failed_at = excluded.failed_at`,
      [
        tenant.id,
        letters.map(({ position }) => position.partition),
        letters.map(({ position }) => position.offset),
        letters.map(({ reason }) => reason.replaceAll('\0', '').slice(0, 500).toWellFormed()),
        now(),
      ],
      { signal },
    );
  },
  async list(tenant, first, signal) {
    const rows = await db.query<{ partition: number; log_offset: number; reason: string; failed_at: number }>(
      `SELECT partition, log_offset, reason, failed_at FROM log_dead_letters
       WHERE tenant_id = $1 ORDER BY failed_at DESC, partition, log_offset LIMIT $2`,
      [tenant.id, first],
      { signal },
    );
    return rows.map((row) => ({
      position: { partition: row.partition, offset: row.log_offset },
      reason: row.reason,
      failedAt: row.failed_at,
    }));
  },
});
