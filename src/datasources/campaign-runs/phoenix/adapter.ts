import type { TenantOf } from '../../../domain/tenant.ts';
import { DomainError } from '../../../lib/errors.ts';
import { createScopes, inTurn, type Scope } from '../../activity-store/phoenix/scope.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import type { CampaignRuns, Run, RunQuestion } from '../port.ts';
import { addRuns, removeRuns, replayRun, saveRun } from './changes.ts';
import { enterCampaign, keepNote, readLastEntry, takePlace } from './entries.ts';
import { createLeasing } from './lease.ts';
import { eraseRuns, exportRuns } from './personal.ts';
import { countDue, lanesDue } from './queue.ts';
import { ofCampaign, ofPerson, placesOf, readRuns } from './rows.ts';

export type PhoenixRunsOptions = { readonly schema: string; readonly tenantOf: TenantOf };

/** Runs of campaigns in the tables made by `migratePhoenix`; see the ADR "Runs in HBase". */
export function createPhoenixRuns(
  client: PhoenixClient,
  { schema, tenantOf }: PhoenixRunsOptions,
): CampaignRuns {
  const scopes = createScopes(client, schema);
  return {
    add: async (tenant, decisions, signal) => addRuns(scopes.of(tenant, signal), decisions),
    lease: createLeasing({ client, schema, scopes, tenantOf }),
    save: async (tenant, leased, run, steps, signal) =>
      saveRun(scopes.of(tenant, signal), leased, run, steps),
    intend: async (tenant, runId, path, note, signal) =>
      keepNote(scopes.of(tenant, signal), runId, path, note),
    enter: async (tenant, run, spanMs, signal) => enterCampaign(scopes.of(tenant, signal), run, spanMs),
    lastEntry: async (tenant, campaignId, personKey, signal) =>
      readLastEntry(scopes.of(tenant, signal), campaignId, personKey),
    takeSend: async (tenant, personKey, messageId, at, limits, signal) =>
      takePlace(scopes.of(tenant, signal), personKey, messageId, at, limits),
    removeFromFlow: async (tenant, personKey, campaignId, except, at, signal) =>
      removeRuns(scopes.of(tenant, signal), personKey, campaignId, except, at),

    async get(tenant, ids, signal) {
      const runs = await readRuns(scopes.of(tenant, signal), ids);
      return ids.map((id) => runs.get(id)?.run ?? null);
    },

    list: async (tenant, question, signal) => listRuns(scopes.of(tenant, signal), question),

    async steps(tenant, runId, signal) {
      return (await readRuns(scopes.of(tenant, signal), [runId])).get(runId)?.steps ?? [];
    },

    replay: async (tenant, runId, at, signal) => replayRun(scopes.of(tenant, signal), runId, at),

    async backlog(now, signal) {
      const lanes = Map.groupBy(await lanesDue(client, schema, now, signal), ({ tenantId }) => tenantId);
      const backlog: { tenantId: string; due: number; lagMs: number }[] = [];
      await inTurn([...lanes], async ([tenantId, own]) => {
        const scope = scopes.of(tenantOf(tenantId), signal);
        const counts = await Promise.all(own.map((lane) => countDue(scope, lane, now)));
        const due = counts.reduce((sum, count) => sum + count.due, 0);
        const first = Math.min(...counts.map((count) => count.first));
        if (due > 0) backlog.push({ tenantId, due, lagMs: now - first });
      });
      return backlog.sort((a, b) => (a.tenantId < b.tenantId ? -1 : 1));
    },

    erase: async (tenant, { leads }, signal) => eraseRuns(scopes.of(tenant, signal), leads),

    async *export(tenant, leads, after, signal) {
      yield* exportRuns(scopes.of(tenant, signal), leads, after);
    },
  };
}

/** Runs of one read, at least: some belong to another person by now, or have another status. */
const PAGE = 50;

async function listRuns(
  scope: Scope,
  { campaignId, personKey, statuses, first, after }: RunQuestion,
): Promise<Run[]> {
  if (campaignId === null && personKey === null)
    throw new DomainError('BAD_USER_INPUT', 'Runs are those of a campaign or of a person.');
  const owner = personKey === null ? ofCampaign(campaignId ?? '') : ofPerson(personKey);
  const isAsked = (run: Run): boolean =>
    (campaignId === null || run.campaignId === campaignId) &&
    (personKey === null || run.personKey === personKey) &&
    (statuses?.includes(run.status) ?? true);
  const found: Run[] = [];
  const size = Math.max(first, PAGE);
  if (statuses?.length === 0) return [];
  for (let last = after; found.length < first; ) {
    const places = await placesOf(scope, owner, size, last);
    const runs = await readRuns(
      scope,
      places.map(({ id }) => id),
    );
    for (const { id } of places) {
      const run = runs.get(id)?.run;
      if (run && isAsked(run)) found.push(run);
    }
    last = places.at(-1) ?? last;
    if (places.length < size) break;
  }
  return found.slice(0, first);
}
