import { assertTenant } from '../../../domain/tenant.ts';
import type { Session, SqlValue } from '../../db/db.ts';
import type { CampaignRuns, RunQuestion } from '../port.ts';
import { createPeople } from './people.ts';
import { eraseRuns, exportRuns } from './personal.ts';
import { createQueue } from './queue.ts';
import { RUN_COLUMNS, type RunRow, readSteps, runFrom } from './rows.ts';

/** Runs of campaigns in PostgreSQL or PGlite. */
export const createPostgresRuns = (db: Session): CampaignRuns => ({
  ...createQueue(db),
  ...createPeople(db),

  async get(tenant, ids, signal) {
    assertTenant(tenant);
    const rows = await db.query<RunRow>(
      `SELECT ${RUN_COLUMNS} FROM campaign_runs WHERE tenant_id = $1 AND id = ANY($2)`,
      [tenant.id, ids],
      { signal },
    );
    const byId = new Map(rows.map((row) => [row.id, runFrom(row)]));
    return ids.map((id) => byId.get(id) ?? null);
  },

  async list(tenant, question, signal) {
    assertTenant(tenant);
    const { where, values } = conditionOf(tenant.id, question);
    const rows = await db.query<RunRow>(
      `SELECT ${RUN_COLUMNS} FROM campaign_runs WHERE ${where} ORDER BY received_at DESC, id DESC LIMIT ${Math.floor(question.first)}`,
      values,
      { signal },
    );
    return rows.map(runFrom);
  },

  async steps(tenant, runId, signal) {
    assertTenant(tenant);
    return readSteps(db, tenant.id, runId, signal);
  },

  async replay(tenant, runId, at, signal) {
    assertTenant(tenant);
    const replayed = await db.query(
      `UPDATE campaign_runs SET status = CASE WHEN entered_at IS NULL THEN 'NEW' ELSE 'WAITING' END, due_at = $3::int8,
         order_at = $3::int8 + cost, is_ready = true, attempts = 0, reason = NULL
       WHERE tenant_id = $1 AND id = $2 AND status = 'FAILED' RETURNING id`,
      [tenant.id, runId, at],
      { signal },
    );
    return replayed.length > 0;
  },

  async backlog(now, signal) {
    const rows = await db.query<{ tenant_id: string; due: number; oldest: number }>(
      `SELECT tenant_id, count(*) AS due, min(due_at) AS oldest FROM campaign_runs
       WHERE due_at <= $1 GROUP BY tenant_id`,
      [now],
      { signal },
    );
    return rows.map((row) => ({ tenantId: row.tenant_id, due: row.due, lagMs: now - row.oldest }));
  },

  async erase(tenant, { leads }, signal) {
    assertTenant(tenant);
    await db.tx((q) => eraseRuns(q, tenant.id, leads), { signal });
  },

  export(tenant, leads, after, signal) {
    assertTenant(tenant);
    return exportRuns(db, tenant.id, leads, after, signal);
  },
});

function conditionOf(
  tenantId: string,
  { campaignId, personKey, statuses, after }: RunQuestion,
): { where: string; values: SqlValue[] } {
  const values: SqlValue[] = [tenantId];
  const tests = ['tenant_id = $1'];
  const add = (test: (place: string) => string, value: SqlValue): void => {
    values.push(value);
    tests.push(test(`$${values.length}`));
  };
  if (campaignId !== null) add((place) => `campaign_id = ${place}`, campaignId);
  if (personKey !== null) add((place) => `person_key = ${place}`, personKey);
  if (statuses !== null) add((place) => `status = ANY(${place}::text[])`, statuses);
  if (after !== null) {
    values.push(after.receivedAt, after.id);
    tests.push(`(received_at, id) < ($${values.length - 1}::int8, $${values.length}::text)`);
  }
  return { where: tests.join(' AND '), values };
}
