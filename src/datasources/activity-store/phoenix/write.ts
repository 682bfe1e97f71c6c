import { type ActivityId, parseActivityId } from '../../../domain/ids.ts';
import type { TenantActivities } from '../port.ts';
import { rowKey } from './keys.ts';
import { encodeActivity } from './rows.ts';
import type { Scope, Scopes } from './scope.ts';

/**
 * Writes the rows of activities, and nothing else: one plain row each, no read, no lock. The same activity again is the
 * same row. A repeat with another body is corrected once the log has settled the first; see `followers/settle.ts`.
 */
export async function putActivities(
  scopes: Scopes,
  groups: readonly TenantActivities[],
  signal: AbortSignal,
): Promise<void> {
  await scopes.upsertAll(
    { into: 'ACTIVITIES', columns: ['ROW_KEY', 'TYPE', 'BODY'] },
    groups.map(({ tenant, activities }) => ({
      tenant,
      rows: activities.map((activity) => {
        const { key, body } = encodeActivity(activity);
        return [key, activity.type, body];
      }),
    })),
    signal,
  );
}

/** Removes the rows of these ids; those that are not there, or no ids, are no error. */
export async function removeActivities(scope: Scope, ids: readonly ActivityId[]): Promise<void> {
  const keys = ids.flatMap((id) => parseActivityId(id) ?? []);
  if (keys.length === 0) return;
  await scope.remove(
    'ACTIVITIES',
    'ROW_KEY = ?',
    keys.map((key) => [rowKey(key)]),
  );
}
