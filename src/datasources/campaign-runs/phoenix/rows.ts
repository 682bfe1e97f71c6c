import type { LeadKey } from '../../../domain/lead.ts';
import {
  readVersioned,
  type Versioned,
  type VersionedRows,
} from '../../activity-store/phoenix/documents/versioned.ts';
import type { Scope } from '../../activity-store/phoenix/scope.ts';
import type { Run, RunStep } from '../port.ts';

/** The document of a run. Parts that change together are in one row. */
export type RunBody = {
  readonly run: Run;
  /** Its priority adds so much to its place in the queue, in milliseconds. */
  readonly cost: number;
  /** See `leaseText`; null while no process works on it. */
  readonly lease: string | null;
  /** In the order they were done. */
  readonly steps: readonly RunStep[];
};

/** A run as it was read. */
export type StoredRun = RunBody & { readonly row: Versioned };

export const RUNS: VersionedRows = { table: 'RUNS', key: 'ID' };
export const PERSONS: VersionedRows = { table: 'RUN_PERSONS', key: 'PERSON' };

export const encodeRun = ({ run, cost, lease, steps }: RunBody): string =>
  JSON.stringify({ run, cost, lease, steps } satisfies RunBody);

/** The runs that are there, by id. */
export async function readRuns(scope: Scope, ids: Iterable<string>): Promise<Map<string, StoredRun>> {
  const runs = new Map<string, StoredRun>();
  for (const [id, row] of await readVersioned(scope, RUNS, ids))
    if (row.body !== null) runs.set(id, { ...(JSON.parse(row.body) as RunBody), row });
  return runs;
}

/** A lease says when it ends, epoch milliseconds, and has a token that no other lease has. */
export const leaseText = (until: number, token: string): string => `${until} ${token}`;

/** Whether a lease lasts at a time. */
export const lasts = (lease: string | null, now: number): boolean =>
  lease !== null && Number.parseInt(lease, 10) > now;

/** The document of a person whose run is leased. */
export const heldBody = (lease: string, runId: string): string => JSON.stringify({ lease, runId });

/** Whether the document of a person says that a run of the person is leased. */
export const isHeld = (body: string | null | undefined, now: number): boolean =>
  body !== null && body !== undefined && lasts((JSON.parse(body) as { lease: string }).lease, now);

/** Owners of runs in `RUNS_BY`, and people in `RUN_PERSONS`. Phoenix has no empty texts, and `EVERYBODY` is one. */
export const ofCampaign = (id: string): string => `c${id}`;
export const ofPerson = (key: LeadKey): string => `p${key}`;

type Place = Pick<Run, 'receivedAt' | 'id'>;

/** Runs of an owner, the latest first, strictly after a place and none later than `until`. They may be deleted, or have moved. */
export async function placesOf(
  scope: Scope,
  owner: string,
  limit: number,
  after: Place | null,
  until?: number,
): Promise<Place[]> {
  const tests = ['OWNER = ?'];
  const values: (string | number)[] = [owner];
  if (after) {
    tests.push('(RECEIVED_AT < ? OR (RECEIVED_AT = ? AND ID < ?))');
    values.push(after.receivedAt, after.receivedAt, after.id);
  }
  if (until !== undefined) {
    tests.push('RECEIVED_AT <= ?');
    values.push(until);
  }
  const rows = await scope.select<{ readonly RECEIVED_AT: number; readonly ID: string }>({
    from: 'RUNS_BY',
    columns: 'RECEIVED_AT, ID',
    where: tests.join(' AND '),
    values,
    orderBy: 'RECEIVED_AT DESC, ID DESC',
    limit,
  });
  return rows.map((row) => ({ receivedAt: row.RECEIVED_AT, id: row.ID }));
}

/** Writes where runs are found. Before the run itself, so that no run is there that an erasure does not find. */
export const putPlaces = (scope: Scope, places: readonly (Place & { owner: string })[]): Promise<void> =>
  scope.upsert({
    into: 'RUNS_BY',
    columns: ['OWNER', 'RECEIVED_AT', 'ID'],
    rows: places.map(({ owner, receivedAt, id }) => [owner, receivedAt, id]),
  });

/** All runs of an owner in pages. See `placesOf`. */
export async function* allPlaces(
  scope: Scope,
  owner: string,
  until?: number,
): AsyncGenerator<readonly Place[]> {
  for (let after: Place | null = null; ; ) {
    const places: Place[] = await placesOf(scope, owner, PAGE, after, until);
    if (places.length > 0) yield places;
    const last = places.at(-1);
    if (!last || places.length < PAGE) return;
    after = last;
  }
}

const PAGE = 200;
