import type { ActivityLog, ErasedLeads } from '../../../datasources/activity-log/port.ts';
import type { LogRecord } from '../../../domain/activity.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { never } from '../../../lib/abort.ts';
import { createBreaker } from '../../../lib/breaker.ts';
import type { Turn } from '../lane-turns.ts';
import { asUnavailable } from '../write-answers.ts';
import { createLateAppends } from './late-appends.ts';

/** The log's half of a write to log and store at once. */
export type LogWrites = {
  /** Whether the log is asked now; after a failure it is not, for a moment. */
  allows(): boolean;
  /** @returns why the log did not take the records; undefined when it has them */
  append(turn: Turn): Promise<Error | undefined>;
  /** Appends records that the store has and the log refused, as soon as the log takes them. */
  appendLater(tenant: Tenant, records: readonly LogRecord[]): void;
  /** Estimated bytes of the records that are appended later. */
  readonly lateBytes: number;
  /** Tries once more to append them. */
  close(): Promise<void>;
};

/** @param openMs how long the log is not asked after a failure, in milliseconds */
export function createLogWrites(
  log: Pick<ActivityLog, 'append'>,
  openMs: number,
  onError: (error: unknown) => void,
  erased?: ErasedLeads,
): LogWrites {
  const breaker = createBreaker(openMs);
  const late = createLateAppends(log, onError, erased);
  const unstopped = never();
  return {
    allows: () => breaker.allows(),
    async append({ tenant, entries }) {
      try {
        await log.append(
          tenant,
          entries.flatMap(({ records }) => records),
          unstopped,
        );
        breaker.succeeded();
        return undefined;
      } catch (error) {
        breaker.failed();
        return asUnavailable(error);
      }
    },
    appendLater: (tenant, records) => late.add(tenant, records),
    get lateBytes() {
      return late.bytes;
    },
    close: () => late.close(),
  };
}
