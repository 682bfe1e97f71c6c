import { randomUUID } from 'node:crypto';
import { assertTenant, type Tenant } from '../../../domain/tenant.ts';
import type { Queryable, Session } from '../../db/db.ts';
import type { CampaignRuns, LeasedRun, LeaseRequest, RunStep } from '../port.ts';
import { RUN_COLUMNS, type RunRow, runFrom } from './rows.ts';

/** Waits that become ready in one call, at most. */
const MAX_PROMOTED = 1_000;
/** Of each tenant so many times its share is looked at: runs of one person come one after the other. */
const LOOKED_AT = 16;

/** The queue of runs: leases, and their results. */
export const createQueue = (db: Session): Pick<CampaignRuns, 'add' | 'lease' | 'save'> => ({
  async add(tenant, decisions, signal) {
    assertTenant(tenant);
    await addRuns({ query: (text, values) => db.query(text, values, { signal }) }, tenant.id, decisions);
  },
  lease: (request, signal) => db.tx((q) => leaseRuns(q, request), { signal }),
  save: (tenant, leased, run, steps, signal) => {
    assertTenant(tenant);
    return db.tx((q) => saveRun(q, tenant, leased, run, steps), { signal });
  },
});

/** Adds decisions as runs; known runs stay as they are. */
export async function addRuns(
  q: Queryable,
  tenantId: string,
  decisions: Parameters<CampaignRuns['add']>[1],
): Promise<void> {
  if (decisions.length === 0) return;
  // In the order of ids: two callers that add the same runs can't deadlock.
  const sorted = [...decisions].sort((a, b) => (a.id < b.id ? -1 : 1));
  await q.query(
    `INSERT INTO campaign_runs (tenant_id, id, campaign_id, version, lead_key, person_key, activity_id, occurred_at,
       received_at, depth, status, step, due_at, attempts, cost, order_at, is_ready)
     SELECT $1, t.id, t.campaign_id, t.version, t.lead_key, t.lead_key, t.activity_id, t.occurred_at, t.received_at,
       t.depth, 'NEW', 0, t.received_at, 0, t.order_at - t.received_at, t.order_at, true
     FROM unnest($2::text[], $3::text[], $4::int4[], $5::text[], $6::text[], $7::int8[], $8::int8[], $9::int4[], $10::int8[])
       AS t (id, campaign_id, version, lead_key, activity_id, occurred_at, received_at, depth, order_at)
     ON CONFLICT DO NOTHING`,
    [
      tenantId,
      sorted.map(({ id }) => id),
      sorted.map(({ campaignId }) => campaignId),
      sorted.map(({ version }) => version),
      sorted.map(({ leadKey }) => leadKey),
      sorted.map(({ activityId }) => activityId),
      sorted.map(({ occurredAt }) => occurredAt),
      sorted.map(({ receivedAt }) => receivedAt),
      sorted.map(({ depth }) => depth),
      sorted.map(({ order }) => order),
    ],
  );
}

async function leaseRuns(q: Queryable, request: LeaseRequest): Promise<LeasedRun[]> {
  const { now, leaseMs, max, perTenant, except } = request;
  await promote(q, now);
  const candidates = await q.query<RunRow>(
    `WITH RECURSIVE tenants AS (
       (SELECT tenant_id FROM campaign_runs WHERE is_ready ORDER BY tenant_id LIMIT 1)
       UNION ALL
       SELECT (SELECT r.tenant_id FROM campaign_runs r WHERE r.is_ready AND r.tenant_id > t.tenant_id
               ORDER BY r.tenant_id LIMIT 1)
       FROM tenants t WHERE t.tenant_id IS NOT NULL)
     SELECT r.* FROM tenants t CROSS JOIN LATERAL (
       SELECT ${RUN_COLUMNS} FROM campaign_runs r
       WHERE r.tenant_id = t.tenant_id AND r.is_ready AND r.due_at <= $1 AND r.leased_until <= $1
         AND NOT EXISTS (SELECT 1 FROM campaign_locks l
           WHERE l.tenant_id = r.tenant_id AND l.person_key = r.person_key AND l.until > $1)
       ORDER BY r.order_at LIMIT $2 FOR UPDATE OF r SKIP LOCKED) r
     WHERE t.tenant_id <> ALL ($3::text[])`,
    [now, perTenant * LOOKED_AT, except],
  );
  const chosen = choose(candidates, max, perTenant);
  if (chosen.length === 0) return [];
  const lease = randomUUID();
  const locked = await q.query<{ tenant_id: string; person_key: string }>(
    `INSERT INTO campaign_locks (tenant_id, person_key, lease, until)
     SELECT t.*, $3, $4 FROM unnest($1::text[], $2::text[]) AS t
     ON CONFLICT (tenant_id, person_key) DO UPDATE SET lease = $3, until = $4 WHERE campaign_locks.until <= $5
     RETURNING tenant_id, person_key`,
    [chosen.map((row) => row.tenant_id), chosen.map((row) => row.person_key), lease, now + leaseMs, now],
  );
  const mine = new Set(locked.map((row) => `${row.tenant_id} ${row.person_key}`));
  const leased = chosen.filter((row) => mine.has(`${row.tenant_id} ${row.person_key}`));
  await q.query(
    `UPDATE campaign_runs r SET lease = $3, leased_until = $4 FROM unnest($1::text[], $2::text[]) AS t (tenant_id, id)
     WHERE r.tenant_id = t.tenant_id AND r.id = t.id`,
    [leased.map((row) => row.tenant_id), leased.map(({ id }) => id), lease, now + leaseMs],
  );
  return leased.map((row) => ({ tenantId: row.tenant_id, run: runFrom(row), lease }));
}

