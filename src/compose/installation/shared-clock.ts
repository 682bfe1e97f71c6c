import type { ActivityLog } from '../../datasources/activity-log/port.ts';
import type { Clock } from '../../domain/time/clock.ts';
import { DomainError } from '../../lib/errors.ts';
import { runRounds } from '../../lib/rounds.ts';

/** The records of a partition in which the latest time of arrival is looked for: writes overtake one another a little. */
const LAST_RECORDS = 500;
const EVERY_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** Sets the clock to at least the latest time of arrival in the log: a clock that stepped back before a start changes nothing. */
export async function continueFromLog(clock: Clock, log: ActivityLog, signal: AbortSignal): Promise<void> {
  for (const { partition, first, next } of await log.partitions(signal)) {
    if (next <= first) continue;
    for await (const batch of log.read(partition, Math.max(first, next - LAST_RECORDS), signal))
      for (const { record } of batch)
        if (record.kind === 'activity') clock.atLeast(record.activity.receivedAt);
  }
}

/**
 * Aligns the clock with a clock that all processes share, once a minute.
 * @param ask the time there, epoch milliseconds
 */
export function followSharedClock(
  clock: Clock,
  ask: (signal: AbortSignal) => Promise<number>,
  onError: (error: unknown) => void,
): { close(): Promise<void> } {
  return runRounds(
    async (signal) => {
      const before = Date.now();
      const there = await ask(signal);
      const after = Date.now();
      clock.follow(there - (before + after) / 2);
    },
    {
      everyMs: EVERY_MS,
      timeoutMs: TIMEOUT_MS,
      timedOut: () => new DomainError('TIMEOUT', 'The shared clock did not answer in time.'),
      onError,
    },
  );
}
