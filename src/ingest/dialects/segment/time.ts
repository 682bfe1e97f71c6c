import type { Json, JsonObject } from '../../../domain/json.ts';
import { parseTime } from '../../../domain/time/iso-time.ts';
import { type Checked, type ItemError, ok, reject } from '../../draft/draft.ts';
import { isAbsent } from './values.ts';

/** A sender's clock is corrected when it is further off than this, in milliseconds; less is the way of the message. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Times of a message rather than of its event, and its arrival here, epoch milliseconds. */
export type MessageTimes = {
  readonly sentAt: Json | undefined;
  /** When another collector took the message in. */
  readonly receivedAt: Json | undefined;
  readonly arrivedAt: number;
};

/**
 * The time of an event, epoch milliseconds: the sender's `timestamp`, else `originalTimestamp`, else the arrival.
 * `sentAt` shows the error of a sender's clock, and corrects its times (Segment, "Spec: Common Fields", Timestamps).
 * Another collector that set `receivedAt` has corrected `timestamp` already; its clock corrects `originalTimestamp`. So
 * archives and forwarded events keep their dates.
 * @param warnings receives a bad `sentAt` or `receivedAt`
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
 * The sender's own time, epoch milliseconds, without correction; null without a time. A retry has the same value;
 * `timeOf` may differ.
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