/** Makes waits ready that are due. */
const promote = (q: Queryable, now: number): Promise<unknown> =>
  q.query(
    `UPDATE campaign_runs SET is_ready = true WHERE (tenant_id, id) IN (
       SELECT tenant_id, id FROM campaign_runs WHERE NOT is_ready AND due_at <= $1
       ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [now, MAX_PROMOTED],
  );

/** One run a person, at most `perTenant` of a tenant, and of the tenants in turn until there are `max`. */
function choose(candidates: readonly RunRow[], max: number, perTenant: number): RunRow[] {
  const turns = [...Map.groupBy(candidates, (row) => row.tenant_id).values()].map((rows) => {
    const first = new Map<string, RunRow>();
    for (const row of rows) if (!first.has(row.person_key)) first.set(row.person_key, row);
    return [...first.values()].slice(0, perTenant);
  });
  const chosen: RunRow[] = [];
  for (let round = 0; round < perTenant; round++)
    for (const rows of turns) {
      const row = rows[round];
      if (row && chosen.length < max) chosen.push(row);
    }
  // In one order everywhere, for the locks.
  return chosen.sort((a, b) =>
    `${a.tenant_id} ${a.person_key}` < `${b.tenant_id} ${b.person_key}` ? -1 : 1,
  );
}

async function saveRun(
  q: Queryable,
  tenant: Tenant,
  { lease, run: before }: LeasedRun,
  run: LeasedRun['run'],
  steps: readonly RunStep[],
): Promise<boolean> {
  const saved = await q.query(
    `UPDATE campaign_runs SET status = $4, step = $5, due_at = $6::int8, entered_at = $7, attempts = $8, reason = $9,
       person_key = $10, order_at = coalesce($6::int8, received_at) + cost, is_ready = false, lease = NULL,
       leased_until = 0
     WHERE tenant_id = $1 AND id = $2 AND lease = $3 RETURNING id`,
    [
      tenant.id,
      run.id,
      lease,
      run.status,
      run.step,
      run.dueAt,
      run.enteredAt,
      run.attempts,
      run.reason,
      run.personKey,
    ],
  );
  if (saved.length === 0) return false;
  if (steps.length > 0)
    await q.query(
      `INSERT INTO campaign_steps (tenant_id, run_id, path, action, status, at, detail)
       SELECT $1, $2, t.path, t.action, t.status, t.at, t.detail
       FROM unnest($3::text[], $4::text[], $5::text[], $6::int8[], $7::text[]) AS t (path, action, status, at, detail)
       ON CONFLICT (tenant_id, run_id, path) DO UPDATE
         SET action = EXCLUDED.action, status = EXCLUDED.status, at = EXCLUDED.at, detail = EXCLUDED.detail`,
      [
        tenant.id,
        run.id,
        steps.map(({ path }) => path),
        steps.map(({ action }) => action),
        steps.map(({ status }) => status),
        steps.map(({ at }) => at),
        steps.map(({ detail }) => JSON.stringify(detail)),
      ],
    );
  await q.query('DELETE FROM campaign_locks WHERE tenant_id = $1 AND lease = $2 AND person_key = $3', [
    tenant.id,
    lease,
    before.personKey,
  ]);
  return true;
}
