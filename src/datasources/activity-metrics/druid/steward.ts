import { runRounds } from '../../../lib/rounds.ts';
import { type DruidConfig, druidUnavailable, openDruid } from './client.ts';
import { DATA_SOURCES } from './specs.ts';
import { overlordStart, publishGroups, supervisorReport, type TaskReport, wantedTasks } from './status.ts';

const EVERY_MS = 2_000;
const ROUND_TIMEOUT_MS = 10_000;

/**
 * Sees to tasks whose rows are not relied on (see `druid-completeness.ts`), so that figures are given again. Any
 * number of stewards may run.
 *
 * Ends tasks of before the overlord was started, whose supervisor then has others begin where what is published ends.
 * After a restart the overlord has all tasks begin anew, also one that follows upon rows that another had read and
 * not published; the supervisor of Druid 33 may end that other, and go on without its rows until the one that
 * follows is to publish, up to a task's duration later.
 *
 * Has tasks publish that follow upon one that failed. The overlord forgets the names of a failed task's segments at
 * once, and gives them to its successor's; where one process runs both, the failed one, as it ends, takes back the
 * announcement that is the other's, whose rows no query sees then until they are published.
 * @param onError told of rounds that failed; the next one tries again
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

/** The supervisor's name for what reads the same partitions. */
const groupOf = ({ startingOffsets }: TaskReport, groups: number): number[] =>
  Object.keys(startingOffsets ?? {})
    .slice(0, 1)
    .map((partition) => Number(partition) % groups);
