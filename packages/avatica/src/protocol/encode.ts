import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import { invalidValue } from './errors.ts';
import { Rep, type SqlKind, type SqlType } from './types.ts';
import { type AvaticaValue, bitsOfFloat, DAY, FIELD } from './values.ts';

const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;

/**
 * Writes a `TypedValue` with its length. `type` is the server's type of the parameter; without it the representation
 * follows from the value alone.
 * @throws AvaticaError `INVALID_VALUE` for a value that the type can't hold exactly
 */
export function encodeValue(
  writer: BinaryWriter,
  value: AvaticaValue,
  type: SqlType | undefined,
): BinaryWriter {
  writer.fork();
  if (isArray(value)) encodeArray(writer, value, type);
  else encodeScalar(writer, value, type?.kind ?? 'unknown');
  return writer.join();
}

const isArray = (value: AvaticaValue): value is readonly AvaticaValue[] => Array.isArray(value);
type Scalar = Exclude<AvaticaValue, readonly AvaticaValue[]>;

function encodeNull(writer: BinaryWriter): BinaryWriter {
  return writer.uint32(FIELD.type).uint32(Rep.NULL).uint32(FIELD.null).bool(true);
}

function encodeScalar(writer: BinaryWriter, value: Scalar, kind: SqlKind): BinaryWriter {
  if (value === null) return encodeNull(writer);
  switch (typeof value) {
    case 'string':
      if (kind === 'decimal') return text(writer, Rep.BIG_DECIMAL, decimalText(value));
      if (kind === 'integer') return long(writer, Rep.LONG, integerOf(value));
      return text(writer, Rep.STRING, value);
    case 'boolean':
      return writer.uint32(FIELD.type).uint32(Rep.BOOLEAN).uint32(FIELD.bool).bool(value);
    case 'bigint':
      if (kind === 'decimal') return text(writer, Rep.BIG_DECIMAL, value.toString());
      if (value < MIN_LONG || value > MAX_LONG) throw invalidValue('A whole number has at most 64 bits.');
      return long(writer, Rep.LONG, value);
    case 'number':
      return encodeNumber(writer, value, kind);
    default:
      return value instanceof Date ? encodeDate(writer, value.getTime(), kind) : encodeBytes(writer, value);
  }
}

function encodeNumber(writer: BinaryWriter, value: number, kind: SqlKind): BinaryWriter {
  if (kind === 'timestamp' || kind === 'date' || kind === 'time') return encodeDate(writer, value, kind);
  if (kind === 'double' || (kind === 'unknown' && !Number.isSafeInteger(value)))
    return writer.uint32(FIELD.type).uint32(Rep.DOUBLE).uint32(FIELD.double).double(value);
  if (kind === 'decimal') {
    if (!Number.isFinite(value)) throw invalidValue('A decimal is a finite number.');
    return text(writer, Rep.BIG_DECIMAL, String(value));
  }
  if (!Number.isInteger(value)) throw invalidValue('A whole number is expected.');
  return long(writer, Rep.LONG, Number.isSafeInteger(value) ? value : integerOf(BigInt(value)));
}

/** Only its type distinguishes a time of day; days before 1970 have times of day like others. */
function encodeDate(writer: BinaryWriter, epochMs: number, kind: SqlKind): BinaryWriter {
  if (!Number.isSafeInteger(epochMs)) throw invalidValue('A date is a whole number of milliseconds.');
  if (kind === 'time') return long(writer, Rep.JAVA_SQL_TIME, ((epochMs % DAY) + DAY) % DAY);
  // A timestamp equals no DATE to Phoenix, even of the same millisecond; but only it has a time of day.
  if (kind === 'date' && epochMs % DAY === 0) return long(writer, Rep.JAVA_SQL_DATE, epochMs / DAY);
  return long(writer, Rep.JAVA_SQL_TIMESTAMP, epochMs);
}

function encodeBytes(writer: BinaryWriter, value: Uint8Array): BinaryWriter {
  return writer.uint32(FIELD.type).uint32(Rep.BYTE_STRING).uint32(FIELD.bytes).bytes(value);
}

