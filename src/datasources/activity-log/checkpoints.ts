import type { Session } from '../db/db.ts';
import type { Checkpoints } from './port.ts';

/** Checkpoints in the database whose state they describe. */
export const createPostgresCheckpoints = (db: Session): Checkpoints => ({
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
