import type { LogRecord } from '../../domain/activity.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Applied } from './write-apply.ts';

/** The outcomes of records in the store, by index; the store has not taken the others yet. */
export type Settled = Applied['outcomes'];

/** Records of one append to the log, until their sender is answered. */
export type Run = {
  readonly tenant: Tenant;
  readonly records: readonly LogRecord[];
  /** The offset of the first record, and the offset after the last. */
  readonly first: number;
  readonly end: number;
  answer(settled: Settled): void;
};

/** Runs that wait for the store, in the order of the log. */
export interface Runs {
  /** Resolves with the answer of the run. */
  add(tenant: Tenant, records: readonly LogRecord[], first: number): Promise<Settled>;
  /** Takes the oldest runs that go together, by tenant. */
  take(): readonly (readonly Run[])[];
  /** Takes all runs of these tenants. */
  takeOf(tenantIds: ReadonlySet<string>): readonly Run[];
  readonly isEmpty: boolean;
  /** Runs that are not answered, also those that were taken. */
  readonly unanswered: number;
}

export type RunsOptions = {
  /** Records that go together, at most. */
  readonly maxRecords: number;
  /** After this time without an answer, in milliseconds, `onLate` is called. */
  readonly timeoutMs: number;
  onLate(run: Run): void;
  onAnswered(): void;
};

export function createRuns({ maxRecords, timeoutMs, onLate, onAnswered }: RunsOptions): Runs {
  let runs: Run[] = [];
  let unanswered = 0;
  return {
    add: (tenant, records, first) =>
      new Promise((resolve) => {
        let isAnswered = false;
        const late = setTimeout(() => onLate(run), timeoutMs);
        const run: Run = {
          tenant,
          records,
          first,
          end: first + records.length,
          answer(settled) {
            if (isAnswered) return;
            isAnswered = true;
            clearTimeout(late);
            unanswered -= 1;
            resolve(settled);
            onAnswered();
          },
        };
        unanswered += 1;
        runs.push(run);
      }),
    take() {
      let count = 0;
      let size = 0;
      for (const { records } of runs) {
        if (size > 0 && count + records.length > maxRecords) break;
        count += records.length;
        size += 1;
      }
      return [...Map.groupBy(runs.splice(0, size), ({ tenant }) => tenant.id).values()];
    },
    takeOf(tenantIds) {
      const taken = runs.filter(({ tenant }) => tenantIds.has(tenant.id));
      runs = runs.filter(({ tenant }) => !tenantIds.has(tenant.id));
      return taken;
    },
    get isEmpty() {
      return runs.length === 0;
    },
    get unanswered() {
      return unanswered;
    },
  };
}

/** The outcomes of each part of a batch, in order, by the part's own indexes. */
export function settledOf<Part extends Pick<Run, 'records'>>(
  group: readonly Part[],
  outcomes: Settled,
): Map<Part, Settled> {
  const parts = new Map<Part, Settled>();
  let start = 0;
  for (const run of group) {
    const own = run.records.flatMap((_, index) => {
      const outcome = outcomes.get(start + index);
      return outcome ? [[index, outcome] as const] : [];
    });
    parts.set(run, new Map(own));
    start += run.records.length;
  }
  return parts;
}
