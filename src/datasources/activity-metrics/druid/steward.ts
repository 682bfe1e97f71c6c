import { runRounds } from '../../../lib/rounds.ts';
import { type DruidConfig, druidUnavailable, openDruid } from './client.ts';
import { DATA_SOURCES } from './specs.ts';
import { overlordStart, publishGroups, supervisorReport, type TaskReport, wantedTasks } from './status.ts';

const EVERY_MS = 2_000;
const ROUND_TIMEOUT_MS = 10_000;

/**
 * Replaces tasks whose rows are not trusted (see `completeness.ts`), so that figures pass again. Any number of stewards
 * may run.
 *
 * Ends tasks from before the overlord's start. The supervisor then starts others where published segments end. After a
 * restart the overlord starts all tasks again, even a task that follows unpublished rows of another task. The
 * supervisor of Druid 33 may end that other task, and continue without its rows for up to a task's duration.
 *
 * Makes tasks publish that follow a failed task. The overlord forgets the names of a failed task's segments at once,
 * and gives them to its successor. Where one process runs both, the failed task withdraws the successor's announcement
 * as it ends. No query sees the successor's rows then until they are published.
 * @param onError receives errors of failed rounds; the next round retries
 */
export function openDruidSteward(
  config: DruidConfig,
  onError: (error: unknown) => void,
): { close(): Promise<void> } {
  const druid = openDruid(config);
  const end = (id: string, signal: AbortSignal): Promise<unknown> => {
    const path = `/druid/indexer/v1/task/${encodeURIComponent(id)}/shutdown`;
    return druid.call({ at: 'coordinator', path, json: {}, none: [400, 404] }, signal);
  };
  const tend = async (name: string, startedAt: number, signal: AbortSignal): Promise<void> => {
    const { activeTasks } = (await supervisorReport(druid, name, signal)).payload;
    const wanted = await wantedTasks(druid, name, startedAt, activeTasks.length, signal);
    for (const [id, { isOfBefore }] of wanted) if (isOfBefore) await end(id, signal);
    const hidden = activeTasks.filter(
      ({ id }) => wanted.get(id)?.followsFailed && !wanted.get(id)?.isOfBefore,
    );
    const groups = hidden.flatMap((task) => groupOf(task, activeTasks.length));
    if (groups.length > 0) await publishGroups(druid, name, groups, signal);
  };
  const round = async (signal: AbortSignal): Promise<void> => {
    const startedAt = await overlordStart(druid, signal);
    for (const source of DATA_SOURCES) await tend(config.prefix + source, startedAt, signal);
  };
  const rounds = runRounds(round, {
    everyMs: EVERY_MS,
    timeoutMs: ROUND_TIMEOUT_MS,
    timedOut: druidUnavailable,
    onError,
  });
  return {
    async close() {
      await rounds.close();
      await druid.close();
    },
  };
}

/** The supervisor's group of tasks that read the same partitions. */
const groupOf = ({ startingOffsets }: TaskReport, groups: number): number[] =>
  Object.keys(startingOffsets ?? {})
    .slice(0, 1)
    .map((partition) => Number(partition) % groups);
