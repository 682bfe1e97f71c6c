import { randomUUID } from 'node:crypto';
import type { Queryable, Session } from '../../db/db.ts';
import { type Candidate, chooseRuns, type Lane, lanesInTurn } from '../fair-choice.ts';
import type { LeasedRun, LeaseRequest } from '../port.ts';
import { PERSON_LOCK } from './persons.ts';
import { RUN_COLUMNS, type RunRow, runFrom } from './rows.ts';

/** Looks at the queue that may find nothing but runs to park, one after the other. */
const MAX_LOOKS = 20;

/** Answered from the first entry of an index: an idle executor asks it all the time. */
const FIRST = `
SELECT queued_at FROM campaign_runs WHERE queued_at IS NOT NULL ORDER BY queued_at LIMIT 1`;

/** One look into an index for each lane of each tenant, whatever the lanes hold. */
const LANES = `
WITH RECURSIVE lane AS (
  (SELECT tenant_id, cost FROM campaign_runs WHERE queued_at IS NOT NULL ORDER BY tenant_id, cost LIMIT 1)
  UNION ALL
  SELECT next.tenant_id, next.cost FROM lane CROSS JOIN LATERAL (
    SELECT tenant_id, cost FROM campaign_runs
    WHERE queued_at IS NOT NULL AND (tenant_id, cost) > (lane.tenant_id, lane.cost)
    ORDER BY tenant_id, cost LIMIT 1) AS next
), working AS (
  SELECT tenant_id, count(*) AS leased FROM campaign_leases WHERE until > $1 GROUP BY tenant_id
)
SELECT lane.tenant_id, lane.cost, first.queued_at, coalesce(working.leased, 0) AS leased
FROM lane CROSS JOIN LATERAL (
  SELECT queued_at FROM campaign_runs AS run
  WHERE run.tenant_id = lane.tenant_id AND run.cost = lane.cost AND run.queued_at <= $1
  ORDER BY run.queued_at LIMIT 1) AS first
LEFT JOIN working ON working.tenant_id = lane.tenant_id
WHERE NOT lane.tenant_id = ANY($2::text[])`;

/** The first runs of some lanes, but for those that another process is looking at. */
const CANDIDATES = `
SELECT due.* FROM unnest($2::text[], $3::int8[]) AS lane(tenant_id, cost) CROSS JOIN LATERAL (
  SELECT ${RUN_COLUMNS} FROM campaign_runs AS run
  WHERE run.tenant_id = lane.tenant_id AND run.cost = lane.cost AND run.queued_at <= $1
  ORDER BY run.queued_at, run.id LIMIT $4 FOR UPDATE SKIP LOCKED) AS due`;

/** People whose runs nobody else frees or ends at the moment. It never waits: a process that hangs holds no other up. */
const LOCK = `
SELECT tenant_id, person_key FROM unnest($1::text[], $2::text[]) AS t(tenant_id, person_key)
WHERE pg_try_advisory_xact_lock(${PERSON_LOCK})`;

const TAKE = `
INSERT INTO campaign_leases (tenant_id, person_key, run_id, lease, until)
SELECT t.*, $5 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS t
ON CONFLICT (tenant_id, person_key) DO UPDATE SET
  run_id = excluded.run_id, lease = excluded.lease, until = excluded.until
WHERE campaign_leases.until <= $6
RETURNING tenant_id, run_id, lease`;

const QUEUE = `
UPDATE campaign_runs AS run SET queued_at = t.queued_at
FROM unnest($1::text[], $2::text[], $3::int8[]) AS t(tenant_id, id, queued_at)
WHERE run.tenant_id = t.tenant_id AND run.id = t.id`;

type Due = Candidate & { readonly row: RunRow };
type Look = { readonly leased: readonly LeasedRun[]; readonly hasParked: boolean };

/** Leases runs that are due, fairly over tenants, one of a person. */
export async function leaseRuns(
  db: Session,
  request: LeaseRequest,
  signal: AbortSignal,
): Promise<readonly LeasedRun[]> {
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const [first] = await db.query<{ queued_at: number }>(FIRST, [], { signal });
    if (!first || first.queued_at > request.now) return [];
    const { leased, hasParked } = await db.tx((q) => look(q, request), { signal });
    if (leased.length > 0 || !hasParked) return leased;
  }
  return [];
}

async function look(q: Queryable, { now, leaseMs, max, perTenant, except }: LeaseRequest): Promise<Look> {
  const lanes = lanesInTurn(await q.query<Lane>(LANES, [now, [...except]]), max);
  const rows = await q.query<RunRow>(CANDIDATES, [
    now,
    lanes.map((lane) => lane.tenant_id),
    lanes.map((lane) => lane.cost),
    perTenant,
  ]);
  if (rows.length === 0) return { leased: [], hasParked: false };
  const locked = await lockedOf(q, rows.map(dueFrom));
  const leasedBefore = new Map(lanes.map((lane) => [lane.tenant_id, lane.leased]));
  const chosen = chooseRuns(locked, leasedBefore, { max, perTenant });
  const until = now + leaseMs;
  const taken = new Map(
    (
      await q.query<{ tenant_id: string; run_id: string; lease: string }>(TAKE, [
        chosen.map(({ tenantId }) => tenantId),
        chosen.map(({ personKey }) => personKey),
        chosen.map(({ id }) => id),
        chosen.map(() => randomUUID()),
        until,
        now,
      ])
    ).map((row) => [keyOf(row.tenant_id, row.run_id), row.lease]),
  );
  const leased = chosen.flatMap(({ row, tenantId }) => {
    const lease = taken.get(keyOf(row.tenant_id, row.id));
    return lease ? [{ tenantId, run: runFrom(row), lease }] : [];
  });
  // Of a person who has a leased run now, all others step aside until that run is saved.
  const busy = new Set(chosen.map(({ tenantId, personKey }) => keyOf(tenantId, personKey)));
  const moved = locked.filter(({ tenantId, personKey }) => busy.has(keyOf(tenantId, personKey)));
  await q.query(QUEUE, [
    moved.map(({ tenantId }) => tenantId),
    moved.map(({ id }) => id),
    moved.map(({ tenantId, id }) => (taken.has(keyOf(tenantId, id)) ? until : null)),
  ]);
  return { leased, hasParked: moved.length > leased.length };
}

/** Those whose person is locked by this transaction now. */
async function lockedOf(q: Queryable, due: readonly Due[]): Promise<readonly Due[]> {
  const persons = new Map(due.map((run) => [keyOf(run.tenantId, run.personKey), run]));
  const rows = await q.query<{ tenant_id: string; person_key: string }>(LOCK, [
    [...persons.values()].map(({ tenantId }) => tenantId),
    [...persons.values()].map(({ personKey }) => personKey),
  ]);
  const locked = new Set(rows.map((row) => keyOf(row.tenant_id, row.person_key)));
  return due.filter((run) => locked.has(keyOf(run.tenantId, run.personKey)));
}

const dueFrom = (row: RunRow): Due => ({
  row,
  tenantId: row.tenant_id,
  personKey: row.person_key,
  id: row.id,
  rank: (row.due_at ?? row.received_at) + row.cost,
});

const keyOf = (tenantId: string, name: string): string => `${tenantId} ${name}`;
