import type { Json, JsonObject } from '../../../domain/json.ts';
import { parseTime } from '../../../domain/time/iso-time.ts';
import { type Checked, type ItemError, ok, reject } from '../../draft/draft.ts';
import { isAbsent } from './values.ts';

/** A sender's clock is corrected when it is further off than this, in milliseconds; less is the way of the message. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Times of a message rather than of what happened, and when it arrived here, epoch milliseconds. */
export type MessageTimes = {
  readonly sentAt: Json | undefined;
  /** When another collector took the message in. */
  readonly receivedAt: Json | undefined;
  readonly arrivedAt: number;
};

/**
 * When something happened, epoch milliseconds: the sender's `timestamp`, else `originalTimestamp`, else when it was
 * received. A time by a sender's clock is corrected by how far `sentAt` shows that clock to be off (Segment, "Spec:
 * Common Fields", Timestamps). Another collector, which said `receivedAt`, has corrected `timestamp` already, and
 * `originalTimestamp` is corrected by its clock, not by ours: archives and forwarded events keep their dates.
 * @param warnings told of a `sentAt` or `receivedAt` that is no time
 */
export function timeOf(event: JsonObject, message: MessageTimes, warnings: ItemError[]): Checked<number> {
  const sent = read(message.sentAt, 'sentAt', warnings);
  const received = read(message.receivedAt, 'receivedAt', warnings);
  const name = (['timestamp', 'originalTimestamp'] as const).find((field) => !isAbsent(event[field]));
  if (!name) return ok(received ?? message.arrivedAt);
  const said = event[name];
  const time = typeof said === 'string' ? parseTime(said) : undefined;
  if (time === undefined)
    return reject('INVALID_TIME', `'${name}' must be an ISO 8601 time with a zone.`, name);
  if (sent === undefined || (received !== undefined && name === 'timestamp')) return ok(time);
  const skew = (received ?? message.arrivedAt) - sent;
  // Nothing is sent before it happens: then the two times are not of one clock.
  const isOfOneClock = time <= sent + CLOCK_TOLERANCE_MS;
  return ok(isOfOneClock && Math.abs(skew) > CLOCK_TOLERANCE_MS ? time + skew : time);
}

/**
 * The time as its sender said it, epoch milliseconds, whatever its clock; null where it said none. A retry says the same,
 * where `timeOf` may not.
 */
export function saidTimeOf(event: JsonObject): number | null {
  const said = isAbsent(event['originalTimestamp']) ? event['timestamp'] : event['originalTimestamp'];
  return typeof said === 'string' ? (parseTime(said) ?? null) : null;
}

function read(said: Json | undefined, path: string, warnings: ItemError[]): number | undefined {
  if (isAbsent(said)) return undefined;
  const time = typeof said === 'string' ? parseTime(said) : undefined;
  if (time === undefined)
    warnings.push({
      code: 'INVALID_TIME',
      message: 'This is no ISO 8601 time with a zone. It was left out.',
      path,
    });
  return time;
}
