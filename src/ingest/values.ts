import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { type Checked, type ItemError, ok, type Policy, reject } from './draft.ts';

const MAX_ID_LENGTH = 256;
const MAX_STRING_LENGTH = 8_192;
const MAX_JSON_DEPTH = 16;
const MAX_KEYS = 512;
const MAX_KEY_LENGTH = 256;

const clean = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** An identifier: 1 to 256 characters of well-formed Unicode without NUL, which no store keeps. */
export function checkId(value: string, path: string): ItemError | undefined {
  if (value.length === 0) return { code: 'MISSING_VALUE', message: 'This must not be empty.', path };
  if (value.length > MAX_ID_LENGTH)
    return {
      code: 'INVALID_VALUE',
      message: `This has ${value.length} characters; at most ${MAX_ID_LENGTH} are allowed.`,
      path,
    };
  if (!clean(value))
    return {
      code: 'INVALID_VALUE',
      message: 'This holds a NUL or half a surrogate pair; send well-formed Unicode.',
      path,
    };
  return undefined;
}

/**
 * A JSON object that every store can keep: well-formed strings, bounded depth, keys and lengths.
 * `lenient` mends strings and cuts long ones; `strict` rejects them.
 */
export function checkObject(
  value: Json | undefined,
  path: string,
  mode: Policy['mode'],
): Checked<JsonObject> {
  if (value === undefined || value === null) return ok({});
  if (!isJsonObject(value)) return reject('INVALID_VALUE', 'This must be a JSON object.', path);
  const checked = checkValue(value, path, mode, 0);
  return checked.kind === 'ok' ? ok(checked.value as JsonObject) : checked;
}

/** Copies only where something had to be mended, so that the usual clean object costs a walk and no garbage. */
function checkValue(value: Json, path: string, mode: Policy['mode'], depth: number): Checked<Json> {
  if (typeof value === 'string') return checkString(value, path, mode);
  if (typeof value !== 'object' || value === null) return ok(value);
  if (depth >= MAX_JSON_DEPTH)
    return reject('INVALID_VALUE', `This nests deeper than ${MAX_JSON_DEPTH} levels.`, path);
  if (Array.isArray(value)) {
    let copy: Json[] | undefined;
    for (const [index, item] of value.entries()) {
      const checked = checkValue(item, `${path}[${index}]`, mode, depth + 1);
      if (checked.kind !== 'ok') return checked;
      if (checked.value !== item) (copy ??= [...value])[index] = checked.value;
    }
    return ok(copy ?? value);
  }
  const keys = Object.keys(value);
  if (keys.length > MAX_KEYS)
    return reject('INVALID_VALUE', `This has ${keys.length} keys; at most ${MAX_KEYS} are allowed.`, path);
  let copy: Record<string, Json> | undefined;
  for (const key of keys) {
    if (key.length === 0 || key.length > MAX_KEY_LENGTH || !clean(key))
      return reject(
        'INVALID_VALUE',
        `Keys must have 1 to ${MAX_KEY_LENGTH} characters of well-formed Unicode.`,
        path,
      );
    const item = (value as JsonObject)[key] as Json;
    const checked = checkValue(item, `${path}.${key}`, mode, depth + 1);
    if (checked.kind !== 'ok') return checked;
    if (checked.value !== item) (copy ??= { ...(value as JsonObject) })[key] = checked.value;
  }
  return ok(copy ?? value);
}

function checkString(text: string, path: string, mode: Policy['mode']): Checked<string> {
  const isClean = clean(text);
  if (isClean && text.length <= MAX_STRING_LENGTH) return ok(text);
  if (mode === 'lenient') return ok(text.replaceAll('\0', '').slice(0, MAX_STRING_LENGTH).toWellFormed());
  return isClean
    ? reject(
        'INVALID_VALUE',
        `This has ${text.length} characters; at most ${MAX_STRING_LENGTH} are allowed.`,
        path,
      )
    : reject('INVALID_VALUE', 'This holds a NUL or half a surrogate pair; send well-formed Unicode.', path);
}
