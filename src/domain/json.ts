/** A JSON value as it comes out of `JSON.parse`. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Whether `value` is a plain object (not an array, not null). */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of one character of a string: `\u0000` is the longest way to write one. */
const MAX_CHARACTER_BYTES = 6;
const MAX_SCALAR_BYTES = 32;

/** Bytes of a value as JSON, from above, by a walk that writes nothing. What is more than `limit` is only that. */
function boundOf(value: Json, limit: number): number {
  if (typeof value === 'string') return value.length * MAX_CHARACTER_BYTES + 2;
  if (typeof value !== 'object' || value === null) return MAX_SCALAR_BYTES;
  let sum = 2;
  if (Array.isArray(value))
    for (const item of value) {
      sum += boundOf(item, limit) + 1;
      if (sum > limit) break;
    }
  else
    for (const key in value) {
      sum += key.length * MAX_CHARACTER_BYTES + 4 + boundOf((value as JsonObject)[key] ?? null, limit);
      if (sum > limit) break;
    }
  return sum;
}

/** Bytes of a value as JSON, exactly. Infinite for what nests too deep to be written. */
export function bytesOf(value: Json): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Whether a value has at most `limit` bytes as JSON. Nearly everything is far below, which a walk can tell. */
export function fitsIn(value: Json, limit: number): boolean {
  try {
    if (boundOf(value, limit) <= limit) return true;
  } catch {
    // It nests deeper than a walk can go.
    return false;
  }
  return bytesOf(value) <= limit;
}

/** Bytes of a value as JSON, roughly: one for each character, without escapes. */
export function roughBytesOf(value: Json): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 6;
  let sum = 2;
  if (Array.isArray(value)) for (const item of value) sum += roughBytesOf(item) + 1;
  else for (const key in value) sum += key.length + 4 + roughBytesOf((value as JsonObject)[key] ?? null);
  return sum;
}

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
