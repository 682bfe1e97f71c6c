import type { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { badInput } from '../../domain/errors.ts';
import { Rep, type SqlKind, type SqlType } from './types.ts';
import { eachField, endOf, LENGTH_DELIMITED, tag, VARINT } from './wire.ts';

/**
 * What goes in and comes out, by SQL type.
 *
 * | SQL | out | in |
 * |---|---|---|
 * | BIGINT, INTEGER, SMALLINT, TINYINT, UNSIGNED_LONG … | number when safe, else bigint | whole number, bigint, or their decimal text |
 * | DECIMAL | text without exponent, as many digits as stored | text, number, bigint |
 * | DOUBLE, FLOAT, UNSIGNED_DOUBLE … | number | number |
 * | VARCHAR, CHAR | string | string; to Phoenix `''` is NULL; a lone surrogate becomes U+FFFD, as in any UTF-8 |
 * | BOOLEAN | boolean | boolean |
 * | BINARY, VARBINARY | Uint8Array | Uint8Array |
 * | TIMESTAMP | Date, to the millisecond (Avatica carries no more) | Date, or epoch milliseconds |
 * | DATE | Date at 00:00 UTC of its day (Avatica carries no more) | Date with its time, or epoch milliseconds |
 * | TIME | milliseconds of the day, 0 to 86,399,999 | the same, or a Date of which the time of day counts |
 * | arrays | array | array; elements as above |
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

const DAY = 86_400_000;

const FIELD = {
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

const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;

/**
 * Writes a `TypedValue` with its length. `type` is what the server said of the parameter; without it the
 * representation follows from the value alone.
 * @throws DomainError `BAD_USER_INPUT` for a value that the type can't hold exactly
 */
export function encodeValue(writer: BinaryWriter, value: AvaticaValue, type: SqlType | undefined): void {
  writer.fork();
  const kind = type?.kind ?? 'unknown';
  if (isArray(value)) encodeArray(writer, value, kind);
  else encodeScalar(writer, value, kind);
  writer.join();
}

const isArray = (value: AvaticaValue): value is readonly AvaticaValue[] => Array.isArray(value);
type Scalar = Exclude<AvaticaValue, readonly AvaticaValue[]>;

function encodeScalar(writer: BinaryWriter, value: Scalar, kind: SqlKind): Rep {
  if (value === null) {
    writer.uint32(FIELD.type).uint32(Rep.NULL).uint32(FIELD.null).bool(true);
    return Rep.NULL;
  }
  switch (typeof value) {
    case 'string':
      if (kind === 'decimal') return text(writer, Rep.BIG_DECIMAL, decimalText(value));
      if (kind === 'integer') return long(writer, Rep.LONG, integerOf(value));
      return text(writer, Rep.STRING, value);
    case 'boolean':
      writer.uint32(FIELD.type).uint32(Rep.BOOLEAN).uint32(FIELD.bool).bool(value);
      return Rep.BOOLEAN;
    case 'bigint':
      if (kind === 'decimal') return text(writer, Rep.BIG_DECIMAL, value.toString());
      if (value < MIN_LONG || value > MAX_LONG) throw badInput('A whole number has at most 64 bits.');
      return long(writer, Rep.LONG, value);
    case 'number':
      return encodeNumber(writer, value, kind);
    default:
      return value instanceof Date ? encodeDate(writer, value.getTime(), kind) : encodeBytes(writer, value);
  }
}

function encodeNumber(writer: BinaryWriter, value: number, kind: SqlKind): Rep {
  if (kind === 'timestamp' || kind === 'date' || kind === 'time') return encodeDate(writer, value, kind);
  if (kind === 'double' || (kind === 'unknown' && !Number.isSafeInteger(value))) {
    writer.uint32(FIELD.type).uint32(Rep.DOUBLE).uint32(FIELD.double).double(value);
    return Rep.DOUBLE;
  }
  if (kind === 'decimal') {
    if (!Number.isFinite(value)) throw badInput('A decimal is a finite number.');
    return text(writer, Rep.BIG_DECIMAL, String(value));
  }
  if (!Number.isInteger(value)) throw badInput('A whole number is expected.');
  return long(writer, Rep.LONG, Number.isSafeInteger(value) ? value : integerOf(BigInt(value)));
}

/** A time of day is told apart by its type alone; days before 1970 have times of day like others. */
function encodeDate(writer: BinaryWriter, epochMs: number, kind: SqlKind): Rep {
  if (!Number.isSafeInteger(epochMs)) throw badInput('A date is a whole number of milliseconds.');
  if (kind === 'time') return long(writer, Rep.JAVA_SQL_TIME, ((epochMs % DAY) + DAY) % DAY);
  return long(writer, Rep.JAVA_SQL_TIMESTAMP, epochMs);
}

function encodeBytes(writer: BinaryWriter, value: Uint8Array): Rep {
  writer.uint32(FIELD.type).uint32(Rep.BYTE_STRING).uint32(FIELD.bytes).bytes(value);
  return Rep.BYTE_STRING;
}

function encodeArray(writer: BinaryWriter, values: readonly AvaticaValue[], kind: SqlKind): void {
  writer.uint32(FIELD.type).uint32(Rep.ARRAY);
  let component: Rep = COMPONENTS[kind];
  for (const value of values) {
    if (isArray(value)) throw badInput('Phoenix has arrays of one dimension.');
    writer.uint32(FIELD.array).fork();
    const rep = encodeScalar(writer, value, kind);
    writer.join();
    if (component === Rep.OBJECT && rep !== Rep.NULL) component = rep;
  }
  writer.uint32(FIELD.component).uint32(component);
}

/** Representation of an array's elements by what the server said of the parameter; OBJECT: by the elements. */
const COMPONENTS: Readonly<Record<SqlKind, Rep>> = {
  integer: Rep.LONG,
  decimal: Rep.BIG_DECIMAL,
  double: Rep.DOUBLE,
  boolean: Rep.BOOLEAN,
  text: Rep.STRING,
  binary: Rep.BYTE_STRING,
  timestamp: Rep.JAVA_SQL_TIMESTAMP,
  date: Rep.JAVA_SQL_TIMESTAMP,
  time: Rep.JAVA_SQL_TIME,
  unknown: Rep.OBJECT,
};

function text(writer: BinaryWriter, rep: Rep, value: string): Rep {
  writer.uint32(FIELD.type).uint32(rep).uint32(FIELD.string).string(value);
  return rep;
}

function long(writer: BinaryWriter, rep: Rep, value: number | bigint): Rep {
  writer.uint32(FIELD.type).uint32(rep).uint32(FIELD.number).sint64(value);
  return rep;
}

function decimalText(value: string): string {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(value))
    throw badInput('A decimal is written in digits, such as -12.50.');
  return value;
}

