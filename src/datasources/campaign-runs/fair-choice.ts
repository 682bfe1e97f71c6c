import type { LeadKey } from '../../domain/lead.ts';

/** Runs of a tenant with one cost that are due, and the place of the first of them. */
export type Lane = {
  readonly tenant_id: string;
  readonly cost: number;
  readonly queued_at: number;
  /** Runs of the tenant that are leased already. */
  readonly leased: number;
};

type Waiting = { readonly tenantId: string; readonly leased: number; readonly first: number };

/**
 * The lanes to take runs from: those of at most `max` tenants. The tenant with the fewest runs at work comes first, then the
 * tenant that waits longest. So nobody's backlog keeps another tenant from its turn.
 */
export function lanesInTurn(lanes: readonly Lane[], max: number): readonly Lane[] {
  const tenants: Waiting[] = [...Map.groupBy(lanes, (lane) => lane.tenant_id)].map(([tenantId, own]) => ({
    tenantId,
    leased: own[0]?.leased ?? 0,
    first: Math.min(...own.map(({ queued_at, cost }) => queued_at + cost)),
  }));
  tenants.sort((a, b) => a.leased - b.leased || a.first - b.first);
  const chosen = new Set(tenants.slice(0, max).map(({ tenantId }) => tenantId));
  return lanes.filter((lane) => chosen.has(lane.tenant_id));
}

/** A run that is due. `rank`: its place in its tenant's queue. */
export type Candidate = {
  readonly tenantId: string;
  readonly personKey: LeadKey;
  readonly id: string;
  readonly rank: number;
};

/** At most `max` runs, each tenant's by their places, one of a person, and one tenant's after the other's in turn. */
export function chooseRuns<T extends Candidate>(
  candidates: readonly T[],
  leased: ReadonlyMap<string, number>,
  { max, perTenant }: { readonly max: number; readonly perTenant: number },
): readonly T[] {
  const places = [...Map.groupBy(candidates, (run) => run.tenantId)].flatMap(([tenantId, own]) => {
    const persons = new Set<LeadKey>();
    return own
      .toSorted((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1))
      .filter(({ personKey }) => !persons.has(personKey) && persons.add(personKey))
      .slice(0, perTenant)
      .map((run, index) => ({ run, turn: (leased.get(tenantId) ?? 0) + index }));
  });
  return places
    .sort((a, b) => a.turn - b.turn || a.run.rank - b.run.rank)
    .slice(0, max)
    .map(({ run }) => run);
}
