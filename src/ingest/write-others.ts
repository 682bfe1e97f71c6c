import type { ActivityRows } from '../datasources/activity-store/port.ts';
import { type Call, groupCalls } from '../datasources/grouped-calls.ts';
import type { LogRecord } from '../domain/activity.ts';
import type { Breaker } from './breaker.ts';
import { rowsAs } from './repair.ts';
import { applyWithin, type Outcome } from './write-apply.ts';

export const isOther = ({ kind }: LogRecord): boolean => kind !== 'activity';

/**
 * Writes what is not an activity, of one tenant. Nearly all of it are links, for each of which the store is asked several
 * times, one after the other; so what comes while a call of the tenant is under way goes together in the next.
 * @returns outcomes by record; those without one were not reached
 */
export function groupOthers(options: {
  readonly store: ActivityRows;
  readonly breaker: Breaker;
  readonly timeoutMs: number;
  readonly maxRecords: number;
  onError(error: unknown): void;
}): Call<LogRecord, ReadonlyMap<LogRecord, Outcome>> {
  const { store, breaker, timeoutMs, onError } = options;
  const rows = rowsAs(store, (tenant, activities, signal) => store.put([{ tenant, activities }], signal));
  return groupCalls(
    async (tenant, records) => {
      if (!breaker.allows()) return new Map();
      const { outcomes, failure } = await applyWithin(timeoutMs, rows, tenant, records);
      if (failure) {
        breaker.failed();
        onError(failure);
      } else breaker.succeeded();
      return new Map(
        records.flatMap((record, index) => {
          const outcome = outcomes.get(index);
          return outcome ? [[record, outcome]] : [];
        }),
      );
    },
    { underWay: 1, items: options.maxRecords },
  );
}
