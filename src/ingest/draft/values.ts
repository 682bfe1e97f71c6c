import { isJsonObject, type Json, type JsonObject, MAX_NESTING, nestsDeeperThan } from '../../domain/json.ts';
import { type Checked, type ItemError, ok, type Policy, reject } from './draft.ts';

const MAX_ID_LENGTH = 256;
const MAX_STRING_LENGTH = 8_192;
const MAX_JSON_DEPTH = 16;
const MAX_KEYS = 512;
/**
 * JSON values of one item, at any depth: four times as much memory as the 32 KiB that it may have. An order of 250
 * products with 15 fields each has 3,751, and more bytes than are allowed.
 */
const MAX_VALUES = 4_000;
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

/** How values are checked: how strictly, and where warnings go. */
type Check = {
  readonly mode: Policy['mode'];
  readonly warnings: ItemError[];
  /** Values of the item so far. */
  values: number;
};

/** The check of one item, for all that it holds. @param warnings where warnings go */
export const checkOf = ({ mode }: Pick<Policy, 'mode'>, warnings: ItemError[]): Check => ({
  mode,
  warnings,
  values: 0,
});

/**
 * A JSON object that every store can keep: well-formed strings, finite numbers, bounded depth, keys and lengths.
 * `strict` rejects everything else. `lenient` repairs strings and cuts long strings. It keeps values that nest too deep
 * as JSON text, and leaves out other bad values with a warning.
 */
export function checkObject(value: Json | undefined, path: string, check: Check): Checked<JsonObject> {
  if (value === undefined || value === null) return ok({});
  if (!isJsonObject(value)) return reject('INVALID_VALUE', 'This must be a JSON object.', path);
  const checked = checkValue(value, path, check, 0);
  return checked.kind === 'ok' ? ok(checked.value as JsonObject) : checked;
}

/** Copies only where something had to be mended, so that the usual clean object costs a walk and no garbage. */
function checkValue(value: Json, path: string, check: Check, depth: number): Checked<Json | undefined> {
  check.values += 1;
  if (check.values > MAX_VALUES) return reject('TOO_LARGE', TOO_MANY_VALUES, path);
  if (typeof value === 'string') return checkString(value, path, check.mode);
  if (typeof value === 'number' && !Number.isFinite(value)) return bad(TOO_LARGE_A_NUMBER, path, check);
  if (typeof value !== 'object' || value === null) return ok(value);
  if (depth >= MAX_JSON_DEPTH) return checkTooDeep(value, path, check);
  return Array.isArray(value)
    ? checkArray(value, path, check, depth)
    : checkProperties(value as JsonObject, path, check, depth);
}

function checkArray(value: readonly Json[], path: string, check: Check, depth: number): Checked<Json> {
  let copy: Json[] | undefined;
  for (const [index, item] of value.entries()) {
    const checked = checkValue(item, `${path}[${index}]`, check, depth + 1);
    if (checked.kind !== 'ok') return checked;
    if (checked.value !== item) (copy ??= [...value])[index] = checked.value ?? null;
  }
  return ok(copy ?? value);
}

function checkProperties(value: JsonObject, path: string, check: Check, depth: number): Checked<Json> {
  const keys = Object.keys(value);
  if (keys.length > MAX_KEYS)
    return reject('INVALID_VALUE', `This has ${keys.length} keys; at most ${MAX_KEYS} are allowed.`, path);
  let copy: Record<string, Json> | undefined;
  for (const key of keys) {
    if (key.length === 0 || key.length > MAX_KEY_LENGTH || !clean(key)) {
      const checked = bad(BAD_KEY, path, check);
      if (checked.kind !== 'ok') return checked;
      delete (copy ??= { ...value })[key];
      continue;
    }
    const item = value[key] as Json;
    const checked = checkValue(item, `${path}.${key}`, check, depth + 1);
    if (checked.kind !== 'ok') return checked;
    if (checked.value === item) continue;
    copy ??= { ...value };
    // The copy has the key already, so that this is an assignment to its own property, also of `__proto__`.
    if (checked.value !== undefined) copy[key] = checked.value;
    else delete copy[key];
  }
  return ok(copy ?? value);
}

function checkTooDeep(value: Json, path: string, { mode }: Check): Checked<Json> {
  const message = `This nests deeper than ${MAX_JSON_DEPTH} levels.`;
  if (nestsDeeperThan(value, MAX_NESTING - MAX_JSON_DEPTH)) return reject('TOO_LARGE', message, path);
  return mode === 'strict'
    ? reject('INVALID_VALUE', message, path)
    : checkString(JSON.stringify(value), path, mode);
}

const TOO_MANY_VALUES = `The item holds more than ${MAX_VALUES} JSON values up to here. Send large lists as text, or as several items.`;
const BAD_KEY = `Keys must have 1 to ${MAX_KEY_LENGTH} characters of well-formed Unicode.`;
const TOO_LARGE_A_NUMBER = 'This is beyond the range of numbers; send it as text.';

/** A value that can't be kept in any form: a reason to reject, or to continue without it (undefined). */
function bad(message: string, path: string, { mode, warnings }: Check): Checked<undefined> {
  if (mode === 'strict') return reject('INVALID_VALUE', message, path);
  warnings.push({ code: 'INVALID_VALUE', message: `${message} It was left out.`, path });
  return ok(undefined);
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
