import type { Migration } from '../../db/migrate.ts';

/**
 * Times are epoch milliseconds (int8): exact, and the same number in every store. Keys and ids collate
 * "C", so that the order of rows is the order of their bytes everywhere. The timeline of a lead is one
 * range of the primary key, read backwards. `activities_once` is the claim that lets each messageId in once.
 * `search` holds tokens of `tokenize`; weight D marks personal data, which is left out of a search by
 * a caller without the scope `leads:pii`.
 */
export const storeMigrations: readonly Migration[] = [
  {
    id: 'store-001',
    sql: `
CREATE TABLE activities (
  tenant_id     text COLLATE "C" NOT NULL,
  lead_key      text COLLATE "C" NOT NULL,
  occurred_at   int8 NOT NULL,
  hash          text COLLATE "C" NOT NULL,
  message_id    text NOT NULL,
  identity_kind text NOT NULL CHECK (identity_kind IN ('known', 'anonymous')),
  identity      text NOT NULL,
  type          text COLLATE "C" NOT NULL,
  received_at   int8 NOT NULL,
  campaign_id   text COLLATE "C",
  campaign_name text,
  asset_id      text COLLATE "C",
  channel       text COLLATE "C" NOT NULL,
  source        text COLLATE "C" NOT NULL,
  country       text COLLATE "C",
  device        text COLLATE "C",
  is_bot        boolean NOT NULL,
  attributes    jsonb NOT NULL,
  context       jsonb NOT NULL,
  search        tsvector NOT NULL,
  PRIMARY KEY (tenant_id, lead_key, occurred_at, hash)
);
CREATE UNIQUE INDEX activities_once ON activities (tenant_id, hash);
CREATE INDEX activities_by_time ON activities (tenant_id, occurred_at, hash);

CREATE TABLE leads (
  tenant_id     text COLLATE "C" NOT NULL,
  lead_key      text COLLATE "C" NOT NULL,
  identity_kind text NOT NULL CHECK (identity_kind IN ('known', 'anonymous')),
  identity      text NOT NULL,
  email         text,
  email_at      int8,
  -- name → {"v": value, "t": epoch milliseconds of the identify call that said so}
  traits        jsonb NOT NULL DEFAULT '{}',
  first_seen_at int8 NOT NULL,
  last_seen_at  int8 NOT NULL,
  search        tsvector NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, lead_key)
);
CREATE INDEX leads_by_email ON leads (tenant_id, lower(email));
CREATE INDEX leads_by_last_seen ON leads (tenant_id, last_seen_at, lead_key);
CREATE INDEX leads_by_first_seen ON leads (tenant_id, first_seen_at, lead_key);

-- An identity that is the same person as another; always points at the final one (no chains).
CREATE TABLE lead_links (
  tenant_id     text COLLATE "C" NOT NULL,
  lead_key      text COLLATE "C" NOT NULL,
  canonical_key text COLLATE "C" NOT NULL,
  identity      text NOT NULL,
  PRIMARY KEY (tenant_id, lead_key)
);
CREATE INDEX lead_links_by_canonical ON lead_links (tenant_id, canonical_key);

CREATE TABLE campaigns (
  tenant_id   text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C" NOT NULL,
  name        text NOT NULL,
  created_at  int8 NOT NULL,
  PRIMARY KEY (tenant_id, campaign_id)
);

CREATE TABLE activity_types (
  tenant_id  text COLLATE "C" NOT NULL,
  name       text COLLATE "C" NOT NULL,
  number     int8 NOT NULL,
  definition jsonb NOT NULL,
  PRIMARY KEY (tenant_id, name),
  UNIQUE (tenant_id, number)
);`,
  },
  {
    // 0: from before versions were recorded. By arrival: what readers who follow a tenant ask for.
    id: 'store-002',
    sql: `
ALTER TABLE activities ADD COLUMN enrichment_version int4 NOT NULL DEFAULT 0;
CREATE INDEX activities_by_arrival ON activities (tenant_id, received_at);`,
  },
  {
    // Nothing is chosen by what they hold, and comparing documents takes half of the time of an ANALYZE.
    id: 'store-003',
    sql: `
ALTER TABLE activities ALTER COLUMN attributes SET STATISTICS 0, ALTER COLUMN context SET STATISTICS 0;`,
  },
  {
    // Null: from before it was recorded; such a row is in conflict with nothing.
    id: 'store-content-digest',
    sql: 'ALTER TABLE activities ADD COLUMN content_digest text COLLATE "C";',
  },
  {
    // Null: no e-mail, or from before it was recorded.
    id: 'store-agent-kind',
    sql: `
ALTER TABLE activities ADD COLUMN agent_kind text COLLATE "C";`,
  },
];
