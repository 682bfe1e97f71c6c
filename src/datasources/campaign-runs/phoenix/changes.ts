import type { Decision } from '../../../domain/campaigns/decision.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import { changeVersioned, writeVersioned } from '../../activity-store/phoenix/documents/versioned.ts';
import type { Scope } from '../../activity-store/phoenix/scope.ts';
import type { LeasedRun, Run, RunStep } from '../port.ts';
import { release } from './lease.ts';
import { dequeue, enqueue } from './queue.ts';
import {
  allPlaces,
  encodeRun,
  ofCampaign,
  ofPerson,
  putPlaces,
  RUNS,
  readRuns,
  type StoredRun,
} from './rows.ts';

/** Adds decisions as runs. The caller repeats it after a crash, so nothing is left out for good. */
export async function addRuns(
  scope: Scope,
  decisions: readonly (Decision & { readonly order: number })[],
): Promise<void> {
  const runs = [...new Map(decisions.map((one) => [one.id, one])).values()].map(({ order, ...decision }) => ({
    cost: Math.max(0, order - decision.receivedAt),
    run: newRun(decision),
  }));
  if (runs.length === 0) return;
  await putPlaces(
    scope,
    runs.flatMap(({ run }) => [
      { ...run, owner: ofCampaign(run.campaignId) },
      { ...run, owner: ofPerson(run.leadKey) },
    ]),
  );
  await writeVersioned(
    scope,
    RUNS,
    runs.map(({ run, cost }) => ({
      key: run.id,
      before: undefined,
      body: encodeRun({ run, cost, lease: null, steps: [] }),
    })),
  );
  await enqueue(
    scope,
    runs.map(({ run, cost }) => ({ cost, dueAt: run.receivedAt, id: run.id })),
  );
}

const newRun = (decision: Decision): Run => ({
  ...decision,
  status: 'NEW',
  personKey: decision.leadKey,
  step: 0,
  dueAt: decision.receivedAt,
  enteredAt: null,
  attempts: 0,
  reason: null,
});

/**
 * Writes a run's new state and gives up its lease, in one change of its row. Before it come the rows that find the run,
 * after it those go that found it. A process that dies in between leaves a place that leads nowhere, or a person who is
 * free when the lease ends.
 * @returns false where the lease is lost
 */
export async function saveRun(
  scope: Scope,
  { run: before, lease }: LeasedRun,
  { personKey, status, step, dueAt, enteredAt, attempts, reason }: Run,
  steps: readonly RunStep[],
): Promise<boolean> {
  const stored = (await readRuns(scope, [before.id])).get(before.id);
  if (stored?.lease !== lease) return false;
  const run: Run = { ...stored.run, personKey, status, step, dueAt, enteredAt, attempts, reason };
  const isMoved = dueAt !== stored.run.dueAt;
  await Promise.all([
    ...(dueAt !== null && isMoved ? [enqueue(scope, [{ cost: stored.cost, dueAt, id: run.id }])] : []),
    ...(personKey === before.personKey ? [] : [putPlaces(scope, [{ ...run, owner: ofPerson(personKey) }])]),
  ]);
  const done = new Map(stored.steps.map((one) => [one.path, one]));
  for (const one of steps) done.set(one.path, one);
  if (!(await change(scope, stored, { run, lease: null, steps: [...done.values()] }))) return false;
  await Promise.all([
    ...(isMoved ? [leaveQueue(scope, stored)] : []),
    release(scope, [{ personKey: before.personKey, runId: run.id, lease }]),
  ]);
  return true;
}

/** Ends unfinished runs of a person, with their leases. @returns how many */
export async function removeRuns(
  scope: Scope,
  personKey: LeadKey,
  campaignId: string | null,
  except: string,
  at: number,
): Promise<number> {
  let removed = 0;
  for await (const places of allPlaces(scope, ofPerson(personKey), at)) {
    let left = places.map(({ id }) => id).filter((id) => id !== except);
    // A run that somebody changed meanwhile is looked at again.
    while (left.length > 0) {
      const runs = [...(await readRuns(scope, left)).values()].filter(
        ({ run }) =>
          run.dueAt !== null &&
          run.personKey === personKey &&
          (campaignId === null || run.campaignId === campaignId),
      );
      const ended = await Promise.all(runs.map((stored) => endRun(scope, stored)));
      removed += ended.filter(Boolean).length;
      left = runs.flatMap(({ run }, index) => (ended[index] ? [] : [run.id]));
    }
  }
  return removed;
}

async function endRun(scope: Scope, stored: StoredRun): Promise<boolean> {
  const { lease, run } = stored;
  const ended: Run = { ...run, status: 'REMOVED', dueAt: null };
  if (!(await change(scope, stored, { run: ended, lease: null }))) return false;
  await leaveQueue(scope, stored);
  if (lease) await release(scope, [{ personKey: run.personKey, runId: run.id, lease }]);
  return true;
}

/** Gives a failed run to the queue again. @returns false where it is not failed */
export async function replayRun(scope: Scope, runId: string, at: number): Promise<boolean> {
  const stored = (await readRuns(scope, [runId])).get(runId);
  if (stored?.run.status !== 'FAILED') return false;
  const status = stored.run.enteredAt === null ? 'NEW' : 'WAITING';
  const run: Run = { ...stored.run, status, dueAt: at, attempts: 0, reason: null };
  await enqueue(scope, [{ cost: stored.cost, dueAt: at, id: runId }]);
  return change(scope, stored, { run });
}

/** @returns false where somebody else has changed the run */
async function change(
  scope: Scope,
  stored: StoredRun,
  to: Partial<Pick<StoredRun, 'run' | 'lease' | 'steps'>>,
): Promise<boolean> {
  const { id } = stored.run;
  const body = encodeRun({ ...stored, ...to });
  return (await changeVersioned(scope, RUNS, [{ key: id, before: stored.row, body }])).has(id);
}

/** Removes the place that a run had. */
export const leaveQueue = (scope: Scope, { run, cost }: StoredRun): Promise<void> =>
  run.dueAt === null ? Promise.resolve() : dequeue(scope, [{ cost, dueAt: run.dueAt, id: run.id }]);