function integerOf(value: string | bigint): bigint {
  if (typeof value === 'string' && !/^[+-]?\d{1,20}$/.test(value))
    throw badInput('A whole number is expected.');
  const whole = BigInt(typeof value === 'string' && value.startsWith('+') ? value.slice(1) : value);
  if (whole < MIN_LONG || whole > MAX_LONG) throw badInput('A whole number has at most 64 bits.');
  return whole;
}

/** A value as the wire has it: dates are numbers still. */
type RawValue = null | boolean | number | bigint | string | Uint8Array | RawValue[];

/**
 * Reads a `TypedValue` with its length, as a value of the column's type.
 * @throws Error for a representation that Phoenix has no type for
 */
export function decodeValue(reader: BinaryReader, type: SqlType): AvaticaValue {
  return ofType(readRaw(reader), type.kind);
}

function ofType(raw: RawValue, kind: SqlKind): AvaticaValue {
  if (raw === null) return null;
  if (Array.isArray(raw)) return raw.map((element) => ofType(element, kind));
  switch (kind) {
    case 'timestamp':
      return dateOf(Number(raw));
    case 'date':
      return dateOf(Number(raw) * DAY);
    case 'time':
      // Before 1970 the server's remainder is negative.
      return (Number(raw) + DAY) % DAY;
    default:
      return raw;
  }
}

function dateOf(epochMs: number): Date {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) throw new RangeError('a time is beyond what a Date holds');
  return date;
}

function readRaw(reader: BinaryReader): RawValue {
  const end = endOf(reader);
  let rep = 0;
  let raw: RawValue = null;
  let array: RawValue[] | undefined;
  eachField(reader, end, (field) => {
    switch (field) {
      case FIELD.type:
        rep = reader.uint32();
        return true;
      case FIELD.bool:
        raw = reader.bool();
        return true;
      case FIELD.string:
        // Of bytes the server sends the base64 text as well, for clients of old.
        if (rep === Rep.BYTE_STRING) return false;
        raw = reader.string();
        return true;
      case FIELD.number:
        raw = exact(reader.sint64());
        return true;
      case FIELD.bytes:
        // A copy: a view would keep the whole answer in memory.
        raw = new Uint8Array(reader.bytes());
        return true;
      case FIELD.double:
        raw = reader.double();
        return true;
      case FIELD.array:
        array ??= [];
        array.push(readRaw(reader));
        return true;
      default:
        return false;
    }
  });
  return ofRep(rep, raw, array);
}

/** Fields that have their default value (0, '', false) may be left out: the representation says what is meant. */
function ofRep(rep: number, raw: RawValue, array: RawValue[] | undefined): RawValue {
  switch (rep) {
    case Rep.NULL:
    case Rep.OBJECT:
      return null;
    case Rep.STRING:
    case Rep.CHARACTER:
    case Rep.PRIMITIVE_CHAR:
      return raw ?? '';
    case Rep.BIG_DECIMAL:
      return plainDecimal(String(raw));
    case Rep.BOOLEAN:
    case Rep.PRIMITIVE_BOOLEAN:
      return raw ?? false;
    case Rep.FLOAT:
    case Rep.PRIMITIVE_FLOAT:
      return floatOfBits(Number(raw ?? 0));
    case Rep.BYTE_STRING:
      return raw ?? new Uint8Array(0);
    case Rep.ARRAY:
      return array ?? [];
    case Rep.BIG_INTEGER:
      throw new Error('Phoenix has no such representation');
    default:
      if (rep > Rep.ARRAY) throw new Error('Phoenix has no such representation');
      return raw ?? 0;
  }
}

const exact = (value: bigint | string): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
};

const scratch = new DataView(new ArrayBuffer(4));
/** A REAL arrives as the bits of its 32-bit form. */
function floatOfBits(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
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
