import type { Activity } from '../../../domain/activity.ts';
import { currencyOf, microsOf } from '../../../domain/money.ts';
import type { WriteProjection } from '../../activity-store/projection.ts';
import type { Queryable, SqlValue } from '../../db/db.ts';
import { forgetSends, inKeyOrder, judgeSends } from './sends-write.ts';

const HOUR_MS = 3_600_000;

/**
 * Counts newly stored activities into the roll-ups of `metricsMigrations`. After an erasure the hours count as before,
 * because they name nobody. Sends count as before under a key that stands for nobody.
 */
export const metricsProjection: WriteProjection = {
  async add(q, tenantId, stored, typeOf) {
    await Promise.all([
      countHours(q, tenantId, stored, (type) => typeOf(type)?.conversion ?? false),
      judgeSends(q, tenantId, stored),
    ]);
  },
  erase: (q, tenantId, { leads }) => forgetSends(q, tenantId, leads),
};

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
  const batch = inKeyOrder(rows);
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
