/** A JSON value as it comes out of `JSON.parse`. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Whether `value` is a plain object (not an array, not null). */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Levels that anything may nest: more than is ever meant, and few enough for every walk of it, `JSON.stringify` included. */
export const MAX_NESTING = 100;

/** Whether a value nests deeper than `levels`; looks no deeper than that. */
export function nestsDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => nestsDeeperThan(item, levels - 1));
  for (const key in value)
    if (nestsDeeperThan((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}

/** Of one character of a string: `\u0000` is the longest way to write one. */
const MAX_CHARACTER_BYTES = 6;
const MAX_SCALAR_BYTES = 32;

/**
 * An upper bound of a value's bytes as JSON, by a walk that writes nothing. Beyond `limit` the result only exceeds it.
 * Infinite for a value that nests deeper than `levels`.
 */
function boundOf(value: Json, limit: number, levels: number): number {
  if (typeof value === 'string') return value.length * MAX_CHARACTER_BYTES + 2;
  if (typeof value !== 'object' || value === null) return MAX_SCALAR_BYTES;
  if (levels === 0) return Number.POSITIVE_INFINITY;
  let sum = 2;
  if (Array.isArray(value))
    for (const item of value) {
      sum += boundOf(item, limit, levels - 1) + 1;
      if (sum > limit) break;
    }
  else
    for (const key in value) {
      const item = (value as JsonObject)[key] ?? null;
      sum += key.length * MAX_CHARACTER_BYTES + 4 + boundOf(item, limit, levels - 1);
      if (sum > limit) break;
    }
  return sum;
}

/** Bytes of a value as JSON, exactly. Infinite for what nests deeper than `MAX_NESTING`. */
export const bytesOf = (value: Json): number =>
  nestsDeeperThan(value, MAX_NESTING) ? Number.POSITIVE_INFINITY : Buffer.byteLength(JSON.stringify(value));

/**
 * Whether a value has at most `limit` bytes as JSON, and nests no deeper than `MAX_NESTING`. Nearly everything is far
 * below, which a walk can tell.
 */
export const fitsIn = (value: Json, limit: number): boolean =>
  boundOf(value, limit, MAX_NESTING) <= limit || bytesOf(value) <= limit;

/**
 * Approximate bytes of a value as JSON: one for each character, without escapes and without values that nest too deep.
 * @param limit the walk ends beyond it
 */
export function roughBytesOf(value: unknown, limit = Number.POSITIVE_INFINITY, levels = MAX_NESTING): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null || levels === 0) return 6;
  let sum = 2;
  if (Array.isArray(value))
    for (const item of value) {
      sum += roughBytesOf(item, limit - sum, levels - 1) + 1;
      if (sum > limit) break;
    }
  else
    for (const key in value) {
      sum += key.length + 4 + roughBytesOf((value as Record<string, unknown>)[key], limit - sum, levels - 1);
      if (sum > limit) break;
    }
  return sum;
}

/** Memory of one JSON value in this process, about, besides its text: an empty list or an object with one name. */
export const VALUE_BYTES = 64;

/** Values in a value at any depth, itself included, down to `MAX_NESTING`. */
export function valuesIn(value: unknown, levels = MAX_NESTING): number {
  if (typeof value !== 'object' || value === null || levels === 0) return 1;
  let sum = 1;
  if (Array.isArray(value)) for (const item of value) sum += valuesIn(item, levels - 1);
  else for (const key in value) sum += valuesIn((value as Record<string, unknown>)[key], levels - 1);
  return sum;
}

/** Memory of a JSON value, estimated. */
export const memoryOf = (value: unknown): number => roughBytesOf(value) + valuesIn(value) * VALUE_BYTES;

/** A number as text without an exponent, as PostgreSQL writes it: what every store counts it under. */
export function plainDecimal(value: number): string {
  const text = JSON.stringify(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length
    ? sign + digits + '0'.repeat(point - digits.length)
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
