import type { JsonObject } from '../../../domain/json.ts';
import type { Queryable, Row } from '../../db/db.ts';
import type { Run, RunStatus, RunStep } from '../port.ts';

/** A row of `campaign_runs`. */
export type RunRow = Row & {
  readonly tenant_id: string;
  readonly id: string;
  readonly campaign_id: string;
  readonly version: number;
  readonly lead_key: string;
  readonly person_key: string;
  readonly activity_id: string | null;
  readonly occurred_at: number;
  readonly received_at: number;
  readonly depth: number;
  readonly status: RunStatus;
  readonly step: number;
  readonly due_at: number | null;
  readonly entered_at: number | null;
  readonly attempts: number;
  readonly reason: string | null;
  readonly order_at: number;
};

export const RUN_COLUMNS =
  'tenant_id, id, campaign_id, version, lead_key, person_key, activity_id, occurred_at, received_at, depth, status, step, due_at, entered_at, attempts, reason, order_at';

export const runFrom = (row: RunRow): Run => ({
  id: row.id,
  campaignId: row.campaign_id,
  version: row.version,
  leadKey: row.lead_key,
  activityId: row.activity_id,
  occurredAt: row.occurred_at,
  receivedAt: row.received_at,
  depth: row.depth,
  status: row.status,
  personKey: row.person_key,
  step: row.step,
  dueAt: row.due_at,
  enteredAt: row.entered_at,
  attempts: row.attempts,
  reason: row.reason,
});

/** Steps of a run, in the order they were done. */
export async function readSteps(
  db: Queryable,
  tenantId: string,
  runId: string,
  signal: AbortSignal,
): Promise<RunStep[]> {
  const rows = await db.query<Omit<RunStep, 'detail'> & { detail: string }>(
    `SELECT path, action, status, at, detail FROM campaign_steps
     WHERE tenant_id = $1 AND run_id = $2 ORDER BY at, path`,
    [tenantId, runId],
    { signal },
  );
  return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) as JsonObject }));
}
