import { type ActivityId, activityId } from '../../../domain/ids.ts';

/** The key of a row of `activities` in its tenant. */
export type RowKey = { readonly lead_key: string; readonly occurred_at: number; readonly hash: string };

export const idOf = (row: RowKey): ActivityId =>
  activityId({ leadKey: row.lead_key, occurredAt: row.occurred_at, hash: row.hash });
