/**
 * `Rep` of Avatica's common.proto: how a `TypedValue` is represented. Only those that go over the wire to or from
 * Phoenix; the numbers are the protocol's.
 */
export const Rep = {
  PRIMITIVE_BOOLEAN: 0,
  PRIMITIVE_BYTE: 1,
  PRIMITIVE_CHAR: 2,
  PRIMITIVE_SHORT: 3,
  PRIMITIVE_INT: 4,
  PRIMITIVE_LONG: 5,
  PRIMITIVE_FLOAT: 6,
  PRIMITIVE_DOUBLE: 7,
  BOOLEAN: 8,
  BYTE: 9,
  CHARACTER: 10,
  SHORT: 11,
  INTEGER: 12,
  LONG: 13,
  FLOAT: 14,
  DOUBLE: 15,
  JAVA_SQL_TIME: 16,
  JAVA_SQL_TIMESTAMP: 17,
  JAVA_SQL_DATE: 18,
  JAVA_UTIL_DATE: 19,
  BYTE_STRING: 20,
  STRING: 21,
  NUMBER: 22,
  OBJECT: 23,
  NULL: 24,
  BIG_INTEGER: 25,
  BIG_DECIMAL: 26,
  ARRAY: 27,
} as const;
export type Rep = (typeof Rep)[keyof typeof Rep];

/** The kind of a column or parameter, as far as the conversion of values depends on it. */
export type SqlKind =
  | 'integer'
  | 'decimal'
  | 'double'
  | 'boolean'
  | 'text'
  | 'binary'
  | 'timestamp'
  | 'date'
  | 'time'
  | 'unknown';

/** A kind, and whether it is an array of it. */
export type SqlType = {
  readonly kind: SqlKind;
  readonly array: boolean;
  /** How an array's elements are sent; absent where the server takes no such array as a value. */
  readonly elements?: Rep | undefined;
};

/**
 * Columns have the type numbers of `java.sql.Types`. Parameters have Phoenix's own numbers, which add the UNSIGNED_*
 * types (9 to 20, `PDataType.getSqlType`) and 3000 for an array of a type.
 */
const KINDS = new Map<number, SqlKind>([
  [-5, 'integer'],
  [4, 'integer'],
  [5, 'integer'],
  [-6, 'integer'],
  [9, 'integer'],
  [10, 'integer'],
  [11, 'integer'],
  [13, 'integer'],
  [2, 'decimal'],
  [3, 'decimal'],
  [6, 'double'],
  [7, 'double'],
  [8, 'double'],
  [14, 'double'],
  [15, 'double'],
  [16, 'boolean'],
  [-7, 'boolean'],
  [1, 'text'],
  [12, 'text'],
  [-1, 'text'],
  [-2, 'binary'],
  [-3, 'binary'],
  [-4, 'binary'],
  [93, 'timestamp'],
  [20, 'timestamp'],
  [91, 'date'],
  [19, 'date'],
  [92, 'time'],
  [18, 'time'],
]);

/**
 * The only representations of elements with which the server makes arrays of these types. With another it fails, or
 * worse: longs in an INTEGER ARRAY are stored as twice as many other numbers. Of UNSIGNED_*, DECIMAL, CHAR and
 * BINARY it makes no arrays at all.
 */
const ELEMENTS = new Map<number, Rep>([
  [-5, Rep.LONG],
  [4, Rep.INTEGER],
  [5, Rep.SHORT],
  [-6, Rep.BYTE],
  [8, Rep.DOUBLE],
  [6, Rep.FLOAT],
  [12, Rep.STRING],
  [16, Rep.BOOLEAN],
  [93, Rep.JAVA_SQL_TIMESTAMP],
  [91, Rep.JAVA_SQL_DATE],
  [92, Rep.JAVA_SQL_TIME],
]);
const ARRAY = 2003;
const PHOENIX_ARRAY_BASE = 3000;
/** Phoenix's array numbers reach from 3000 − 7 (BIT) to 3000 + 93 (TIMESTAMP). */
const isPhoenixArray = (id: number): boolean => Math.abs(id - PHOENIX_ARRAY_BASE) < 200;

/** @param component type number of an array's elements, where the server gives it */
export function sqlTypeOf(id: number, component = 0): SqlType {
  if (id === ARRAY) return { kind: KINDS.get(component) ?? 'unknown', array: true };
  if (!isPhoenixArray(id)) return { kind: KINDS.get(id) ?? 'unknown', array: false };
  const base = id - PHOENIX_ARRAY_BASE;
  return { kind: KINDS.get(base) ?? 'unknown', array: true, elements: ELEMENTS.get(base) };
}
