import type { Decision } from '../../../domain/campaigns/decision.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import { byText } from '../../activity-store/persons.ts';
import type { Queryable } from '../../db/db.ts';
import type { Run, RunStatus, RunStep, StepStatus } from '../port.ts';

/** A row of `campaign_runs` as both drivers give it. */
export type RunRow = {
  readonly tenant_id: string;
  readonly id: string;
  readonly campaign_id: string;
  readonly version: number;
  readonly lead_key: LeadKey;
  readonly person_key: LeadKey;
  readonly activity_id: string | null;
  readonly occurred_at: number;
  readonly received_at: number;
  readonly depth: number;
  readonly cost: number;
  readonly status: RunStatus;
  readonly step: number;
  readonly due_at: number | null;
  readonly entered_at: number | null;
  readonly attempts: number;
  readonly reason: string | null;
};

/** Columns to read, as `RunRow` has them. */
export const RUN_COLUMNS = `tenant_id, id, campaign_id, version, lead_key, person_key, activity_id, occurred_at,
  received_at, depth, cost, status, step, due_at, entered_at, attempts, reason`;

export const runFrom = (row: RunRow): Run => ({
  id: row.id,
  campaignId: row.campaign_id,
  version: row.version,
  leadKey: row.lead_key,
  personKey: row.person_key,
  activityId: row.activity_id,
  occurredAt: row.occurred_at,
  receivedAt: row.received_at,
  depth: row.depth,
  status: row.status,
  step: row.step,
  dueAt: row.due_at,
  enteredAt: row.entered_at,
  attempts: row.attempts,
  reason: row.reason,
});

/** Adds decisions as runs; those that are there already stay as they are. */
export async function addRuns(
  q: Queryable,
  tenantId: string,
  decisions: readonly (Decision & { readonly order: number })[],
): Promise<void> {
  if (decisions.length === 0) return;
  // In the order of ids: two transactions with the same decisions can't deadlock.
  const rows = [...decisions].sort((a, b) => byText(a.id, b.id));
  await q.query(
    `INSERT INTO campaign_runs (tenant_id, id, campaign_id, version, lead_key, person_key, activity_id, occurred_at,
       received_at, depth, cost, status, due_at, queued_at)
     SELECT $1, id, campaign_id, version, lead_key, lead_key, activity_id, occurred_at, received_at, depth, cost, 'NEW',
       received_at, received_at
     FROM unnest($2::text[], $3::text[], $4::int4[], $5::text[], $6::text[], $7::int8[], $8::int8[], $9::int4[],
       $10::int8[])
       AS t(id, campaign_id, version, lead_key, activity_id, occurred_at, received_at, depth, cost)
     ON CONFLICT DO NOTHING`,
    [
      tenantId,
      rows.map((row) => row.id),
      rows.map((row) => row.campaignId),
      rows.map((row) => row.version),
      rows.map((row) => row.leadKey),
      rows.map((row) => row.activityId),
      rows.map((row) => row.occurredAt),
      rows.map((row) => row.receivedAt),
      rows.map((row) => row.depth),
      rows.map((row) => row.order - row.receivedAt),
    ],
  );
}

/** Writes steps that were done; a step that is done again replaces what it was. */
export async function putSteps(
  q: Queryable,
  tenantId: string,
  runId: string,
  steps: readonly RunStep[],
): Promise<void> {
  if (steps.length === 0) return;
  // One statement can't touch a row twice.
  const rows = [...new Map(steps.map((step) => [step.path, step])).values()];
  await q.query(
    `INSERT INTO campaign_run_steps (tenant_id, run_id, path, action, status, at, detail)
     SELECT $1, $2, t.* FROM unnest($3::text[], $4::text[], $5::text[], $6::int8[], $7::text[]) AS t
     ON CONFLICT (tenant_id, run_id, path) DO UPDATE SET
       action = excluded.action, status = excluded.status, at = excluded.at, detail = excluded.detail`,
    [
      tenantId,
      runId,
      rows.map((step) => step.path),
      rows.map((step) => step.action),
      rows.map((step) => step.status),
      rows.map((step) => step.at),
      rows.map((step) => JSON.stringify(step.detail)),
    ],
  );
}

type StepRow = {
  readonly run_id: string;
  readonly path: string;
  readonly action: string;
  readonly status: StepStatus;
  readonly at: number;
  readonly detail: string;
};

/** The steps of runs, each run's in the order they were done. */
export async function readSteps(
  q: Queryable,
  tenantId: string,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, readonly RunStep[]>> {
  const rows = await q.query<StepRow>(
    `SELECT run_id, path, action, status, at, detail FROM campaign_run_steps
     WHERE tenant_id = $1 AND run_id = ANY($2) ORDER BY run_id, place`,
    [tenantId, runIds],
  );
  const steps = new Map<string, RunStep[]>();
  for (const { run_id, path, action, status, at, detail } of rows) {
    const step = { path, action, status, at, detail: JSON.parse(detail) as JsonObject };
    steps.set(run_id, [...(steps.get(run_id) ?? []), step]);
  }
  return steps;
}
