import type { Erasure } from '../../../domain/erasure.ts';
import { assertTenant } from '../../../domain/tenant.ts';
import type { WriteProjection } from '../../activity-store/projection.ts';
import type { Db } from '../../db/db.ts';
import type { Erasures, Receipt } from '../port.ts';
import type { PersonalStore } from '../stores.ts';

const STORE: PersonalStore = 'ACTIVITY_STORE';

type Row = {
  readonly id: string;
  readonly leads: readonly string[];
  readonly requested_at: number;
  readonly done_at: Receipt['doneAt'];
  readonly finished_at: number | null;
};
const COLUMNS = 'id, leads, requested_at, done_at, finished_at';

const receiptFrom = (row: Row): Receipt => ({
  erasure: { id: row.id, leads: row.leads, at: row.requested_at },
  doneAt: row.done_at,
  finishedAt: row.finished_at,
});

/** Receipts in PostgreSQL or PGlite. */
export const createPostgresErasures = (db: Db): Erasures => ({
  async get(tenant, id, signal) {
    assertTenant(tenant);
    const [row] = await db.query<Row>(
      `SELECT ${COLUMNS} FROM erasures WHERE tenant_id = $1 AND id = $2`,
      [tenant.id, id],
      { signal },
    );
    return row ? receiptFrom(row) : null;
  },

  async lease(now, leaseMs, signal) {
    const rows = await db.query<Row & { tenant_id: string }>(
      `UPDATE erasures SET leased_until = $1::int8 + $2::int8 WHERE finished_at IS NULL AND leased_until <= $1
       RETURNING tenant_id, ${COLUMNS}`,
      [now, leaseMs],
      { signal },
    );
    return rows
      .map((row) => ({ tenantId: row.tenant_id, receipt: receiptFrom(row) }))
      .sort((a, b) => a.receipt.erasure.at - b.receipt.erasure.at);
  },

  async leaseUntil(tenant, id, until, signal) {
    assertTenant(tenant);
    await db.query(
      'UPDATE erasures SET leased_until = $3 WHERE tenant_id = $1 AND id = $2',
      [tenant.id, id, until],
      { signal },
    );
  },

  async markDone(tenant, id, store, at, isLast, signal) {
    assertTenant(tenant);
    await db.query(
      `UPDATE erasures SET done_at = done_at || jsonb_build_object($3::text, $4::int8),
         finished_at = CASE WHEN $5 THEN $4::int8 END WHERE tenant_id = $1 AND id = $2`,
      [tenant.id, id, store, at, isLast],
      { signal },
    );
  },
});

/** Writes the receipt in the transaction that removes the rows. */
export const erasuresProjection: WriteProjection = {
  add: async () => {},
  async erase(q, tenantId, { id, leads, at }: Erasure) {
    await q.query(
      `INSERT INTO erasures (tenant_id, id, leads, requested_at, done_at)
       VALUES ($1, $2, $3::text[], $4, jsonb_build_object($5::text, $6::int8)) ON CONFLICT DO NOTHING`,
      [tenantId, id, leads, at, STORE, Date.now()],
    );
  },
};
