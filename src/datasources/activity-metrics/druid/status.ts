import { pollUntil } from '../../../lib/retry.ts';
import { type DruidClient, druidUnavailable } from './client.ts';

/** A task in its supervisor's report; offsets by partition are the next offsets to read. */
export type TaskReport = {
  readonly id: string;
  readonly startingOffsets?: Readonly<Record<string, number>>;
  /** Missing until the task's first report. */
  readonly currentOffsets?: Readonly<Record<string, number>>;
};

/** The overlord's report of a supervisor. */
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

/** Has tasks publish what they have read, and others go on reading; they do so in a moment. @param groups the supervisor's */
export const publishGroups = (
  druid: DruidClient,
  name: string,
  groups: readonly number[],
  signal: AbortSignal,
): Promise<unknown> => {
  const path = `/druid/indexer/v1/supervisor/${encodeURIComponent(name)}/taskGroups/handoff`;
  return druid.call({ at: 'coordinator', path, json: { taskGroupIds: groups } }, signal);
};

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

/** Why what a task holds is not to be relied on. */
type WantedTask = {
  /** It is of before the overlord was started. */
  readonly isOfBefore: boolean;
  /** It followed a failed task: the segments of both may have the same name, see `openDruidSteward`. */
  readonly followsFailed: boolean;
};
/** By name. */
export type WantedTasks = ReadonlyMap<string, WantedTask>;

type ListedTask = {
  readonly id: string;
  /** ISO-8601, all of one length. */
  readonly createdTime: string;
  readonly statusCode: TaskEnd;
};
/** Of the tasks that have ended, only so many of the latest are asked for. */
const MAX_ENDED = 50;

/**
 * The tasks that read the topic into a data source, whether they run yet or not.
 * @param startedAt see `overlordStart`
 * @param readers see `wantedOf`
 */
export async function wantedTasks(
  druid: DruidClient,
  name: string,
  startedAt: number,
  readers: number,
  signal: AbortSignal,
): Promise<WantedTasks> {
  const path = `/druid/indexer/v1/tasks?datasource=${encodeURIComponent(name)}&type=index_kafka&max=${MAX_ENDED}`;
  return wantedOf(await druid.call<ListedTask[]>({ at: 'coordinator', path }, signal), startedAt, readers);
}

/**
 * @param listed all tasks of a data source that have not ended, and the latest that have
 * @param startedAt see `overlordStart`
 * @param readers how many tasks read at a time: each may follow upon any of as many before it
 */
export function wantedOf(listed: readonly ListedTask[], startedAt: number, readers: number): WantedTasks {
  const wanted = listed.filter(({ statusCode }) => statusCode === 'RUNNING');
  const latestFirst = listed.toSorted((one, other) => (one.createdTime < other.createdTime ? 1 : -1));
  const followsFailed = ({ createdTime }: ListedTask): boolean =>
    latestFirst
      .filter((other) => other.createdTime < createdTime)
      .slice(0, Math.max(1, readers))
      .some(({ statusCode }) => statusCode === 'FAILED');
  return new Map(
    wanted.map((task) => [
      task.id,
      { isOfBefore: Date.parse(task.createdTime) < startedAt, followsFailed: followsFailed(task) },
    ]),
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

/** The overlord's status of tasks; an unknown task has failed. */
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

const POLL_MS = 250;

/** Until tasks have read the topic up to `ends`. */
export async function untilRead(
  druid: DruidClient,
  name: string,
  ends: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const isRead = async (): Promise<boolean> => {
    const { activeTasks } = (await supervisorReport(druid, name, signal)).payload;
    return [...ends].every(([partition, end]) =>
      end === 0 ? true : activeTasks.some(({ currentOffsets }) => (currentOffsets?.[partition] ?? -1) >= end),
    );
  };
  await pollUntil(isRead, POLL_MS, signal);
}

/** Has tasks publish what they have read; resolves when they have. */
export async function publish(druid: DruidClient, name: string, signal: AbortSignal): Promise<void> {
  const { activeTasks } = (await supervisorReport(druid, name, signal)).payload;
  const old = new Set(activeTasks.map(({ id }) => id));
  await publishGroups(druid, name, [...activeTasks.keys()], signal);
  const isPublished = async (): Promise<boolean> => {
    const { payload } = await supervisorReport(druid, name, signal);
    return [...payload.activeTasks, ...payload.publishingTasks].every(({ id }) => !old.has(id));
  };
  await pollUntil(isPublished, POLL_MS, signal);
}

/** Where the tasks of now have begun to read, by partition: everything before is published. */
export async function beginningOf(
  druid: DruidClient,
  name: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const { activeTasks } = (await supervisorReport(druid, name, signal)).payload;
  return Object.assign({}, ...activeTasks.map(({ startingOffsets }) => startingOffsets));
}
