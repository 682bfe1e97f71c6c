import { setTimeout as sleep } from 'node:timers/promises';

/** Records that each consumer group has still to handle, by group. */
export type Lags = ReadonlyMap<string, number>;

/** Groups of the workers. */
const GROUPS = 3;
/** So often in a row nothing may be left: one group hands on to another. */
const QUIET = 3;

/**
 * @param workers address of the process whose metrics tell
 * @returns a group whose lag is not known yet is missing; none is there while the process doesn't answer
 */
export async function lagsOf(workers: string): Promise<Lags> {
  const answer = await fetch(`${workers}/metrics`).catch(() => undefined);
  const text = (await answer?.text()) ?? '';
  return new Map(
    [...text.matchAll(/^journeygraph_consumer_lag_records\{group="(\w+)"\} (\d+)$/gm)].map(
      ([, group = '', count]) => [group, Number(count)] as const,
    ),
  );
}

/** Until no group has anything left; Druid and Solr show it some seconds later. */
export async function untilCaughtUp(
  read: () => Promise<Lags>,
  everyMs: number,
  onLags: (lags: Lags) => void = () => {},
): Promise<void> {
  for (let quiet = 0; quiet < QUIET; ) {
    const lags = await read();
    quiet = lags.size >= GROUPS && [...lags.values()].every((left) => left === 0) ? quiet + 1 : 0;
    onLags(lags);
    await sleep(everyMs);
  }
}
