import type { DruidClient } from './druid-client.ts';
import type { DataSource } from './druid-specs.ts';

/** A task as its supervisor knows it; offsets by partition, the next one to be read. */
export type TaskReport = {
  readonly id: string;
  readonly startingOffsets: Readonly<Record<string, number>>;
  /** Not there before the task first said. */
  readonly currentOffsets?: Readonly<Record<string, number>>;
};

/** What the overlord says of a supervisor. */
export type SupervisorReport = {
  readonly payload: {
    readonly state: string;
    readonly activeTasks: readonly TaskReport[];
    /** Those that write what they read, and serve it meanwhile. */
    readonly publishingTasks: readonly TaskReport[];
    readonly latestOffsets?: Readonly<Record<string, number>>;
  };
};

/** @throws DomainError `BACKEND_UNAVAILABLE`, also when there is no such supervisor */
export const supervisorReport = (
  druid: DruidClient,
  prefix: string,
  source: DataSource,
  signal: AbortSignal,
): Promise<SupervisorReport> =>
  druid.call(
    { at: 'coordinator', path: `/druid/indexer/v1/supervisor/${encodeURIComponent(prefix + source)}/status` },
    signal,
  );
