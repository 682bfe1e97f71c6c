import type { Migration } from '../../db/migrate.ts';

/**
 * `cost`: what the priority adds to a run's place in the queue, in milliseconds. `due_at`: when the run is looked at
 * next; null when finished.
 *
 * `queued_at` is the place in the queue: `due_at`, or the end of the lease while the run is leased. It is null for a run
 * that is parked, because another run of its person is leased. Each run is parked at most once for each time that it is
 * due. So the queue holds no rows that every look would have to pass over.
 *
 * `campaign_leases` has a row for each person with a leased run.
 */
export const campaignRunsMigrations: readonly Migration[] = [
  {
    id: 'campaign-runs-001',
    sql: `
CREATE TABLE campaign_runs (
  tenant_id   text COLLATE "C" NOT NULL,
  id          text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C" NOT NULL,
  version     int4 NOT NULL,
  lead_key    text COLLATE "C" NOT NULL,
  person_key  text COLLATE "C" NOT NULL,
  activity_id text COLLATE "C",
  occurred_at int8 NOT NULL,
  received_at int8 NOT NULL,
  depth       int4 NOT NULL,
  cost        int8 NOT NULL,
  status      text COLLATE "C" NOT NULL,
  step        int4 NOT NULL DEFAULT 0,
  due_at      int8,
  queued_at   int8,
  entered_at  int8,
  attempts    int4 NOT NULL DEFAULT 0,
  reason      text,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX campaign_runs_next ON campaign_runs (queued_at) WHERE queued_at IS NOT NULL;
CREATE INDEX campaign_runs_queue ON campaign_runs (tenant_id, cost, queued_at, id) WHERE queued_at IS NOT NULL;
CREATE INDEX campaign_runs_parked ON campaign_runs (tenant_id, person_key, (due_at + cost), id)
  WHERE queued_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX campaign_runs_unfinished ON campaign_runs (tenant_id, person_key, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX campaign_runs_by_campaign ON campaign_runs (tenant_id, campaign_id, received_at, id);
CREATE INDEX campaign_runs_by_person ON campaign_runs (tenant_id, person_key, received_at, id);
CREATE INDEX campaign_runs_by_lead ON campaign_runs (tenant_id, lead_key);

CREATE TABLE campaign_leases (
  tenant_id  text COLLATE "C" NOT NULL,
  person_key text COLLATE "C" NOT NULL,
  run_id     text COLLATE "C" NOT NULL,
  lease      text COLLATE "C" NOT NULL,
  until      int8 NOT NULL,
  PRIMARY KEY (tenant_id, person_key)
);

CREATE TABLE campaign_run_steps (
  tenant_id text COLLATE "C" NOT NULL,
  run_id    text COLLATE "C" NOT NULL,
  path      text COLLATE "C" NOT NULL,
  place     int8 NOT NULL GENERATED ALWAYS AS IDENTITY,
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

CREATE TABLE campaign_entries (
  tenant_id   text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C" NOT NULL,
  person_key  text COLLATE "C" NOT NULL,
  received_at int8 NOT NULL,
  run_id      text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, campaign_id, person_key, received_at, run_id)
);
CREATE INDEX campaign_entries_by_person ON campaign_entries (tenant_id, person_key);

CREATE TABLE campaign_sends (
  tenant_id  text COLLATE "C" NOT NULL,
  person_key text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  at         int8 NOT NULL,
  PRIMARY KEY (tenant_id, person_key, message_id)
);
CREATE INDEX campaign_sends_by_time ON campaign_sends (tenant_id, person_key, at);`,
  },
];
