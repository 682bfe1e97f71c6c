import { randomUUID } from 'node:crypto';
import type { TenantOf } from '../../../domain/tenant.ts';
import {
  changeVersioned,
  readVersioned,
  removeVersioned,
  type Versioned,
} from '../../activity-store/phoenix/documents/versioned.ts';
import { inTurn, type Scope, type Scopes } from '../../activity-store/phoenix/scope.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import { type Candidate, chooseRuns } from '../fair-choice.ts';
import type { LeasedRun, LeaseRequest } from '../port.ts';
import { dequeue, type Lane, lanesDue, type Place, placesAfter, raise } from './queue.ts';
import {
  encodeRun,
  heldBody,
  isHeld,
  lasts,
  leaseText,
  ofPerson,
  PERSONS,
  RUNS,
  readRuns,
  type StoredRun,
} from './rows.ts';

export type LeasingParts = {
  readonly client: PhoenixClient;
  readonly schema: string;
  readonly scopes: Scopes;
  readonly tenantOf: TenantOf;
};

/** Places of the first read: mostly there are enough runs among them. */
const FIRST_PAGE = 32;
/** Places of each further read, and reads of one look at a lane. They pass over places of busy people. */
const PAGE = 200;
const MAX_PAGES = 20;
/** Tenants of one look; those that were looked at longest ago come first. */
const MAX_TENANTS = 64;
/** A run gets its place before it is due. A process may take so long in between, in milliseconds. */
const STALE_MS = 60_000;

type Due = Candidate & {
  readonly scope: Scope;
  readonly stored: StoredRun;
  readonly person: Versioned | undefined;
};
type LaneLook = { readonly due: readonly Due[]; readonly leased: number };

/** Leases runs that are due. See `CampaignRuns.lease`. */
export function createLeasing(parts: LeasingParts) {
  const looked = new Map<string, number>();
  let looks = 0;
  return async (request: LeaseRequest, signal: AbortSignal): Promise<readonly LeasedRun[]> => {
    const { now, except, max, perTenant } = request;
    const lanes = await lanesDue(parts.client, parts.schema, now, signal);
    const byTenant = Map.groupBy(lanes, ({ tenantId }) => tenantId);
    const tenants = [...byTenant.keys()]
      .filter((tenantId) => !except.includes(tenantId))
      .sort((a, b) => (looked.get(a) ?? 0) - (looked.get(b) ?? 0))
      .slice(0, MAX_TENANTS);
    for (const tenantId of looked.keys()) if (!byTenant.has(tenantId)) looked.delete(tenantId);
    const found: Due[] = [];
    const leased = new Map<string, number>();
    await inTurn(tenants, async (tenantId) => {
      looked.set(tenantId, ++looks);
      const scope = parts.scopes.of(parts.tenantOf(tenantId), signal);
      for (const lane of byTenant.get(tenantId) ?? []) {
        const look = await lookAt(scope, lane, now, perTenant);
        found.push(...look.due);
        leased.set(tenantId, (leased.get(tenantId) ?? 0) + look.leased);
      }
    });
    const chosen = chooseRuns(found, leased, { max, perTenant });
    const taken: LeasedRun[] = [];
    await inTurn([...Map.groupBy(chosen, ({ scope }) => scope)], async ([scope, own]) => {
      taken.push(...(await take(scope, own, request)));
    });
    const order = new Map(chosen.map(({ id }, index) => [id, index]));
    return taken.sort((a, b) => (order.get(a.run.id) ?? 0) - (order.get(b.run.id) ?? 0));
  };
}

