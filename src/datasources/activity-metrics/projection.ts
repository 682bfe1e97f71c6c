import type { Activity } from '../../domain/activity.ts';
import { EMAIL_TYPES } from '../../domain/activity-types.ts';
import { parseActivityId } from '../../domain/ids.ts';
import { currencyOf, microsOf } from '../../domain/money.ts';
import type { WriteProjection } from '../activity-store/projection.ts';
import type { Queryable, SqlValue } from '../db/db.ts';
import { EVIDENCE, type Evidence, evidenceOf, isOfSend } from './evidence.ts';

const HOUR_MS = 3_600_000;

/** Counts newly stored activities into the roll-ups of `metricsMigrations`. */
export const metricsProjection: WriteProjection = async (q, tenantId, stored, typeOf) => {
  await Promise.all([
    countHours(q, tenantId, stored, (type) => typeOf(type)?.conversion ?? false),
    judgeSends(q, tenantId, stored),
  ]);
};

/** Rows in the order of their keys: two transactions that count into the same rows can't deadlock. */
const sorted = <T>(rows: Map<string, T>): T[] =>
  [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);

type Hour = {
  readonly key: readonly (string | number | boolean)[];
  activities: number;
  conversions: number;
  revenue: bigint;
};

async function countHours(
  q: Queryable,
  tenantId: string,
  stored: readonly Activity[],
  isConversion: (type: string) => boolean,
): Promise<void> {
  const rows = new Map<string, Hour>();
  for (const activity of stored) {
    const isCounted = isConversion(activity.type);
    const key = [
      Math.floor(activity.occurredAt / HOUR_MS) * HOUR_MS,
      activity.type,
      activity.campaign?.id ?? '',
      activity.assetId ?? '',
      activity.channel,
      activity.source,
      activity.country ?? '',
      activity.device ?? '',
      activity.isBot,
      (isCounted && currencyOf(activity.attributes['currency'])) || '',
    ];
    const text = key.join('\0');
    let row = rows.get(text);
    if (!row) rows.set(text, (row = { key, activities: 0, conversions: 0, revenue: 0n }));
    row.activities += 1;
    if (isCounted) {
      row.conversions += 1;
      row.revenue += microsOf(activity.attributes['revenue']);
    }
  }
  const batch = sorted(rows);
  const column = (index: number) => batch.map((row) => row.key[index] ?? '');
  await q.query(
    `INSERT INTO metrics_hourly
       (tenant_id, hour, type, campaign, asset, channel, source, country, device, is_bot, currency,
        activities, conversions, revenue_micros)
     SELECT $1, * FROM unnest($2::int8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
       $10::bool[], $11::text[], $12::int8[], $13::int8[], $14::numeric[])
     ON CONFLICT (tenant_id, hour, type, campaign, asset, channel, source, country, device, is_bot, currency)
     DO UPDATE SET
       activities = metrics_hourly.activities + excluded.activities,
       conversions = metrics_hourly.conversions + excluded.conversions,
       revenue_micros = metrics_hourly.revenue_micros + excluded.revenue_micros`,
    [
      tenantId,
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(column),
      batch.map((row) => row.activities),
      batch.map((row) => row.conversions),
      batch.map((row) => String(row.revenue)),
    ] as SqlValue[],
  );
}

/** What is known of one person and campaign from one batch. */
type Send = {
  readonly campaign: string;
  readonly leadKey: string;
  sentAt: number | null;
  sentHash: string | null;
  asset: string;
  readonly evidence: Set<Evidence>;
};

async function judgeSends(q: Queryable, tenantId: string, stored: readonly Activity[]): Promise<void> {
  const sends = new Map<string, Send>();
  for (const activity of stored) {
    if (!isOfSend(activity)) continue;
    const text = `${activity.campaign.id}\0${activity.leadKey}`;
    let send = sends.get(text);
    if (!send) {
      send = {
        campaign: activity.campaign.id,
        leadKey: activity.leadKey,
        sentAt: null,
        sentHash: null,
        asset: '',
        evidence: new Set(),
      };
      sends.set(text, send);
    }
    note(send, activity);
  }
  if (sends.size === 0) return;
  const batch = sorted(sends);
  await q.query(
    `INSERT INTO email_sends
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::int8[], $5::text[], $6::text[],
       $7::bool[], $8::bool[], $9::bool[], $10::bool[], $11::bool[], $12::bool[], $13::bool[], $14::bool[], $15::bool[])
     ON CONFLICT (tenant_id, campaign, lead_key) DO UPDATE SET
       sent_at = CASE WHEN ${EXCLUDED_IS_EARLIER} THEN excluded.sent_at ELSE email_sends.sent_at END,
       sent_hash = CASE WHEN ${EXCLUDED_IS_EARLIER} THEN excluded.sent_hash ELSE email_sends.sent_hash END,
       asset = CASE WHEN ${EXCLUDED_IS_EARLIER} THEN excluded.asset ELSE email_sends.asset END,
       delivered = email_sends.delivered OR excluded.delivered,
       hard_bounced = email_sends.hard_bounced OR excluded.hard_bounced,
       soft_bounced = email_sends.soft_bounced OR excluded.soft_bounced,
       opened = email_sends.opened OR excluded.opened,
       opened_human = email_sends.opened_human OR excluded.opened_human,
       clicked = email_sends.clicked OR excluded.clicked,
       clicked_human = email_sends.clicked_human OR excluded.clicked_human,
       unsubscribed = email_sends.unsubscribed OR excluded.unsubscribed,
       unsubscribed_human = email_sends.unsubscribed_human OR excluded.unsubscribed_human`,
    [
      tenantId,
      batch.map((send) => send.campaign),
      batch.map((send) => send.leadKey),
      batch.map((send) => send.sentAt),
      batch.map((send) => send.sentHash),
      batch.map((send) => send.asset),
      ...EVIDENCE.map((kind) => batch.map((send) => send.evidence.has(kind))),
    ],
  );
}

/** Of two sends at the same time the one with the lesser hash is the first: any rule will do that is always the same. */
const EXCLUDED_IS_EARLIER = `(excluded.sent_at IS NOT NULL AND (email_sends.sent_at IS NULL
  OR (excluded.sent_at, excluded.sent_hash) < (email_sends.sent_at, email_sends.sent_hash)))`;

function note(send: Send, activity: Activity): void {
  for (const kind of evidenceOf(activity)) send.evidence.add(kind);
  if (activity.type !== EMAIL_TYPES.send) return;
  const hash = parseActivityId(activity.id)?.hash ?? '';
  if (
    send.sentAt === null ||
    activity.occurredAt < send.sentAt ||
    (activity.occurredAt === send.sentAt && hash < (send.sentHash ?? ''))
  ) {
    send.sentAt = activity.occurredAt;
    send.sentHash = hash;
    send.asset = activity.assetId ?? '';
  }
}
