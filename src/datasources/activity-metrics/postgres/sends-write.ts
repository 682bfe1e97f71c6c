import { randomBytes } from 'node:crypto';
import { EMAIL_TYPES } from '../../../domain/activity-types.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import { HOUR_MS } from '../../../domain/time/buckets.ts';
import type { Queryable, SqlValue } from '../../db/db.ts';
import { EVIDENCE, type Evidence, evidenceOf, isOfSend, type MailActivity, mailOf } from '../evidence.ts';

/** Rows in the order of their keys: two transactions that count into the same rows can't deadlock. */
export const inKeyOrder = <T>(rows: ReadonlyMap<string, T>): T[] =>
  [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);

/** The column of a kind of evidence. */
export const evidenceColumn = (kind: Evidence): string =>
  kind.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The evidence of one send in one batch. Times are epoch milliseconds. */
type Send = {
  readonly campaign: string;
  readonly asset: string;
  readonly leadKey: string;
  /** The earliest "sent"; null where there is none. */
  toldAt: number | null;
  /** The earliest sign of any kind. */
  signAt: number;
  readonly evidence: Set<Evidence>;
};

const COLUMNS = EVIDENCE.map(evidenceColumn);
const JUDGE_SENDS = `
INSERT INTO email_sends (tenant_id, campaign, asset, lead_key, told_at, sign_at, ${COLUMNS.join(', ')})
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::int8[], $6::int8[],
  ${COLUMNS.map((_, index) => `$${index + 7}::bool[]`).join(', ')})
ON CONFLICT (tenant_id, campaign, asset, lead_key) DO UPDATE SET
  told_at = least(email_sends.told_at, excluded.told_at),
  sign_at = least(email_sends.sign_at, excluded.sign_at),
  ${COLUMNS.map((name) => `${name} = email_sends.${name} OR excluded.${name}`).join(', ')}`;

/** Adds what activities say of e-mails to the sends of `email_sends`. Every update is commutative. */
export async function judgeSends(
  q: Queryable,
  tenantId: string,
  stored: readonly MailActivity[],
): Promise<void> {
  const sends = new Map<string, Send>();
  for (const activity of stored) {
    if (!isOfSend(activity)) continue;
    const { campaign, asset } = mailOf(activity);
    const text = JSON.stringify([campaign, asset, activity.leadKey]);
    let send = sends.get(text);
    if (!send) {
      send = {
        campaign: campaign ?? '',
        asset: asset ?? '',
        leadKey: activity.leadKey,
        toldAt: null,
        signAt: activity.occurredAt,
        evidence: new Set(),
      };
      sends.set(text, send);
    }
    note(send, activity);
  }
  if (sends.size === 0) return;
  const batch = inKeyOrder(sends);
  await q.query(JUDGE_SENDS, [
    tenantId,
    batch.map((send) => send.campaign),
    batch.map((send) => send.asset),
    batch.map((send) => send.leadKey),
    batch.map((send) => send.toldAt),
    batch.map((send) => send.signAt),
    ...EVIDENCE.map((kind) => batch.map((send) => send.evidence.has(kind))),
  ] as SqlValue[]);
}

function note(send: Send, activity: MailActivity): void {
  for (const kind of evidenceOf(activity)) send.evidence.add(kind);
  send.signAt = Math.min(send.signAt, activity.occurredAt);
  if (activity.type === EMAIL_TYPES.send)
    send.toldAt = Math.min(send.toldAt ?? activity.occurredAt, activity.occurredAt);
}

/**
 * Gives the sends of each of these leads a random key. The sends of a lead stay the sends of one unknown person. Their times become the start of their hour in UTC.
 */
export async function forgetSends(q: Queryable, tenantId: string, leads: readonly LeadKey[]): Promise<void> {
  await q.query(
    `UPDATE email_sends SET lead_key = t.nobody,
       told_at = told_at / ${HOUR_MS} * ${HOUR_MS}, sign_at = sign_at / ${HOUR_MS} * ${HOUR_MS}
     FROM unnest($2::text[], $3::text[]) AS t(lead, nobody) WHERE tenant_id = $1 AND lead_key = t.lead`,
    [tenantId, leads, leads.map(() => randomBytes(16).toString('base64url'))],
  );
}

type StoredMail = {
  readonly tenant_id: string;
  readonly hash: string;
  readonly type: string;
  readonly lead_key: string;
  readonly occurred_at: number;
  readonly campaign_id: string | null;
  readonly asset_id: string | null;
  readonly attributes: MailActivity['attributes'];
  readonly is_bot: boolean;
  readonly agent_kind: MailActivity['agentKind'];
};
const PAGE = 2_000;

/** Fills `email_sends` from the activities that are stored: for a database from before it had this form. */
export async function rebuildSends(q: Queryable): Promise<void> {
  let after: readonly SqlValue[] = ['', ''];
  for (;;) {
    const rows = await q.query<StoredMail>(
      `SELECT tenant_id, hash, type, lead_key, occurred_at, campaign_id, asset_id, attributes, is_bot, agent_kind
       FROM activities WHERE (tenant_id, hash) > ($1, $2) AND type = ANY($3::text[])
       ORDER BY tenant_id, hash LIMIT ${PAGE}`,
      [...after, Object.values(EMAIL_TYPES)],
    );
    for (const [tenantId, ofTenant] of Map.groupBy(rows, (row) => row.tenant_id))
      await judgeSends(q, tenantId, ofTenant.map(mailFrom));
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = [last.tenant_id, last.hash];
  }
}

const mailFrom = (row: StoredMail): MailActivity => ({
  type: row.type,
  leadKey: row.lead_key,
  occurredAt: row.occurred_at,
  campaign: row.campaign_id === null ? null : { id: row.campaign_id, name: null },
  assetId: row.asset_id,
  attributes: row.attributes,
  isBot: row.is_bot,
  agentKind: row.agent_kind,
});
