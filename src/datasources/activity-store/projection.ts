import type { Activity } from '../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { Queryable } from '../db/db.ts';

/**
 * Something derived from activities that lives in the same database (roll-ups): called inside the
 * transaction that stores them, with the newly stored rows only, so that neither can be there without the other.
 */
export type WriteProjection = (
  q: Queryable,
  tenantId: string,
  stored: readonly Activity[],
  typeOf: (name: string) => ActivityTypeDefinition | undefined,
) => Promise<void>;
