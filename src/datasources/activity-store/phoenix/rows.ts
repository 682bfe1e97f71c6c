import { type Activity, type ActivitySummary, activityBody } from '../../../domain/activity.ts';
import { activityId, parseActivityId } from '../../../domain/ids.ts';
import { DomainError } from '../../../lib/errors.ts';
import { isMark, keyOfRow, type RowKey, rowKey } from './keys.ts';
import type { Scope } from './scope.ts';

/** Rows that are read together. */
const PAGE = 500;

/** A row of `ACTIVITIES` as it is read. */
export type ActivityRow = { readonly ROW_KEY: string; readonly BODY: string };

/** An activity ready to be stored: its row's key, and its row's text. */
type Encoded = { readonly key: RowKey; readonly body: string };

/** The body does not repeat parts of the key. @throws DomainError `BAD_USER_INPUT` for a malformed id */
export function encodeActivity(activity: Activity): Encoded {
  const parsed = parseActivityId(activity.id);
  if (!parsed) throw new DomainError('BAD_USER_INPUT', 'An activity has an id that is none of this API.');
  return { key: rowKey(parsed), body: activityBody(activity) };
}

type Details = Pick<Activity, 'attributes' | 'context'>;

/**
 * The body without the sender's JSON, and that JSON: attributes and context, which stand side by side in the body. Only
 * texts and numbers follow them. So a match of their neighbours' names with quotes is outside of every text. Undefined
 * for a body of another form.
 */
function cut(body: string): { readonly summary: string; readonly details: string } | undefined {
  const start = body.indexOf(',"attributes":');
  const end = body.lastIndexOf(',"country":');
  return start > 0 && start < end
    ? { summary: body.slice(0, start) + body.slice(end), details: `{${body.slice(start + 1, end)}}` }
    : undefined;
}

/** The activity of a row. Its details are parsed when somebody looks at them, once. */
export function activityFrom(row: ActivityRow): Activity {
  const parts = cut(row.BODY);
  if (!parts) return { ...summaryFrom(row), ...(JSON.parse(row.BODY) as Details) } as Activity;
  let parsed: Details | undefined;
  const details = (): Details => (parsed ??= JSON.parse(parts.details) as Details);
  return Object.defineProperties(summaryOf(row.ROW_KEY, parts.summary), {
    attributes: { enumerable: true, get: () => details().attributes },
    context: { enumerable: true, get: () => details().context },
  }) as Activity;
}

/** The activity of a row, without attributes and context. */
export const summaryFrom = ({ ROW_KEY, BODY }: ActivityRow): ActivitySummary =>
  summaryOf(ROW_KEY, cut(BODY)?.summary ?? BODY);

function summaryOf(rowKey: string, summary: string): ActivitySummary {
  const key = keyOfRow(rowKey);
  const body = JSON.parse(summary) as Omit<ActivitySummary, 'id' | 'leadKey' | 'occurredAt'>;
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
    country: body.country,
    device: body.device,
    isBot: body.isBot,
    // Rows from before these were recorded have none.
    agentKind: body.agentKind ?? null,
    enrichmentVersion: body.enrichmentVersion ?? 0,
    contentDigest: body.contentDigest ?? null,
  };
}

/** The rows of activities between two keys, both exclusive, in the order of their keys, in batches; marks are left out. */
export async function* readRows(
  scope: Scope,
  [first, below]: readonly [RowKey, RowKey],
): AsyncGenerator<ActivityRow[]> {
  for (let above = first; ; ) {
    const rows = await scope.select<ActivityRow>({
      from: 'ACTIVITIES',
      columns: 'ROW_KEY, BODY',
      where: 'ROW_KEY > ? AND ROW_KEY < ?',
      values: [above, below],
      orderBy: 'ROW_KEY',
      limit: PAGE,
    });
    const last = rows.at(-1);
    if (!last) return;
    yield rows.filter(({ ROW_KEY }) => !isMark(ROW_KEY));
    above = last.ROW_KEY;
  }
}
