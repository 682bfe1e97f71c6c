import { type ActivityId, type ActivityKey, activityId } from '../../../domain/ids.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import type { TimelinePosition } from '../port.ts';

/**
 * The key of a row of `ACTIVITIES` after its tenant: lead, time descending, hash descending, 52 characters
 *
 *     lead (22) · 2^48-1 - occurredAt in ordered base64 (8) · hash mirrored (22)
 *
 * so that a lead's timeline, newest first, is one forward scan of a prefix, and a get by id binds one value. Ordered
 * base64 has the 64 characters of base64url in the order of their bytes: texts compare as the numbers do. Mirroring
 * replaces each character by its counterpart from the other end, which reverses the order.
 */
export type RowKey = string;

const ORDERED = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
/** By character code. */
const MIRRORED = new Uint8Array(128);
for (const [at, character] of [...ORDERED].entries())
  MIRRORED[character.charCodeAt(0)] = ORDERED.charCodeAt(63 - at);
const PLACES = new Map([...ORDERED].map((character, at) => [character, at]));
const LEAD_LENGTH = 22;
const TIME_LENGTH = 8;
const KEY_LENGTH = 52;
const MAX_TIME = 2 ** 48 - 1;
/** Sorts after every character of a key. */
const AFTER = '~';

const scratch = Buffer.alloc(KEY_LENGTH);

function mirrored(hash: string): string {
  const length = scratch.write(hash, 'latin1');
  for (let at = 0; at < length; at += 1) scratch[at] = MIRRORED[scratch[at] ?? 0] ?? 0;
  return scratch.toString('latin1', 0, length);
}

function descending(time: number): string {
  let rest = MAX_TIME - time;
  let text = '';
  for (let place = 0; place < TIME_LENGTH; place += 1) {
    text = ORDERED.charAt(rest % 64) + text;
    rest = Math.floor(rest / 64);
  }
  return text;
}

const NEWEST = descending(MAX_TIME);

/** The row key of an activity's key. */
export const rowKey = ({ leadKey, occurredAt, hash }: ActivityKey): RowKey =>
  leadKey + descending(occurredAt) + mirrored(hash);

/** The activity's key in a row key. @throws RangeError for a text that is none */
export function keyOfRow(key: RowKey): ActivityKey {
  if (key.length !== KEY_LENGTH) throw new RangeError('Not the key of an activity row.');
  let rest = 0;
  for (const character of key.slice(LEAD_LENGTH, LEAD_LENGTH + TIME_LENGTH))
    rest = rest * 64 + (PLACES.get(character) ?? 0);
  return {
    leadKey: key.slice(0, LEAD_LENGTH),
    occurredAt: MAX_TIME - rest,
    hash: mirrored(key.slice(LEAD_LENGTH + TIME_LENGTH)),
  };
}

/** The id of the activity in a row. @throws RangeError for a text that is no row key */
export const idOfRow = (key: RowKey): ActivityId => activityId(keyOfRow(key));

/** The row before all activities of a lead that says, by being there, that the lead has links; see `phoenix-timelines.ts`. */
export const markOf = (lead: LeadKey): RowKey => `${lead}!`;

export const isMark = (key: RowKey): boolean => key.length < KEY_LENGTH;

/** Of two rows of whatever leads, which is earlier in a timeline: negative when `a` is. */
export function byTimeline(a: RowKey, b: RowKey): number {
  const [left, right] = [a.slice(LEAD_LENGTH), b.slice(LEAD_LENGTH)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Where all activities of one identity are, without its mark; both ends exclusive. */
export const wholeOf = (lead: LeadKey): readonly [RowKey, RowKey] => [markOf(lead), lead + AFTER];

/** Where the activities of all identities are, with their marks; both ends exclusive. */
export const ALL_ROWS: readonly [RowKey, RowKey] = ['!', AFTER];

/** Where a scan of one identity starts and ends, both exclusive, and both without the lead. */
export type KeyRange = { readonly above: string; readonly below: string };

/** The rows strictly after `after`, with `from` ≤ time < `to`; null when there can't be any. */
export function rangeOf(
  after: TimelinePosition | null,
  from: number | null,
  to: number | null,
): KeyRange | null {
  const oldest = Math.max(0, Math.ceil(from ?? 0));
  const newest = Math.min(MAX_TIME, Math.ceil(to ?? MAX_TIME + 1) - 1);
  if (oldest > newest) return null;
  const below = descending(oldest) + AFTER;
  // A time alone sorts before that time with any hash.
  if (after === null || after.occurredAt > newest) return { above: descending(newest), below };
  const above = descending(after.occurredAt) + mirrored(after.hash);
  return above < below ? { above, below } : null;
}

/** Whether nothing but a lead's mark can be between the beginning of the lead and the range. */
export const isFromNewest = ({ above }: KeyRange): boolean => above === NEWEST;

/** The range of one identity as row keys. */
export const withLead = (lead: LeadKey, { above, below }: KeyRange): readonly [RowKey, RowKey] => [
  lead + above,
  lead + below,
];

/** The range that goes on strictly before the row `key` of any lead: where a page can end, nothing older counts. */
export const notAfter = (range: KeyRange, key: RowKey): KeyRange => {
  const end = key.slice(LEAD_LENGTH);
  return end < range.below ? { above: range.above, below: end } : range;
};
