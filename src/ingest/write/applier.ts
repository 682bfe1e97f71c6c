import type { LogPosition } from '../../datasources/activity-log/port.ts';
import type { LogRecord } from '../../domain/activity.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { createWorkLoop } from '../../lib/work-loop.ts';
import { type Backlog, type BacklogOptions, createBacklog, PARTITION } from './backlog.ts';
import { applyFromLog, type FromLogSink } from './from-log.ts';
import { createRuns, type Run, type Runs, type Settled, settledOf } from './runs.ts';
import type { Applied } from './write-apply.ts';

/** Writes records of the log into the store. */
export interface Applier {
  /**
   * Hands over records that were appended, in the order of the log. Resolves when they are in the store, or after the
   * store's timeout. While the tenant is behind, it resolves at once. Later the records are read from the log.
   */
  settle(tenant: Tenant, records: readonly LogRecord[], positions: readonly LogPosition[]): Promise<Settled>;
  /** Calls of `settle` that are not answered yet. */
  readonly unanswered: number;
  /** Tenants whose newest records are in the log but not yet in the store. */
  behind(): readonly string[];
  /** Whether a tenant must not write more at the moment, so that its store can catch up. */
  isHeld(tenantId: string): boolean;
  /** Ends after the transaction that is under way, and saves the checkpoint. */
  close(): Promise<void>;
}

export type ApplierOptions = FromLogSink &
  Pick<BacklogOptions, 'log' | 'tenantOf' | 'retryDelayMs'> & {
    /** Everything in the log before this offset is in the store. */
    readonly start: number;
    /** Records of one transaction; more only where they were handed over together. */
    readonly batchRecords: number;
    /** A call was answered, or a tenant is held no longer. */
    onProgress(): void;
  };

const NOTHING: Settled = new Map();

type State = {
  readonly options: ApplierOptions;
  /** Records that were handed over, and wait. */
  readonly runs: Runs;
  /** Records that the store has missed. */
  readonly backlog: Backlog;
  /** Everything before it is in the store, except for the backlog. */
  position: number;
  /** The checkpoint as the store has it. */
  saved: number;
  /** There is something to do. */
  wake(): void;
};

/**
 * Writes records of the log into the store, in the order of the log, one transaction after the other. The checkpoint is
 * saved in the same transaction. If the store fails or is too slow for a tenant, that tenant is behind. Its records are
 * then read from the log until it has caught up, and other tenants go on. The checkpoint stays before the first missing
 * record, so that the next start reads on from there.
 */
export function createApplier(options: ApplierOptions): Applier {
  const stopping = new AbortController();
  const state: State = {
    options,
    position: options.start,
    saved: options.start,
    runs: createRuns({
      maxRecords: options.batchRecords,
      timeoutMs: options.storeTimeoutMs,
      onLate: (run) => miss(state, [run]),
      onAnswered: options.onProgress,
    }),
    backlog: createBacklog({
      ...options,
      signal: stopping.signal,
      apply: (tenant, records, end) => applyMissed(state, tenant, records, end),
    }),
    wake: () => loop.wake(),
  };
  const { runs, backlog } = state;
  const loop = createWorkLoop({
    async step() {
      const [hasRuns, isDue] = [!runs.isEmpty, backlog.dueAt <= performance.now()];
      if (hasRuns) await applyWaiting(state);
      if (isDue && !stopping.signal.aborted) {
        await backlog.step();
        options.onProgress();
      }
      return hasRuns || isDue;
    },
    dueAt: () => backlog.dueAt,
  });

  return {
    settle(tenant, records, positions) {
      const first = positions[0]?.offset ?? state.position;
      if (backlog.has(tenant.id)) {
        backlog.add(tenant.id, first, first + records.length);
        return Promise.resolve(NOTHING);
      }
      const settled = runs.add(tenant, records, first);
      loop.wake();
      return settled;
    },
    get unanswered() {
      return runs.unanswered;
    },
    behind: () => backlog.tenants(),
    isHeld: (tenantId) => backlog.isHeld(tenantId),
    async close() {
      stopping.abort(new Error('stopped'));
      await loop.close();
      await saveCheckpoint(state);
    },
  };
}

/** Writes records. @param reached the checkpoint when the records are in the store */
async function apply(
  state: State,
  tenant: Tenant,
  records: readonly LogRecord[],
  reached: () => number | undefined,
): Promise<Applied> {
  let checkpoint: number | undefined;
  const applied = await applyFromLog(state.options, tenant, records, () => {
    checkpoint = reached();
    return checkpoint === undefined ? undefined : new Map([[PARTITION, checkpoint]]);
  });
  if (!applied.failure && checkpoint !== undefined) state.saved = checkpoint;
  return applied;
}

/** Writes records of the backlog. @returns whether the store took them */
async function applyMissed(
  state: State,
  tenant: Tenant,
  records: readonly LogRecord[],
  end: number,
): Promise<boolean> {
  const { failure } = await apply(state, tenant, records, () =>
    Math.min(state.position, end, state.backlog.firstExcept(tenant.id)),
  );
  state.options.onProgress();
  return failure === undefined;
}

/** Leaves these runs, and all later runs of their tenants, to the backlog. */
function miss(
  { runs, backlog, wake }: State,
  missed: readonly Run[],
  settled: ReadonlyMap<Run, Settled> = new Map(),
): void {
  const later = runs.takeOf(new Set(missed.map(({ tenant }) => tenant.id)));
  for (const run of [...missed, ...later]) {
    backlog.add(run.tenant.id, run.first, run.end);
    run.answer(settled.get(run) ?? NOTHING);
  }
  wake();
}

/** Writes the runs that wait, tenant by tenant. */
async function applyWaiting(state: State): Promise<void> {
  const { runs, backlog } = state;
  const groups = runs.take();
  const end = Math.max(...groups.flat().map((run) => run.end));
  for (const [index, group] of groups.entries()) {
    const [{ tenant }] = group as [Run];
    // Became late while the groups before it were written.
    if (backlog.has(tenant.id)) {
      miss(state, group);
      continue;
    }
    const isLast = index === groups.length - 1;
    const { outcomes, failure } = await apply(
      state,
      tenant,
      group.flatMap(({ records }) => records),
      () => (isLast ? Math.min(end, backlog.firstExcept(undefined)) : undefined),
    );
    const parts = settledOf(group, outcomes);
    if (failure) miss(state, group, parts);
    else for (const [run, settled] of parts) run.answer(settled);
  }
  state.position = end;
}

async function saveCheckpoint({ options, backlog, position, saved }: State): Promise<void> {
  const reached = Math.min(position, backlog.firstExcept(undefined));
  if (reached === saved) return;
  const signal = AbortSignal.timeout(options.storeTimeoutMs);
  // An older checkpoint only means that the next start reads more.
  await options
    .transact(({ checkpoints }) => checkpoints.save(new Map([[PARTITION, reached]]), signal), signal)
    .catch(() => {});
}
