import { createHash } from 'node:crypto';
import type { Erasure } from '../../../domain/erasure.ts';
import { assertTenant, type Tenant, type TenantOf, verifyTenant } from '../../../domain/tenant.ts';
import type { Session } from '../../db/db.ts';
import type { ActivityLog, LoggedRecord, PersonalLog } from '../port.ts';
import { decodeRecord, encodeRecord } from '../record-codec.ts';
import { isErasure, loggedOf, recordOfLeads, withoutLeads } from '../record-leads.ts';
import { LOG_PARTITIONS } from './schema.ts';

const READ_RECORDS = 1_000;

type LogRow = { readonly log_offset: number; readonly record: string };

/** The partition of a tenant: the same on every machine. */
const partitionOf = (tenantId: string): number =>
  createHash('sha256').update(tenantId).digest().readUInt32BE(0) % LOG_PARTITIONS;

/**
 * The activity log as a table, for any number of processes on one database. As durable as the server's
 * commit (with `synchronous_commit = on`, its default, and `fsync = on`: power loss included; on PGlite: not).
 * Appends to one partition wait for one another until the transaction ends; see `logMigrations` for the reason. So an
 * append should be the last statement of its transaction.
 * @param tenantOf makes the tenants of the installation; of one without a secret unless given
 */
export function createPostgresLog(db: Session, tenantOf: TenantOf = verifyTenant): ActivityLog & PersonalLog {
  const encodedRows = (
    partition: number,
    from: number,
    end: number,
    signal: AbortSignal,
  ): Promise<LogRow[]> =>
    db.query<LogRow>(
      `SELECT log_offset, encode(record, 'base64') AS record FROM activity_log
       WHERE partition = $1 AND log_offset >= $2 AND log_offset < $3 ORDER BY log_offset LIMIT ${READ_RECORDS}`,
      [partition, from, end],
      { signal },
    );
  /** The rows of a tenant's partition from `start` and before `end`, in batches. */
  async function* rowsBetween(
    partition: number,
    start: number,
    end: number,
    signal: AbortSignal,
  ): AsyncGenerator<LogRow[]> {
    for (let from = start; ; ) {
      const rows = await encodedRows(partition, from, end, signal);
      const last = rows.at(-1);
      if (!last) return;
      yield rows;
      from = last.log_offset + 1;
    }
  }

  /** The offset of the record of an erasure; 0 where there is none. */
  const placeOf = async (tenant: Tenant, erasure: Erasure, signal: AbortSignal): Promise<number> => {
    for await (const rows of rowsBetween(partitionOf(tenant.id), 0, Number.MAX_SAFE_INTEGER, signal)) {
      const found = rows.find(({ record }) => isErasure(Buffer.from(record, 'base64'), tenant, erasure));
      if (found) return found.log_offset;
    }
    return 0;
  };

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
        const rows = await encodedRows(partition, from, end?.next_offset ?? 0, signal);
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

    async erase(tenant, erasure, signal) {
      assertTenant(tenant);
      const partition = partitionOf(tenant.id);
      const erased = new Set(erasure.leads);
      const until = await placeOf(tenant, erasure, signal);
      for await (const rows of rowsBetween(partition, 0, until, signal)) {
        const changed = rows.flatMap((row) => {
          const bytes = withoutLeads(Buffer.from(row.record, 'base64'), tenant, erased);
          return bytes ? { offset: row.log_offset, record: Buffer.from(bytes).toString('base64') } : [];
        });
        if (changed.length > 0)
          await db.query(
            `UPDATE activity_log AS l SET record = decode(c.record, 'base64')
             FROM unnest($2::int8[], $3::text[]) AS c(log_offset, record)
             WHERE l.partition = $1 AND l.log_offset = c.log_offset`,
            [partition, changed.map(({ offset }) => offset), changed.map(({ record }) => record)],
            { signal },
          );
      }
    },

    async *export(tenant, leads, after, signal) {
      assertTenant(tenant);
      const wanted = new Set(leads);
      const everything = Number.MAX_SAFE_INTEGER;
      for await (const rows of rowsBetween(partitionOf(tenant.id), Number(after), everything, signal)) {
        const found = rows.flatMap(
          ({ record }) => recordOfLeads(Buffer.from(record, 'base64'), tenant, wanted) ?? [],
        );
        const next = String((rows.at(-1)?.log_offset ?? -1) + 1);
        if (found.length > 0) yield { records: found.map(loggedOf), next };
      }
    },

    // The database belongs to whoever opened it.
    close: async () => {},
  };
}
