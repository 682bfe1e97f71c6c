import { type Activity, activityBody } from '../../domain/activity.ts';
import { DomainError } from '../../domain/errors.ts';
import { activityId, parseActivityId } from '../../domain/ids.ts';
import { keyOfRow, type RowKey, rowKey } from './phoenix-keys.ts';

/** A row of `ACTIVITIES` as it is read. */
export type ActivityRow = { readonly ROW_KEY: string; readonly BODY: string };

/** An activity ready to be stored: its row's key, and its row's text. */
type Encoded = { readonly key: RowKey; readonly body: string };

/** What the key says is not said again in the body. @throws DomainError `BAD_USER_INPUT` for a malformed id */
export function encodeActivity(activity: Activity): Encoded {
  const parsed = parseActivityId(activity.id);
  if (!parsed) throw new DomainError('BAD_USER_INPUT', 'An activity has an id that is none of this API.');
  return { key: rowKey(parsed), body: activityBody(activity) };
}

/** The activity of a row. */
export function activityFrom({ ROW_KEY, BODY }: ActivityRow): Activity {
  const key = keyOfRow(ROW_KEY);
  const { leadKey, occurredAt } = key;
  const { messageId, ...rest } = JSON.parse(BODY) as Omit<Activity, 'id' | 'leadKey' | 'occurredAt'>;
  // Rows from before versions were recorded have none.
  return {
    id: activityId(key),
    messageId,
    leadKey,
    occurredAt,
    ...rest,
    enrichmentVersion: rest.enrichmentVersion ?? 0,
  };
}