function encodeArray(
  writer: BinaryWriter,
  values: readonly AvaticaValue[],
  type: SqlType | undefined,
): BinaryWriter {
  const rep = type?.array ? type.elements : elementsOf(values);
  if (rep === undefined) throw invalidValue('Phoenix takes no array of this type as a value.');
  writer.uint32(FIELD.type).uint32(Rep.ARRAY);
  for (const value of values) {
    if (isArray(value)) throw invalidValue('Phoenix has arrays of one dimension.');
    writer.uint32(FIELD.array).fork();
    // In a batch the server takes the first element's representation for the array's, and '' is NULL to Phoenix.
    if (value === null && rep === Rep.STRING) text(writer, rep, '');
    else if (value === null) encodeNull(writer);
    else encodeElement(writer, value, rep);
    writer.join();
  }
  return writer.uint32(FIELD.component).uint32(rep);
}

/** For an array without a type from the server. */
function elementsOf(values: readonly AvaticaValue[]): Rep | undefined {
  const value = values.find((element) => element !== null);
  if (typeof value === 'number')
    return values.every((element) => element === null || Number.isSafeInteger(element))
      ? Rep.LONG
      : Rep.DOUBLE;
  if (typeof value === 'bigint') return Rep.LONG;
  if (typeof value === 'string') return Rep.STRING;
  if (typeof value === 'boolean') return Rep.BOOLEAN;
  return value instanceof Date ? Rep.JAVA_SQL_TIMESTAMP : undefined;
}

const BITS: ReadonlyMap<Rep, number> = new Map([
  [Rep.INTEGER, 32],
  [Rep.SHORT, 16],
  [Rep.BYTE, 8],
]);

function encodeElement(writer: BinaryWriter, value: Scalar, rep: Rep): BinaryWriter {
  const mismatch = (): never => {
    throw invalidValue('An element of an array has another type than the array.');
  };
  switch (rep) {
    case Rep.LONG:
      if (typeof value === 'boolean' || typeof value === 'object') return mismatch();
      return encodeScalar(writer, value, 'integer');
    case Rep.INTEGER:
    case Rep.SHORT:
    case Rep.BYTE: {
      const whole = Number(typeof value === 'object' ? Number.NaN : value);
      const half = 2 ** ((BITS.get(rep) ?? 0) - 1);
      if (!Number.isInteger(whole) || whole < -half || whole >= half) return mismatch();
      return long(writer, rep, whole);
    }
    case Rep.FLOAT:
      if (typeof value !== 'number') return mismatch();
      return long(writer, rep, bitsOfFloat(value));
    case Rep.DOUBLE:
      if (typeof value !== 'number') return mismatch();
      return encodeNumber(writer, value, 'double');
    case Rep.STRING:
      if (typeof value !== 'string') return mismatch();
      return text(writer, rep, value);
    case Rep.BOOLEAN:
      if (typeof value !== 'boolean') return mismatch();
      return encodeScalar(writer, value, 'boolean');
    default: {
      const epochMs = value instanceof Date ? value.getTime() : value;
      if (typeof epochMs !== 'number') return mismatch();
      if (rep === Rep.JAVA_SQL_DATE && epochMs % DAY !== 0)
        throw invalidValue('A DATE in an array has no time of day.');
      return encodeDate(writer, epochMs, ELEMENT_KINDS.get(rep) ?? 'timestamp');
    }
  }
}

const ELEMENT_KINDS: ReadonlyMap<Rep, SqlKind> = new Map([
  [Rep.JAVA_SQL_DATE, 'date'],
  [Rep.JAVA_SQL_TIME, 'time'],
]);

function text(writer: BinaryWriter, rep: Rep, value: string): BinaryWriter {
  return writer.uint32(FIELD.type).uint32(rep).uint32(FIELD.string).string(value);
}

function long(writer: BinaryWriter, rep: Rep, value: number | bigint): BinaryWriter {
  return writer.uint32(FIELD.type).uint32(rep).uint32(FIELD.number).sint64(value);
}

function decimalText(value: string): string {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(value))
    throw invalidValue('A decimal is written in digits, such as -12.50.');
  return value;
}

function integerOf(value: string | bigint): bigint {
  if (typeof value === 'string' && !/^[+-]?\d{1,20}$/.test(value))
    throw invalidValue('A whole number is expected.');
  const whole = BigInt(typeof value === 'string' && value.startsWith('+') ? value.slice(1) : value);
  if (whole < MIN_LONG || whole > MAX_LONG) throw invalidValue('A whole number has at most 64 bits.');
  return whole;
}
