import { randomBytes } from 'node:crypto';
import { tableName } from '../../activity-store/phoenix/schema.ts';
import type { Scope } from '../../activity-store/phoenix/scope.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';

/** That a run is due. The run itself decides: a place may be left over from before. */
export type Place = { readonly cost: number; readonly dueAt: number; readonly id: string };

/** Runs of a tenant with one cost. `next`: none is due earlier, epoch milliseconds. `rev` is another text after each change. */
export type Lane = {
  readonly tenantId: string;
  readonly cost: number;
  readonly next: number;
  readonly rev: string;
};

/** Later than every time. */
const NEVER = Number.MAX_SAFE_INTEGER;
const MAX_LANES = 100_000;
/** Sorts before every id; Phoenix takes an empty text for null. */
const BEFORE_IDS = '!';

const newRev = (): string => randomBytes(9).toString('base64url');

/**
 * Gives runs places in the queue: first the places, and then their lanes. A look that raises `next` of a lane in between
 * finds that the lane has changed, and leaves it.
 */
export async function enqueue(scope: Scope, places: readonly Place[]): Promise<void> {
  if (places.length === 0) return;
  await scope.upsert({
    into: 'RUN_QUEUE',
    columns: ['COST', 'DUE_AT', 'ID'],
    rows: places.map(({ cost, dueAt, id }) => [cost, dueAt, id]),
  });
  const lanes = [...Map.groupBy(places, ({ cost }) => cost)].map(([cost, own]) => ({
    cost,
    first: own.reduce((least, { dueAt }) => Math.min(least, dueAt), NEVER),
  }));
  const rev = newRev();
  await scope.upsert({
    into: 'RUN_LANES',
    columns: ['COST', 'NEXT_DUE', 'REV'],
    rows: lanes.map(({ cost, first }) => [cost, first, rev, first, first, rev]),
    onDuplicate: 'UPDATE NEXT_DUE = CASE WHEN NEXT_DUE > ? THEN ? ELSE NEXT_DUE END, REV = ?',
  });
}

export async function dequeue(scope: Scope, places: readonly Place[]): Promise<void> {
  if (places.length === 0) return;
  await scope.remove(
    'RUN_QUEUE',
    'COST = ? AND DUE_AT = ? AND ID = ?',
    places.map(({ cost, dueAt, id }) => [cost, dueAt, id]),
  );
}

/** Says that nothing of a lane is due before the first place that is left, unless somebody added a place since the lane was read. */
export async function raise(scope: Scope, { cost, rev }: Lane, first: number | undefined): Promise<void> {
  await scope.upsert({
    into: 'RUN_LANES',
    columns: ['COST', 'NEXT_DUE', 'REV'],
    rows: [[cost, NEVER, rev, rev, first ?? NEVER, rev, newRev()]],
    onDuplicate:
      'UPDATE NEXT_DUE = CASE WHEN REV = ? THEN ? ELSE NEXT_DUE END, REV = CASE WHEN REV = ? THEN ? ELSE REV END',
  });
}

/** Lanes of all tenants that have something due: one look at a small table, however much waits. */
export async function lanesDue(
  client: PhoenixClient,
  schema: string,
  now: number,
  signal: AbortSignal,
): Promise<Lane[]> {
  const { rows } = await client.query<{ TENANT: string; COST: number; NEXT_DUE: number; REV: string }>(
    `SELECT TENANT, COST, NEXT_DUE, REV FROM ${tableName(schema, 'RUN_LANES')} WHERE NEXT_DUE <= ? LIMIT ${MAX_LANES}`,
    [now],
    { signal },
  );
  return rows.map((row) => ({ tenantId: row.TENANT, cost: row.COST, next: row.NEXT_DUE, rev: row.REV }));
}

/** Places of a lane in the order of their times, strictly after one; those that are not due yet too. */
export async function placesAfter(
  scope: Scope,
  { cost, next }: Lane,
  after: Place | undefined,
  limit: number,
): Promise<Place[]> {
  const at = after?.dueAt ?? next;
  const rows = await scope.select<{ readonly DUE_AT: number; readonly ID: string }>({
    from: 'RUN_QUEUE',
    columns: 'DUE_AT, ID',
    where: 'COST = ? AND DUE_AT >= ? AND (DUE_AT > ? OR ID > ?)',
    values: [cost, at, at, after?.id ?? BEFORE_IDS],
    orderBy: 'DUE_AT, ID',
    limit,
  });
  return rows.map((row) => ({ cost, dueAt: row.DUE_AT, id: row.ID }));
}

/** How many places of a lane are due, and since when. */
export async function countDue(
  scope: Scope,
  { cost, next }: Lane,
  now: number,
): Promise<{ readonly due: number; readonly first: number }> {
  const [row] = await scope.select<{ readonly PLACES: number; readonly EARLIEST: number | null }>({
    from: 'RUN_QUEUE',
    columns: 'COUNT(*) AS PLACES, MIN(DUE_AT) AS EARLIEST',
    where: 'COST = ? AND DUE_AT >= ? AND DUE_AT <= ?',
    values: [cost, next, now],
    limit: 1,
  });
  return { due: row?.PLACES ?? 0, first: row?.EARLIEST ?? now };
}
