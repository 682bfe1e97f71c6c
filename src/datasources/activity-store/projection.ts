import type { Activity } from '../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { Erasure } from '../../domain/erasure.ts';
import type { Queryable } from '../db/db.ts';

/**
 * Something derived from activities that lives in the same database (roll-ups). Both functions are called inside the
 * transaction of the rows, so that neither can be there without the other.
 */
export type WriteProjection = {
  /** Counts newly stored activities, and those only. */
  add(
    q: Queryable,
    tenantId: string,
    stored: readonly Activity[],
    typeOf: (name: string) => ActivityTypeDefinition | undefined,
  ): Promise<void>;
  /** Takes the person out: counts that name nobody stay. */
  erase(q: Queryable, tenantId: string, erasure: Erasure): Promise<void>;
};