/** Due runs of a lane, of `want` people at least where there are so many. It also removes places that lead nowhere. */
async function lookAt(scope: Scope, lane: Lane, now: number, want: number): Promise<LaneLook> {
  const due: Due[] = [];
  const stale: Place[] = [];
  const persons = new Set<string>();
  let leased = 0;
  let isAtEnd = false;
  let first: number | undefined;
  let after: Place | undefined;
  for (let page = 0; page < MAX_PAGES && persons.size < want; page += 1) {
    const size = page === 0 ? FIRST_PAGE : PAGE;
    const places = await placesAfter(scope, lane, after, size);
    const reached = places.filter(({ dueAt }) => dueAt <= now);
    const sorted = await sortOut(scope, reached, now);
    stale.push(...sorted.stale);
    leased += sorted.leased;
    for (const run of sorted.due) {
      persons.add(run.personKey);
      due.push(run);
    }
    const gone = new Set(sorted.stale);
    first ??= places.find((place) => !gone.has(place))?.dueAt;
    after = places.at(-1);
    isAtEnd = places.length < size;
    if (isAtEnd || reached.length < places.length) break;
  }
  await dequeue(scope, stale);
  if (first === undefined ? isAtEnd : first > lane.next) await raise(scope, lane, first);
  return { due, leased };
}

async function sortOut(
  scope: Scope,
  places: readonly Place[],
  now: number,
): Promise<{ due: Due[]; stale: Place[]; leased: number }> {
  const runs = await readRuns(
    scope,
    places.map(({ id }) => id),
  );
  const stale: Place[] = [];
  const free: { place: Place; stored: StoredRun }[] = [];
  let leased = 0;
  for (const place of places) {
    const stored = runs.get(place.id);
    const isRight = stored?.run.dueAt === place.dueAt && stored.cost === place.cost;
    if (stored && lasts(stored.lease, now)) leased += isRight ? 1 : 0;
    else if (stored && isRight) free.push({ place, stored });
    // While there is a lease, even one that ended, its process may be about to save.
    else if (!stored?.lease && place.dueAt <= now - STALE_MS) stale.push(place);
  }
  const people = await readVersioned(
    scope,
    PERSONS,
    free.map(({ stored }) => ofPerson(stored.run.personKey)),
  );
  const due = free.flatMap(({ place, stored }): Due[] => {
    const { personKey, id } = stored.run;
    const person = people.get(ofPerson(personKey));
    if (isHeld(person?.body, now)) return [];
    const rank = place.dueAt + place.cost;
    return [{ scope, stored, person, tenantId: scope.tenantId, personKey, id, rank }];
  });
  return { due, stale, leased };
}

/** First the person, then the run. If another process has one of them, the run is left to it. */
async function take(
  scope: Scope,
  chosen: readonly Due[],
  { now, leaseMs }: LeaseRequest,
): Promise<LeasedRun[]> {
  const until = now + leaseMs;
  const wanted = chosen.map((run) => ({ ...run, lease: leaseText(until, randomUUID()) }));
  const persons = await changeVersioned(
    scope,
    PERSONS,
    wanted.map(({ personKey, person, id, lease }) => ({
      key: ofPerson(personKey),
      before: person,
      body: heldBody(lease, id),
    })),
  );
  const held = wanted.filter(({ personKey }) => persons.has(ofPerson(personKey)));
  const runs = await changeVersioned(
    scope,
    RUNS,
    held.map(({ id, stored, lease }) => ({
      key: id,
      before: stored.row,
      body: encodeRun({ ...stored, lease }),
    })),
  );
  const [taken, lost] = [held.filter(({ id }) => runs.has(id)), held.filter(({ id }) => !runs.has(id))];
  await release(
    scope,
    lost.map(({ personKey, id, lease }) => ({ personKey, runId: id, lease })),
  );
  return taken.map(({ stored, lease, tenantId }) => ({ tenantId, run: stored.run, lease }));
}

/** Gives free the people that these leases hold. */
export const release = (
  scope: Scope,
  leases: readonly { readonly personKey: string; readonly runId: string; readonly lease: string }[],
): Promise<void> =>
  removeVersioned(
    scope,
    PERSONS,
    leases.map(({ personKey, runId, lease }) => ({ key: ofPerson(personKey), body: heldBody(lease, runId) })),
  );
