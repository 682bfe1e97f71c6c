import { assertTenant } from '../../../domain/tenant.ts';
import type { Queryable, Session } from '../../db/db.ts';
import type { CampaignRuns } from '../port.ts';

/** Longer than any history: an infinite span. */
const EVER_MS = Number.MAX_SAFE_INTEGER;
/** Of no campaign: the row that a person's limits are decided under. */
const LIMITS = '';

/** Lets people enter campaigns and counts their messages. Each is decided under the lock of a row. */
export const createPeople = (
  db: Session,
): Pick<CampaignRuns, 'enter' | 'lastEntry' | 'takeSend' | 'intend' | 'removeFromFlow'> => ({
  enter(tenant, { id, campaignId, personKey, receivedAt }, spanMs, signal) {
    assertTenant(tenant);
    const span = Number.isFinite(spanMs) ? spanMs : EVER_MS;
    return db.tx(
      async (q) => {
        if (span > 0) await lockRow(q, tenant.id, personKey, campaignId);
        const entered = await q.query(
          `INSERT INTO campaign_entries (tenant_id, person_key, campaign_id, run_id, received_at)
           SELECT $1, $2, $3, $4, $5::int8 WHERE NOT EXISTS (
             SELECT 1 FROM campaign_entries WHERE tenant_id = $1 AND person_key = $2 AND campaign_id = $3
               AND run_id <> $4 AND abs(received_at - $5::int8) < $6::int8)
           ON CONFLICT (tenant_id, person_key, campaign_id, run_id) DO UPDATE SET received_at = EXCLUDED.received_at
           RETURNING run_id`,
          [tenant.id, personKey, campaignId, id, receivedAt, span],
        );
        return entered.length > 0;
      },
      { signal },
    );
  },

  async lastEntry(tenant, campaignId, personKey, signal) {
    assertTenant(tenant);
    const [row] = await db.query<{ last: number | null }>(
      `SELECT max(received_at) AS last FROM campaign_entries
       WHERE tenant_id = $1 AND person_key = $2 AND campaign_id = $3`,
      [tenant.id, personKey, campaignId],
      { signal },
    );
    return row?.last ?? null;
  },

  async takeSend(tenant, personKey, messageId, at, limits, signal) {
    assertTenant(tenant);
    if (limits.length === 0) return true;
    return db.tx(
      async (q) => {
        await lockRow(q, tenant.id, personKey, LIMITS);
        const taken = await q.query(
          `INSERT INTO campaign_sends (tenant_id, person_key, message_id, at)
           SELECT $1, $2, $3, $4::int8 WHERE NOT EXISTS (
             SELECT 1 FROM unnest($5::int8[], $6::int8[]) AS l (most, span) WHERE l.most <= (
               SELECT count(*) FROM campaign_sends WHERE tenant_id = $1 AND person_key = $2 AND message_id <> $3
                 AND at > $4::int8 - l.span AND at < $4::int8 + l.span))
           ON CONFLICT (tenant_id, person_key, message_id) DO UPDATE SET at = campaign_sends.at
           RETURNING message_id`,
          [
            tenant.id,
            personKey,
            messageId,
            at,
            limits.map(({ limit }) => limit),
            limits.map(({ spanMs }) => spanMs),
          ],
        );
        return taken.length > 0;
      },
      { signal },
    );
  },

  async intend(tenant, runId, path, note, signal) {
    assertTenant(tenant);
    const key = [tenant.id, runId, path];
    await db.query(
      `INSERT INTO campaign_notes (tenant_id, run_id, path, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [...key, JSON.stringify(note)],
      { signal },
    );
    const [row] = await db.query<{ note: string }>(
      'SELECT note FROM campaign_notes WHERE tenant_id = $1 AND run_id = $2 AND path = $3',
      key,
      { signal },
    );
    return row ? (JSON.parse(row.note) as typeof note) : note;
  },

  async removeFromFlow(tenant, personKey, campaignId, except, _at, signal) {
    assertTenant(tenant);
    const removed = await db.query(
      `UPDATE campaign_runs SET status = 'REMOVED', due_at = NULL, is_ready = false, lease = NULL, leased_until = 0
       WHERE tenant_id = $1 AND person_key = $2 AND due_at IS NOT NULL AND id <> $3
         AND ($4::text IS NULL OR campaign_id = $4) RETURNING id`,
      [tenant.id, personKey, except, campaignId],
      { signal },
    );
    return removed.length;
  },
});

/** Waits until no other transaction decides about the same, and keeps others waiting. */
const lockRow = (q: Queryable, tenantId: string, personKey: string, campaignId: string): Promise<unknown> =>
  q.query(
    `INSERT INTO campaign_people (tenant_id, person_key, campaign_id) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_id, person_key, campaign_id) DO UPDATE SET campaign_id = EXCLUDED.campaign_id`,
    [tenantId, personKey, campaignId],
  );
