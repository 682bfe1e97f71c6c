import type { BinaryReader } from '@bufbuild/protobuf/wire';
import { Rep, type SqlKind } from './types.ts';
import { type AvaticaValue, DAY, FIELD, floatOfBits } from './values.ts';
import { assertEnd, endOf } from './wire.ts';

/**
 * Reads a `TypedValue` with its length.
 * @param kind of the column: numbers of a column of times stand for times, which the value alone does not say
 * @throws Error for a representation that Phoenix has no type for
 */
export function decodeValue(reader: BinaryReader, kind: SqlKind): AvaticaValue {
  const end = endOf(reader);
  let rep = 0;
  let raw: AvaticaValue = null;
  let elements: AvaticaValue[] | undefined;
  while (reader.pos < end) {
    const field = reader.uint32();
    switch (field) {
      case FIELD.type:
        rep = reader.uint32();
        break;
      case FIELD.bool:
        raw = reader.bool();
        break;
      case FIELD.string:
        // Of bytes the server sends the base64 text as well, for clients of old.
        if (rep === Rep.BYTE_STRING) reader.skip(field & 7);
        else raw = reader.string();
        break;
      case FIELD.number:
        raw = exact(reader.sint64());
        break;
      case FIELD.bytes:
        // A copy: a view would keep the whole answer in memory.
        raw = new Uint8Array(reader.bytes());
        break;
      case FIELD.double:
        raw = reader.double();
        break;
      case FIELD.array:
        elements ??= [];
        elements.push(decodeValue(reader, kind));
        break;
      default:
        reader.skip(field & 7, field >>> 3);
    }
  }
  assertEnd(reader, end);
  return ofRep(rep, raw, elements, kind);
}

const exact = (value: bigint | string): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
};

/** Fields of their default value (0, '', false) may be left out: the representation decides their meaning. */
function ofRep(
  rep: number,
  raw: AvaticaValue,
  elements: AvaticaValue[] | undefined,
  kind: SqlKind,
): AvaticaValue {
  switch (rep) {
    case Rep.STRING:
    case Rep.CHARACTER:
    case Rep.PRIMITIVE_CHAR:
      return raw ?? '';
    case Rep.LONG:
    case Rep.INTEGER:
    case Rep.SHORT:
    case Rep.BYTE:
    case Rep.PRIMITIVE_LONG:
    case Rep.PRIMITIVE_INT:
    case Rep.PRIMITIVE_SHORT:
    case Rep.PRIMITIVE_BYTE:
      return ofNumber(raw ?? 0, kind);
    case Rep.DOUBLE:
    case Rep.PRIMITIVE_DOUBLE:
      return raw ?? 0;
    case Rep.NULL:
    case Rep.OBJECT:
      return null;
    case Rep.BOOLEAN:
    case Rep.PRIMITIVE_BOOLEAN:
      return raw ?? false;
    case Rep.BIG_DECIMAL:
      return plainDecimal(String(raw));
    case Rep.BYTE_STRING:
      return raw ?? new Uint8Array(0);
    case Rep.FLOAT:
    case Rep.PRIMITIVE_FLOAT:
      return floatOfBits(Number(raw ?? 0));
    // Elements of arrays come as they are, to the millisecond.
    case Rep.JAVA_SQL_TIMESTAMP:
    case Rep.JAVA_SQL_DATE:
    case Rep.JAVA_UTIL_DATE:
      return dateOf(Number(raw ?? 0));
    case Rep.JAVA_SQL_TIME:
      return timeOfDay(Number(raw ?? 0));
    case Rep.ARRAY:
      return elements ?? [];
    default:
      throw new Error('Phoenix has no value of such a representation');
  }
}

/** A column's TIMESTAMP comes as milliseconds, its DATE as days, its TIME as milliseconds of the day. */
function ofNumber(raw: AvaticaValue, kind: SqlKind): AvaticaValue {
  switch (kind) {
    case 'timestamp':
      return dateOf(Number(raw));
    case 'date':
      return dateOf(Number(raw) * DAY);
    case 'time':
      return timeOfDay(Number(raw));
    default:
      return raw;
  }
}

/** Before 1970 the server's remainder is negative. */
const timeOfDay = (ms: number): number => ((ms % DAY) + DAY) % DAY;

function dateOf(epochMs: number): Date {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) throw new RangeError('a time is beyond what a Date holds');
  return date;
}

/** Java writes 100 as `1E+2` once its zeros were stripped, which Phoenix does. */
function plainDecimal(value: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?E([+-]?\d+)$/.exec(value);
  if (!match) return value;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
