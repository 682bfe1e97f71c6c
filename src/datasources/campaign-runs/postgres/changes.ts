import type { LeadKey } from '../../../domain/lead.ts';
import type { Queryable } from '../../db/db.ts';
import type { LeasedRun, Run, RunStep } from '../port.ts';
import { lockPersons, unpark } from './persons.ts';
import { putSteps } from './rows.ts';

/** Writes a run's new state and gives up its lease. In a transaction of the caller. @returns false where it is lost */
export async function saveRun(
  q: Queryable,
  tenantId: string,
  { run: before, lease }: LeasedRun,
  run: Run,
  steps: readonly RunStep[],
): Promise<boolean> {
  await lockPersons(q, tenantId, [before.personKey, run.personKey]);
  const freed = await q.query(
    'DELETE FROM campaign_leases WHERE tenant_id = $1 AND person_key = $2 AND run_id = $3 AND lease = $4 RETURNING run_id',
    [tenantId, before.personKey, before.id, lease],
  );
  if (freed.length === 0) return false;
  await Promise.all([
    q.query(
      `UPDATE campaign_runs SET person_key = $3, status = $4, step = $5, due_at = $6::int8, queued_at = $6::int8,
         entered_at = $7::int8, attempts = $8, reason = $9
       WHERE tenant_id = $1 AND id = $2`,
      [
        tenantId,
        before.id,
        run.personKey,
        run.status,
        run.step,
        run.dueAt,
        run.enteredAt,
        run.attempts,
        run.reason,
      ],
    ),
    putSteps(q, tenantId, before.id, steps),
    unpark(q, tenantId, before.personKey),
  ]);
  return true;
}

/** Ends unfinished runs of a person, with their leases. In a transaction of the caller. @returns how many */
export async function removeRuns(
  q: Queryable,
  tenantId: string,
  personKey: LeadKey,
  campaignId: string | null,
  except: string,
  at: number,
): Promise<number> {
  await lockPersons(q, tenantId, [personKey]);
  const ended = await q.query<{ id: string }>(
    `UPDATE campaign_runs SET status = 'REMOVED', due_at = NULL, queued_at = NULL
     WHERE tenant_id = $1 AND person_key = $2 AND due_at IS NOT NULL AND id <> $3 AND received_at <= $4
       AND ($5::text IS NULL OR campaign_id = $5)
     RETURNING id`,
    [tenantId, personKey, except, at, campaignId],
  );
  if (ended.length === 0) return 0;
  await q.query('DELETE FROM campaign_leases WHERE tenant_id = $1 AND person_key = $2 AND run_id = ANY($3)', [
    tenantId,
    personKey,
    ended.map(({ id }) => id),
  ]);
  await unpark(q, tenantId, personKey);
  return ended.length;
}

/** Gives a failed run to the queue again. @returns false where it is not failed */
export async function replayRun(q: Queryable, tenantId: string, runId: string, at: number): Promise<boolean> {
  const replayed = await q.query(
    `UPDATE campaign_runs SET status = CASE WHEN entered_at IS NULL THEN 'NEW' ELSE 'WAITING' END,
       due_at = $3, queued_at = $3, attempts = 0, reason = NULL
     WHERE tenant_id = $1 AND id = $2 AND status = 'FAILED' RETURNING id`,
    [tenantId, runId, at],
  );
  return replayed.length > 0;
}
