import { type DruidClient, druidUnavailable } from './druid-client.ts';

/** A task as its supervisor knows it; offsets by partition, the next one to be read. */
export type TaskReport = {
  readonly id: string;
  /** Not there before the task first said. */
  readonly currentOffsets?: Readonly<Record<string, number>>;
};

/** What the overlord says of a supervisor. */
export type SupervisorReport = {
  readonly payload: {
    readonly detailedState: string;
    readonly activeTasks: readonly TaskReport[];
    /** Those that write what they read, and serve it meanwhile. */
    readonly publishingTasks: readonly TaskReport[];
    readonly latestOffsets?: Readonly<Record<string, number>>;
  };
};

/** @param name of the data source. @throws DomainError `BACKEND_UNAVAILABLE`, also when there is no such supervisor */
export const supervisorReport = (
  druid: DruidClient,
  name: string,
  signal: AbortSignal,
): Promise<SupervisorReport> =>
  druid.call(
    { at: 'coordinator', path: `/druid/indexer/v1/supervisor/${encodeURIComponent(name)}/status` },
    signal,
  );

/** The tasks that read the topic into a data source, as far as they run on some worker. */
export async function runningTasks(
  druid: DruidClient,
  name: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const path = '/druid/indexer/v1/workers';
  const workers = await druid.call<{ runningTasks: string[] }[]>({ at: 'coordinator', path }, signal);
  const own = `index_kafka_${name}_`;
  return new Set(workers.flatMap((worker) => worker.runningTasks.filter((task) => task.startsWith(own))));
}

/** By name, whether a task is of before the overlord was started. */
export type WantedTasks = ReadonlyMap<string, { readonly isOfBefore: boolean }>;

/**
 * The tasks that read the topic into a data source, whether they run yet or not.
 * @param startedAt see `overlordStart`
 */
export async function wantedTasks(
  druid: DruidClient,
  name: string,
  startedAt: number,
  signal: AbortSignal,
): Promise<WantedTasks> {
  const path = `/druid/indexer/v1/tasks?datasource=${encodeURIComponent(name)}&type=index_kafka&state=`;
  const lists = await Promise.all(
    ['running', 'pending', 'waiting'].map((state) =>
      druid.call<{ id: string; createdTime: string }[]>({ at: 'coordinator', path: path + state }, signal),
    ),
  );
  return new Map(
    lists.flat().map(({ id, createdTime }) => [id, { isOfBefore: Date.parse(createdTime) < startedAt }]),
  );
}

/** When the overlord that leads was started, epoch milliseconds. @throws DomainError `BACKEND_UNAVAILABLE` */
export async function overlordStart(druid: DruidClient, signal: AbortSignal): Promise<number> {
  const text = "SELECT start_time FROM sys.servers WHERE server_type = 'overlord' AND is_leader = 1";
  const [row] = await druid.sql(text, 'light', signal);
  const startedAt = Date.parse(String(row?.[0]));
  if (Number.isNaN(startedAt)) throw druidUnavailable(new Error('no overlord leads'));
  return startedAt;
}

export type TaskEnd = 'SUCCESS' | 'FAILED' | 'RUNNING';

/** What the overlord says of tasks; one that it doesn't know has failed. */
export async function taskStatuses(
  druid: DruidClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TaskEnd>> {
  const told = await Promise.all(
    names.map(async (name) => {
      const path = `/druid/indexer/v1/task/${encodeURIComponent(name)}/status`;
      type Status = { status: { statusCode: TaskEnd } } | null;
      const answer = await druid.call<Status>({ at: 'coordinator', path, none: [404] }, signal);
      return [name, answer?.status.statusCode ?? 'FAILED'] as const;
    }),
  );
  return new Map(told);
}
