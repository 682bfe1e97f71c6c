import { createHash } from 'node:crypto';
import { assertTenant, type TenantOf, verifyTenant } from '../../../domain/tenant.ts';
import type { Db } from '../../db/db.ts';
import type { ActivityLog, LoggedRecord } from '../port.ts';
import { decodeRecord, encodeRecord } from '../record-codec.ts';
import { LOG_PARTITIONS } from './schema.ts';

const READ_RECORDS = 1_000;

/** The partition of a tenant: the same on every machine. */
const partitionOf = (tenantId: string): number =>
  createHash('sha256').update(tenantId).digest().readUInt32BE(0) % LOG_PARTITIONS;

/**
 * The activity log as a table, for any number of processes on one database. As durable as the server's
 * commit (with `synchronous_commit = on`, its default, and `fsync = on`: power loss included; on PGlite: not).
 * Appends to one partition wait for one another; see `logMigrations` for why that is needed.
 * @param tenantOf makes the tenants of the installation; of one without a secret unless given
 */
export function createPostgresLog(db: Db, tenantOf: TenantOf = verifyTenant): ActivityLog {
  return {
    async append(tenant, records, signal) {
      assertTenant(tenant);
      if (records.length === 0) return [];
      const partition = partitionOf(tenant.id);
      const encoded = records.map((record) =>
        Buffer.from(encodeRecord(tenant.id, record)).toString('base64'),
      );
      // One statement: the lock of the partition is held for one round trip and the commit only.
      const [row] = await db.query<{ next_offset: number }>(
        `WITH place AS (
           UPDATE log_partitions SET next_offset = next_offset + $3 WHERE partition = $1 RETURNING next_offset
         ), written AS (
           INSERT INTO activity_log (partition, log_offset, record)
           SELECT $1, place.next_offset - $3 + r.place - 1, decode(r.record, 'base64')
           FROM place, unnest($2::text[]) WITH ORDINALITY AS r(record, place)
         )
         SELECT next_offset FROM place`,
        [partition, encoded, encoded.length],
        { signal },
      );
      const next = row?.next_offset ?? 0;
      return records.map((_, index) => ({ partition, offset: next - records.length + index }));
    },

    async *read(partition, offset, signal) {
      const [end] = await db.query<{ next_offset: number }>(
        'SELECT next_offset FROM log_partitions WHERE partition = $1',
        [partition],
        { signal },
      );
      for (let from = offset; from < (end?.next_offset ?? 0); ) {
        const rows = await db.query<{ log_offset: number; record: string }>(
          `SELECT log_offset, encode(record, 'base64') AS record FROM activity_log
           WHERE partition = $1 AND log_offset >= $2 AND log_offset < $3 ORDER BY log_offset LIMIT ${READ_RECORDS}`,
          [partition, from, end?.next_offset ?? 0],
          { signal },
        );
        const last = rows.at(-1);
        if (!last) return;
        yield rows.map(
          (row): LoggedRecord => ({
            position: { partition, offset: row.log_offset },
            ...decodeRecord(Buffer.from(row.record, 'base64'), tenantOf),
          }),
        );
        from = last.log_offset + 1;
      }
    },

    async partitions(signal) {
      const rows = await db.query<{ partition: number; next_offset: number; first: number }>(
        `SELECT p.partition, p.next_offset,
           coalesce((SELECT min(log_offset) FROM activity_log l WHERE l.partition = p.partition), p.next_offset) AS first
         FROM log_partitions p ORDER BY p.partition`,
        [],
        { signal },
      );
      return rows.map(({ partition, first, next_offset: next }) => ({ partition, first, next }));
    },

    // The database belongs to whoever opened it.
    close: async () => {},
  };
}
