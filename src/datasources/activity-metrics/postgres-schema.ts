import type { Migration } from '../db/migrate.ts';

/**
 * Roll-ups, updated in the transaction of the activities they count.
 *
 * `metrics_hourly` counts activities by hour and dimension. The door refuses an empty string as the value of a
 * dimension, so the empty string stands for "none" here, where a key can hold no null.
 * `email_sends` has one row for each person and campaign; every update of it is commutative (least, or), so
 * that late and repeated events in any order give the same row.
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
];
