import type { JsonObject } from '../../../domain/json.ts';
import { assertTenant } from '../../../domain/tenant.ts';
import type { Queryable, Session } from '../../db/db.ts';
import { Parameters } from '../../db/sql.ts';
import type { CampaignRuns, RunQuestion } from '../port.ts';
import { removeRuns, replayRun, saveRun } from './changes.ts';
import { enterCampaign, readLastEntry, takePlace } from './entries.ts';
import { leaseRuns } from './lease.ts';
import { eraseRuns, exportRuns } from './personal.ts';
import { addRuns, RUN_COLUMNS, type RunRow, readSteps, runFrom } from './rows.ts';

/** Runs of campaigns in PostgreSQL or PGlite. */
export function createPostgresRuns(db: Session): CampaignRuns {
  const q = (signal: AbortSignal): Queryable => ({
    query: (text, values) => db.query(text, values, { signal }),
  });
  return {
    async add(tenant, decisions, signal) {
      assertTenant(tenant);
      await addRuns(q(signal), tenant.id, decisions);
    },

    lease: (request, signal) => leaseRuns(db, request, signal),

    async save(tenant, leased, run, steps, signal) {
      assertTenant(tenant);
      return db.tx((tx) => saveRun(tx, tenant.id, leased, run, steps), { signal });
    },

    async intend(tenant, runId, path, note, signal) {
      assertTenant(tenant);
      const [row] = await db.query<{ note: string }>(
        `INSERT INTO campaign_notes (tenant_id, run_id, path, note) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, run_id, path) DO UPDATE SET note = campaign_notes.note RETURNING note`,
        [tenant.id, runId, path, JSON.stringify(note)],
        { signal },
      );
      return row ? (JSON.parse(row.note) as JsonObject) : note;
    },

    async enter(tenant, run, spanMs, signal) {
      assertTenant(tenant);
      return db.tx((tx) => enterCampaign(tx, tenant.id, run, spanMs), { signal });
    },

    async lastEntry(tenant, campaignId, personKey, signal) {
      assertTenant(tenant);
      return readLastEntry(q(signal), tenant.id, campaignId, personKey);
    },

    async takeSend(tenant, personKey, messageId, at, limits, signal) {
      assertTenant(tenant);
      return db.tx((tx) => takePlace(tx, tenant.id, personKey, messageId, at, limits), { signal });
    },

    async removeFromFlow(tenant, personKey, campaignId, except, at, signal) {
      assertTenant(tenant);
      return db.tx((tx) => removeRuns(tx, tenant.id, personKey, campaignId, except, at), { signal });
    },

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
      const { text, values } = listing(tenant.id, question);
      return (await db.query<RunRow>(text, values, { signal })).map(runFrom);
    },

    async steps(tenant, runId, signal) {
      assertTenant(tenant);
      return (await readSteps(q(signal), tenant.id, [runId])).get(runId) ?? [];
    },

    async replay(tenant, runId, at, signal) {
      assertTenant(tenant);
      return replayRun(q(signal), tenant.id, runId, at);
    },

    async backlog(now, signal) {
      const rows = await db.query<{ tenant_id: string; due: number; first: number }>(
        `SELECT tenant_id, count(*) AS due, min(due_at) AS first FROM campaign_runs
         WHERE due_at <= $1 GROUP BY tenant_id ORDER BY tenant_id`,
        [now],
        { signal },
      );
      return rows.map((row) => ({ tenantId: row.tenant_id, due: row.due, lagMs: now - row.first }));
    },

    async erase(tenant, { leads }, signal) {
      assertTenant(tenant);
      await db.tx((tx) => eraseRuns(tx, tenant.id, leads), { signal });
    },

    async *export(tenant, leads, after, signal) {
      assertTenant(tenant);
      yield* exportRuns(q(signal), tenant.id, leads, after);
    },
  };
}

function listing(
  tenantId: string,
  { campaignId, personKey, statuses, first, after }: RunQuestion,
): { readonly text: string; readonly values: Parameters['values'] } {
  const params = new Parameters();
  const tests = [`tenant_id = ${params.bind(tenantId)}`];
  if (campaignId !== null) tests.push(`campaign_id = ${params.bind(campaignId)}`);
  if (personKey !== null) tests.push(`person_key = ${params.bind(personKey)}`);
  if (statuses) tests.push(`status = ANY(${params.bind(statuses)}::text[])`);
  if (after)
    tests.push(`(received_at, id) < (${params.bind(after.receivedAt)}::int8, ${params.bind(after.id)})`);
  return {
    text: `SELECT ${RUN_COLUMNS} FROM campaign_runs WHERE ${tests.join(' AND ')}
      ORDER BY received_at DESC, id DESC LIMIT ${params.bind(first)}`,
    values: params.values,
  };
}
