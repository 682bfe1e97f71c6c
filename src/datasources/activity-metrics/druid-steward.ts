import { setTimeout as sleep } from 'node:timers/promises';
import { type DruidConfig, openDruid } from './druid-client.ts';
import { DATA_SOURCES } from './druid-specs.ts';
import { overlordStart, wantedTasks } from './druid-status.ts';

const EVERY_MS = 2_000;
const ROUND_TIMEOUT_MS = 10_000;

/**
 * Ends tasks of before the overlord was started, whose supervisor then has others begin where what is published ends.
 *
 * After a restart the overlord has all tasks begin anew, also one that follows upon rows that another had read and
 * not published; the supervisor of Druid 33 may end that other, and go on without its rows until the one that
 * follows is to publish, up to a task's duration later. Until these tasks are gone no figures are given (see
 * `druid-completeness.ts`). Any number of stewards may run.
 * @param onError told of rounds that failed; the next one tries again
 */
export function openDruidSteward(
  config: DruidConfig,
  onError: (error: unknown) => void,
): { close(): Promise<void> } {
  const druid = openDruid(config);
  const closed = new AbortController();
  const round = async (signal: AbortSignal): Promise<void> => {
    const startedAt = await overlordStart(druid, signal);
    for (const source of DATA_SOURCES)
      for (const [id, { isOfBefore }] of await wantedTasks(
        druid,
        config.prefix + source,
        startedAt,
        signal,
      )) {
        if (!isOfBefore) continue;
        const path = `/druid/indexer/v1/task/${encodeURIComponent(id)}/shutdown`;
        await druid.call({ at: 'coordinator', path, json: {}, none: [400, 404] }, signal);
      }
  };
  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(ROUND_TIMEOUT_MS)]);
      await round(signal).catch((error: unknown) => {
        if (!closed.signal.aborted) onError(error);
      });
      await sleep(EVERY_MS, undefined, { signal: closed.signal }).catch(() => {});
    }
  };
  const watching = watch();
  return {
    async close() {
      closed.abort();
      await watching;
      await druid.close();
    },
  };
}
