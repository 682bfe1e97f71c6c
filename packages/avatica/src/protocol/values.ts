import { LENGTH_DELIMITED, tag, VARINT } from './wire.ts';

/**
 * Values that go in and come out, by SQL type.
 *
 * | SQL | out | in |
 * |---|---|---|
 * | BIGINT, INTEGER, SMALLINT, TINYINT, UNSIGNED_LONG … | number when safe, else bigint | whole number, bigint, or their decimal text |
 * | DECIMAL | text without exponent, as many digits as stored | text, number, bigint |
 * | DOUBLE, FLOAT, UNSIGNED_DOUBLE … | number | finite number |
 * | VARCHAR, CHAR | string | string; to Phoenix `''` is NULL; a lone surrogate becomes U+FFFD, as in any UTF-8 |
 * | BOOLEAN | boolean | boolean |
 * | BINARY, VARBINARY | Uint8Array | Uint8Array; to Phoenix an empty one is NULL |
 * | TIMESTAMP | Date, to the millisecond (Avatica carries no more) | Date, or epoch milliseconds |
 * | DATE | Date at 00:00 UTC of its day; before 1970, of the next day where it has a time of day (Avatica cuts it off) | Date with its time of day, or epoch milliseconds; only one without time of day can be compared by `=` |
 * | TIME | milliseconds of the day, 0 to 86,399,999 | the same, or a Date of which the time of day counts |
 * | arrays | array; DATE elements with their time of day | array, as long as the type is none of UNSIGNED_*, DECIMAL, CHAR, BINARY |
 */
export type AvaticaValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | readonly AvaticaValue[];

/** Milliseconds of a day. */
export const DAY = 86_400_000;

/** Fields of a `TypedValue` in common.proto. */
export const FIELD = {
  type: tag(1, VARINT),
  bool: tag(2, VARINT),
  string: tag(3, LENGTH_DELIMITED),
  number: tag(4, VARINT),
  bytes: tag(5, LENGTH_DELIMITED),
  double: tag(6, 1),
  null: tag(7, VARINT),
  array: tag(8, LENGTH_DELIMITED),
  component: tag(9, VARINT),
} as const;

const scratch = new DataView(new ArrayBuffer(4));

/** A float goes over the wire as the bits of its 32-bit form. */
export function bitsOfFloat(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0);
}

export function floatOfBits(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
}
