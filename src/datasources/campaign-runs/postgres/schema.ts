import type { Migration } from '../../db/migrate.ts';

/**
 * - `campaign_runs`: `cost` is what the priority adds to the place in the queue, in milliseconds. `is_ready`: due, and not
 *   finished; waits become ready when they are due.
 * - `campaign_locks`: the person whose run a process works on.
 * - `detail` and `note` are JSON as text, so that every character comes back.
 * - `campaign_people`: a row to lock while a person enters a campaign, or takes a place under the limits (campaign '').
 */
export const campaignRunsMigrations: readonly Migration[] = [
  {
    id: 'campaign-runs-001',
    sql: `
CREATE TABLE campaign_runs (
  tenant_id    text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  campaign_id  text COLLATE "C" NOT NULL,
  version      int4 NOT NULL,
  lead_key     text COLLATE "C" NOT NULL,
  person_key   text COLLATE "C" NOT NULL,
  activity_id  text COLLATE "C",
  occurred_at  int8 NOT NULL,
  received_at  int8 NOT NULL,
  depth        int4 NOT NULL,
  status       text NOT NULL,
  step         int4 NOT NULL,
  due_at       int8,
  entered_at   int8,
  attempts     int4 NOT NULL,
  reason       text,
  cost         int8 NOT NULL,
  order_at     int8 NOT NULL,
  is_ready     boolean NOT NULL,
  lease        text,
  leased_until int8 NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX campaign_runs_ready ON campaign_runs (tenant_id, order_at) WHERE is_ready;
CREATE INDEX campaign_runs_waiting ON campaign_runs (due_at) WHERE NOT is_ready AND due_at IS NOT NULL;
CREATE INDEX campaign_runs_campaign ON campaign_runs (tenant_id, campaign_id, received_at DESC, id DESC);
CREATE INDEX campaign_runs_person ON campaign_runs (tenant_id, person_key, received_at DESC, id DESC);
CREATE INDEX campaign_runs_lead ON campaign_runs (tenant_id, lead_key);
CREATE TABLE campaign_locks (
  tenant_id  text COLLATE "C" NOT NULL,
  person_key text COLLATE "C" NOT NULL,
  lease      text NOT NULL,
  until      int8 NOT NULL,
  PRIMARY KEY (tenant_id, person_key)
);
CREATE TABLE campaign_steps (
  tenant_id text COLLATE "C" NOT NULL,
  run_id    text COLLATE "C" NOT NULL,
  path      text COLLATE "C" NOT NULL,
  action    text NOT NULL,
  status    text NOT NULL,
  at        int8 NOT NULL,
  detail    text NOT NULL,
  PRIMARY KEY (tenant_id, run_id, path)
);
CREATE TABLE campaign_notes (
  tenant_id text COLLATE "C" NOT NULL,
  run_id    text COLLATE "C" NOT NULL,
  path      text COLLATE "C" NOT NULL,
  note      text NOT NULL,
  PRIMARY KEY (tenant_id, run_id, path)
);
CREATE TABLE campaign_people (
  tenant_id   text COLLATE "C" NOT NULL,
  person_key  text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, person_key, campaign_id)
);
CREATE TABLE campaign_entries (
  tenant_id   text COLLATE "C" NOT NULL,
  person_key  text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C" NOT NULL,
  run_id      text COLLATE "C" NOT NULL,
  received_at int8 NOT NULL,
  PRIMARY KEY (tenant_id, person_key, campaign_id, run_id)
);
CREATE TABLE campaign_sends (
  tenant_id  text COLLATE "C" NOT NULL,
  person_key text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  at         int8 NOT NULL,
  PRIMARY KEY (tenant_id, person_key, message_id)
);`,
  },
];
