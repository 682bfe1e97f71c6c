import { parseJson } from '../../../domain/exact-json.ts';
import { fitsIn, isJsonObject, type Json, type JsonObject, plainDecimal } from '../../../domain/json.ts';
import { type Checked, type ItemError, ok, reject } from '../../draft/draft.ts';

/** Bytes of one event, as JSON (Segment's limit). */
export const MAX_EVENT_BYTES = 32 * 1024;

/** A text or a number as text; null for all else, and for an empty text. */
export const text = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== ''
    ? value
    : typeof value === 'number' && Number.isFinite(value)
      ? plainDecimal(value)
      : null;

/** Whether a sender left something out: it says nothing, null or an empty text. */
export const isAbsent = (value: Json | undefined): value is undefined | null | '' =>
  value === undefined || value === null || value === '';

export const object = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** An id of a person or device, as text. @param warnings receives values that are no ids */
export function idOf(event: JsonObject, name: string, warnings: ItemError[]): string | null {
  const id = text(event[name]);
  if (id === null && !isAbsent(event[name]))
    warnings.push({
      code: 'INVALID_VALUE',
      message: 'An id is a text or a number. It was left out.',
      path: name,
    });
  return id;
}

/**
 * An object that its sender may have written as JSON text, or, with PHP, as an empty list where it has no properties.
 */
export function objectOf(value: Json | undefined, path: string): Checked<JsonObject> {
  if (isAbsent(value) || (Array.isArray(value) && value.length === 0)) return ok({});
  const read = typeof value === 'string' ? parsed(value) : value;
  return isJsonObject(read) ? ok(read) : reject('INVALID_VALUE', `'${path}' must be a JSON object.`, path);
}

function parsed(said: string): Json {
  if (!/^\s*\{/.test(said)) return said;
  try {
    const value = parseJson(said);
    return fitsIn(value, MAX_EVENT_BYTES) ? value : said;
  } catch {
    return said;
  }
}
