import { createHash, randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../../../domain/json.ts';
import { isMissingValue } from '../../draft/placeholders.ts';
import { isAbsent, text } from './values.ts';

/**
 * An event with a message id. An event without an id gets a digest of its content if it has a time, so that a retry has
 * the same id. Without a time a repetition looks like a retry, so each gets an id of its own, as from Segment.
 * @param fits whether its size allows reading it whole; else it gets an id of its own, too
 */
export function withMessageId(event: Json, fits: boolean): Json {
  if (!isJsonObject(event)) return event;
  const id = text(event['messageId']);
  if (id !== null && !isMissingValue(id)) return event;
  const hasTime = !isAbsent(event['timestamp']) || !isAbsent(event['originalTimestamp']);
  return { ...event, messageId: fits && hasTime ? contentId(event) : `generated-${randomUUID()}` };
}

function contentId(event: JsonObject): string {
  const { messageId: _none, sentAt: _ofTheTry, writeKey: _ofTheSender, ...content } = event;
  return `content-${createHash('sha256').update(JSON.stringify(content)).digest('base64url')}`;
}
