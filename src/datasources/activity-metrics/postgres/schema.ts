import type { Migration } from '../../db/migrate.ts';
import { rebuildSends } from './sends-write.ts';

/** `microsOf` of the attribute `revenue`, in SQL: numeric, null where it counts nothing. */
export const MICROS_SQL = `CASE WHEN jsonb_typeof(attributes -> 'revenue') = 'number'
  AND abs((attributes ->> 'revenue')::numeric) <= 1000000000000
  THEN round((attributes ->> 'revenue')::numeric * 1000000) END`;
/** `currencyOf` of the attribute `currency`, in SQL. */
export const CURRENCY_SQL = `CASE WHEN jsonb_typeof(attributes -> 'currency') = 'string'
  AND attributes ->> 'currency' ~ '^[A-Za-z]{3}$' THEN upper(attributes ->> 'currency') END`;

/**
 * Roll-ups, updated in the transaction of the activities they count.
 *
 * `metrics_hourly` counts activities by hour and dimension. The door refuses an empty string as the value of a
 * dimension. So the empty string stands for "none" here, because a key can't hold null. `email_sends` has one row for
 * each asset, campaign and person. Every update of it is commutative (least, or), so that late and repeated events in
 * any order give the same row. Its first "sent" event dates it, or else its earliest event.
 */
export const metricsMigrations: readonly Migration[] = [
  {
    id: 'metrics-001',
    sql: `
CREATE TABLE metrics_hourly (
  tenant_id      text COLLATE "C" NOT NULL,
  hour           int8 NOT NULL,
  type           text COLLATE "C" NOT NULL,
  campaign       text COLLATE "C" NOT NULL,
  asset          text COLLATE "C" NOT NULL,
  channel        text COLLATE "C" NOT NULL,
  source         text COLLATE "C" NOT NULL,
  country        text COLLATE "C" NOT NULL,
  device         text COLLATE "C" NOT NULL,
  is_bot         boolean NOT NULL,
  activities     int8 NOT NULL,
  conversions    int8 NOT NULL,
  revenue_micros int8 NOT NULL,
  PRIMARY KEY (tenant_id, hour, type, campaign, asset, channel, source, country, device, is_bot)
);

CREATE TABLE email_sends (
  tenant_id        text COLLATE "C" NOT NULL,
  campaign         text COLLATE "C" NOT NULL,
  lead_key         text COLLATE "C" NOT NULL,
  -- the earliest Send Email; null until one arrives
  sent_at          int8,
  sent_hash        text COLLATE "C",
  asset            text COLLATE "C" NOT NULL,
  delivered        boolean NOT NULL,
  hard_bounced     boolean NOT NULL,
  soft_bounced     boolean NOT NULL,
  opened           boolean NOT NULL,
  opened_human     boolean NOT NULL,
  clicked          boolean NOT NULL,
  clicked_human    boolean NOT NULL,
  unsubscribed     boolean NOT NULL,
  unsubscribed_human boolean NOT NULL,
  PRIMARY KEY (tenant_id, campaign, lead_key)
);
CREATE INDEX email_sends_by_time ON email_sends (tenant_id, sent_at);`,
  },
  {
    // Revenue by currency, without a bound. What conversions were counted as is counted anew from their rows.
    id: 'metrics-002',
    sql: `
ALTER TABLE metrics_hourly ADD COLUMN currency text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE metrics_hourly ALTER COLUMN revenue_micros TYPE numeric;
ALTER TABLE metrics_hourly DROP CONSTRAINT metrics_hourly_pkey;
ALTER TABLE metrics_hourly ADD PRIMARY KEY
  (tenant_id, hour, type, campaign, asset, channel, source, country, device, is_bot, currency);
CREATE TEMPORARY TABLE conversion_types ON COMMIT DROP AS
  SELECT DISTINCT tenant_id, type FROM metrics_hourly WHERE conversions > 0;
DELETE FROM metrics_hourly AS rolled USING conversion_types AS types
  WHERE rolled.tenant_id = types.tenant_id AND rolled.type = types.type;
INSERT INTO metrics_hourly
  (tenant_id, hour, type, campaign, asset, channel, source, country, device, is_bot, currency,
   activities, conversions, revenue_micros)
  SELECT tenant_id, occurred_at / 3600000 * 3600000, type, coalesce(campaign_id, ''), coalesce(asset_id, ''), channel,
    source, coalesce(country, ''), coalesce(device, ''), is_bot, coalesce(${CURRENCY_SQL}, ''),
    count(*), count(*), coalesce(sum(${MICROS_SQL}), 0)
  FROM activities JOIN conversion_types USING (tenant_id, type)
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;`,
  },
  {
    id: 'metrics-sends-by-asset',
    sql: `
DROP TABLE email_sends;
CREATE TABLE email_sends (
  tenant_id text COLLATE "C" NOT NULL,
  campaign  text COLLATE "C" NOT NULL,
  asset     text COLLATE "C" NOT NULL,
  lead_key  text COLLATE "C" NOT NULL,
  told_at   int8,
  sign_at   int8 NOT NULL,
  sent_at   int8 NOT NULL GENERATED ALWAYS AS (coalesce(told_at, sign_at)) STORED,
  delivered                     boolean NOT NULL,
  hard_bounced                  boolean NOT NULL,
  soft_bounced                  boolean NOT NULL,
  marked_as_spam                boolean NOT NULL,
  opened                        boolean NOT NULL,
  opened_without_scanners       boolean NOT NULL,
  opened_by_people              boolean NOT NULL,
  clicked                       boolean NOT NULL,
  clicked_without_scanners      boolean NOT NULL,
  clicked_by_people             boolean NOT NULL,
  unsubscribed                  boolean NOT NULL,
  unsubscribed_without_scanners boolean NOT NULL,
  unsubscribed_by_people        boolean NOT NULL,
  PRIMARY KEY (tenant_id, campaign, asset, lead_key)
);
CREATE INDEX email_sends_by_time ON email_sends (tenant_id, sent_at);`,
    fill: rebuildSends,
  },
];
