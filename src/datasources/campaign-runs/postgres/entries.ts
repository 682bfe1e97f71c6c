import { hasPlace } from '../../../domain/campaigns/send-place.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import type { Queryable } from '../../db/db.ts';
import type { Run, SendLimit } from '../port.ts';

/** Until the transaction ends, no other decides under this name. */
const lockName = (q: Queryable, ...name: readonly string[]): Promise<unknown> =>
  q.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name.join(' ')]);

/**
 * Lets a person enter, unless another entry is less than `spanMs` away. In a transaction of the caller. The answer
 * of a run does not change, because entries stay.
 */
export async function enterCampaign(
  q: Queryable,
  tenantId: string,
  { id, campaignId, personKey, receivedAt }: Pick<Run, 'id' | 'campaignId' | 'personKey' | 'receivedAt'>,
  spanMs: number,
): Promise<boolean> {
  const span = Number.isSafeInteger(spanMs) ? spanMs : null;
  const [, , [entry]] = await Promise.all([
    lockName(q, 'entries of', tenantId, campaignId, personKey),
    q.query(
      `INSERT INTO campaign_entries (tenant_id, campaign_id, person_key, received_at, run_id)
       SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (
         SELECT FROM campaign_entries
         WHERE tenant_id = $1 AND campaign_id = $2 AND person_key = $3 AND run_id <> $5
           AND ($6::int8 IS NULL OR abs(received_at - $4::int8) < $6))
       ON CONFLICT DO NOTHING`,
      [tenantId, campaignId, personKey, receivedAt, id, span],
    ),
    q.query(
      `SELECT run_id FROM campaign_entries
       WHERE tenant_id = $1 AND campaign_id = $2 AND person_key = $3 AND received_at = $4 AND run_id = $5`,
      [tenantId, campaignId, personKey, receivedAt, id],
    ),
  ]);
  return entry !== undefined;
}

/** `receivedAt` of the person's latest entry; null for none. */
export async function readLastEntry(
  q: Queryable,
  tenantId: string,
  campaignId: string,
  personKey: LeadKey,
): Promise<number | null> {
  const [row] = await q.query<{ received_at: number }>(
    `SELECT received_at FROM campaign_entries WHERE tenant_id = $1 AND campaign_id = $2 AND person_key = $3
     ORDER BY received_at DESC LIMIT 1`,
    [tenantId, campaignId, personKey],
  );
  return row?.received_at ?? null;
}

/** Takes a place among the person's messages, once for a message. In a transaction of the caller. */
export async function takePlace(
  q: Queryable,
  tenantId: string,
  personKey: LeadKey,
  messageId: string,
  at: number,
  limits: readonly SendLimit[],
): Promise<boolean> {
  const span = Math.max(0, ...limits.map(({ spanMs }) => spanMs));
  const [, rows] = await Promise.all([
    lockName(q, 'sends to', tenantId, personKey),
    q.query<{ message_id: string; at: number }>(
      `SELECT message_id, at FROM campaign_sends WHERE tenant_id = $1 AND person_key = $2
         AND (message_id = $3 OR (at > $4 AND at < $5))`,
      [tenantId, personKey, messageId, at - span, at + span],
    ),
  ]);
  if (rows.some((row) => row.message_id === messageId)) return true;
  const sent = rows.map((row) => row.at);
  if (!hasPlace(sent, at, limits)) return false;
  await q.query(
    'INSERT INTO campaign_sends (tenant_id, person_key, message_id, at) VALUES ($1, $2, $3, $4)',
    [tenantId, personKey, messageId, at],
  );
  return true;
}
