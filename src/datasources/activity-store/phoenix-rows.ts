import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { Activity } from '../../domain/activity.ts';
import { DomainError } from '../../domain/errors.ts';
import { activityId, parseActivityId } from '../../domain/ids.ts';
import { KEY_LENGTH, keyOfRow, type RowKey, rowKey } from './phoenix-keys.ts';

/** A row of `ACTIVITIES` as it is read. */
export type ActivityRow = { readonly ROW_KEY: string; readonly BODY: string };

/** An activity ready to be stored: its hash, its row's key, and its row's text. */
export type Encoded = {
  readonly activity: Activity;
  readonly hash: string;
  readonly key: RowKey;
  readonly body: string;
};

/** What the key says is not said again in the body. @throws DomainError `BAD_USER_INPUT` for a malformed id */
export function encodeActivity(activity: Activity): Encoded {
  const parsed = parseActivityId(activity.id);
  if (!parsed) throw new DomainError('BAD_USER_INPUT', 'An activity has an id that is none of this API.');
  const { id: _id, leadKey: _leadKey, occurredAt: _occurredAt, ...rest } = activity;
  return { activity, hash: parsed.hash, key: rowKey(parsed), body: JSON.stringify(rest) };
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

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
/** Level 1 takes a millisecond for 600 kB, and leaves an eighth of it to be sent, logged and kept in memory. */
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Many rows as one value: a line for each, its key and its body, which as JSON has no line breaks. */
export const encodeBatch = (rows: readonly Encoded[]): Promise<Buffer> =>
  compress(rows.map(({ key, body }) => key + body).join('\n'), FAST);

export async function decodeBatch(batch: Uint8Array): Promise<Encoded[]> {
  const text = (await decompress(batch)).toString('utf8');
  return text.split('\n').map((line) => {
    const [key, body] = [line.slice(0, KEY_LENGTH), line.slice(KEY_LENGTH)];
    return { activity: activityFrom({ ROW_KEY: key, BODY: body }), hash: keyOfRow(key).hash, key, body };
  });
}
