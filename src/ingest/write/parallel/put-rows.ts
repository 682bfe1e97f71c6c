import type { ActivityRows } from '../../../datasources/activity-store/port.ts';
import type { Breaker } from '../../../lib/breaker.ts';
import type { Turn } from '../lane-turns.ts';

/** Puts the rows of all activities of a batch. @returns whether the store has them */
export type PutRows = (turns: readonly Turn[]) => Promise<boolean>;

type PutRowsOptions = {
  readonly store: Pick<ActivityRows, 'put'>;
  readonly breaker: Breaker;
  readonly timeoutMs: number;
  onError(error: unknown): void;
};

/**
 * The store's half of a write to log and store at once: rows of activities of all tenants together. The log has them,
 * too, so that a store that is down misses them until they are settled.
 */
export const createPutRows =
  ({ store, breaker, timeoutMs, onError }: PutRowsOptions): PutRows =>
  async (turns) => {
    const groups = turns.flatMap(({ tenant, entries }) => {
      const activities = entries.flatMap(({ records }) =>
        records.flatMap((record) => (record.kind === 'activity' ? [record.activity] : [])),
      );
      return activities.length > 0 ? [{ tenant, activities }] : [];
    });
    if (groups.length === 0) return true;
    if (!breaker.allows()) return false;
    try {
      await store.put(groups, AbortSignal.timeout(timeoutMs));
      breaker.succeeded();
      return true;
    } catch (error) {
      breaker.failed();
      onError(error);
      return false;
    }
  };
