import { type Activity, type ActivitySummary, activityBody } from '../../domain/activity.ts';
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
  const body = JSON.parse(BODY) as Omit<Activity, 'id' | 'leadKey' | 'occurredAt'>;
  // Named one by one: an object made by leaving some out is a slow one.
  return {
    id: activityId(key),
    messageId: body.messageId,
    leadKey: key.leadKey,
    identity: body.identity,
    type: body.type,
    occurredAt: key.occurredAt,
    receivedAt: body.receivedAt,
    campaign: body.campaign,
    assetId: body.assetId,
    channel: body.channel,
    source: body.source,
    attributes: body.attributes,
    context: body.context,
    country: body.country,
    device: body.device,
    isBot: body.isBot,
    // Rows from before these were recorded have none.
    agentKind: body.agentKind ?? null,
    enrichmentVersion: body.enrichmentVersion ?? 0,
    contentDigest: body.contentDigest ?? null,
  };
}

/**
 * The activity of a row, without attributes and context. Its body has them side by side, and after them nothing but
 * texts and numbers: what is found of the names of their neighbours, quotes and all, is outside of every text.
 */
export function summaryFrom({ ROW_KEY, BODY }: ActivityRow): ActivitySummary {
  const start = BODY.indexOf(',"attributes":');
  const end = BODY.lastIndexOf(',"country":');
  const isCut = start > 0 && start < end;
  return activityFrom({ ROW_KEY, BODY: isCut ? BODY.slice(0, start) + BODY.slice(end) : BODY });
}
