import { BinaryReader } from '@bufbuild/protobuf/wire';
import { decodeValue } from './decode.ts';
import type { ServerError } from './errors.ts';
import { type SqlKind, type SqlType, sqlTypeOf } from './types.ts';
import type { AvaticaValue } from './values.ts';
import { assertEnd, eachField, endOf, LENGTH_DELIMITED, tag, VARINT } from './wire.ts';

/** The needed parts of the answers in responses.proto. Each function takes the message of an `Envelope`. */

export type Column = { readonly label: string; readonly type: SqlType };
/** The server's description of a statement; without columns it has an update count instead of rows. */
export type Signature = { readonly columns: readonly Column[]; readonly parameters: readonly SqlType[] };
export type Prepared = { readonly statementId: number; readonly signature: Signature };
export type ResultRow = Record<string, AvaticaValue>;
export type Frame = { readonly done: boolean; readonly rows: readonly ResultRow[] };

const bytes = (field: number): number => tag(field, LENGTH_DELIMITED);
const varint = (field: number): number => tag(field, VARINT);

export function decodeError(message: Uint8Array): ServerError {
  const error = { errorCode: 0, sqlState: '', message: '' };
  eachField(new BinaryReader(message), message.length, (field, reader) => {
    if (field === bytes(2)) error.message = reader.string();
    else if (field === varint(4)) error.errorCode = reader.uint32();
    else if (field === bytes(5)) error.sqlState = reader.string();
    else return false;
    return true;
  });
  return error;
}

export function decodePrepare(message: Uint8Array): Prepared {
  let statementId = 0;
  let signature: Signature = { columns: [], parameters: [] };
  eachField(new BinaryReader(message), message.length, (field, reader) => {
    if (field !== bytes(1)) return false;
    eachField(reader, endOf(reader), (inner) => {
      if (inner === varint(2)) statementId = reader.uint32();
      else if (inner === bytes(3)) signature = decodeSignature(reader.bytes());
      else return false;
      return true;
    });
    return true;
  });
  return { statementId, signature };
}

export function decodeSignature(message: Uint8Array): Signature {
  const columns: Column[] = [];
  const parameters: SqlType[] = [];
  eachField(new BinaryReader(message), message.length, (field, reader) => {
    if (field === bytes(1)) columns.push(readColumn(reader));
    else if (field === bytes(3)) parameters.push(readParameter(reader));
    else return false;
    return true;
  });
  return { columns, parameters };
}

function readColumn(reader: BinaryReader): Column {
  let label = '';
  let type: SqlType = sqlTypeOf(0);
  eachField(reader, endOf(reader), (field) => {
    if (field === bytes(9)) label = reader.string();
    else if (field === bytes(20)) type = readType(reader);
    else return false;
    return true;
  });
  return { label, type };
}

function readType(reader: BinaryReader): SqlType {
  const { id, component } = readTypeIds(reader);
  return sqlTypeOf(id, component);
}

function readTypeIds(reader: BinaryReader): { id: number; component: number } {
  let id = 0;
  let component = 0;
  eachField(reader, endOf(reader), (field) => {
    // The numbers are negative, though declared as uint32.
    if (field === varint(1)) id = reader.int32();
    else if (field === bytes(5)) component = readTypeIds(reader).id;
    else return false;
    return true;
  });
  return { id, component };
}

function readParameter(reader: BinaryReader): SqlType {
  let type: SqlType = sqlTypeOf(0);
  eachField(reader, endOf(reader), (field) => {
    if (field !== varint(4)) return false;
    type = sqlTypeOf(reader.int32());
    return true;
  });
  return type;
}

/** The first result of a statement: its signature and frame as they came, to be read once both are known. */
export type Executed = {
  /** The server doesn't know the statement: it has run nothing. */
  readonly missingStatement: boolean;
  readonly signature: Uint8Array | undefined;
  readonly frame: Uint8Array | undefined;
  /** −1 with rows. */
  readonly updateCount: number;
};

/** @throws Error for an answer without a result that does not say that the statement is missing either */
export function decodeExecute(message: Uint8Array): Executed {
  const executed = {
    missingStatement: false,
    signature: undefined as Uint8Array | undefined,
    frame: undefined as Uint8Array | undefined,
    updateCount: 0,
  };
  let results = 0;
  eachField(new BinaryReader(message), message.length, (field, reader) => {
    if (field === varint(2)) executed.missingStatement = reader.bool();
    else if (field === bytes(1)) {
      results += 1;
      eachField(reader, endOf(reader), (inner) => {
        if (inner === bytes(4)) executed.signature = reader.bytes();
        else if (inner === bytes(5)) executed.frame = reader.bytes();
        else if (inner === varint(6)) executed.updateCount = Number(reader.int64());
        else return false;
        return true;
      });
    } else return false;
    return true;
  });
  if (results === 0 && !executed.missingStatement) throw new RangeError('an answer has no result');
  return executed;
}

export type Fetched = {
  readonly missingStatement: boolean;
  /** The statement is there, but has no result set. */
  readonly missingResults: boolean;
  readonly frame: Uint8Array | undefined;
};

export function decodeFetch(message: Uint8Array): Fetched {
  const fetched = {
    missingStatement: false,
    missingResults: false,
    frame: undefined as Uint8Array | undefined,
  };
  eachField(new BinaryReader(message), message.length, (field, reader) => {
    if (field === bytes(1)) fetched.frame = reader.bytes();
    else if (field === varint(2)) fetched.missingStatement = reader.bool();
    else if (field === varint(3)) fetched.missingResults = reader.bool();
    else return false;
    return true;
  });
  return fetched;
}

/** @throws Error for rows with more or fewer values than there are columns */
export function decodeFrame(message: Uint8Array, columns: readonly Column[]): Frame {
  let done = false;
  const rows: ResultRow[] = [];
  eachField(new BinaryReader(message), message.length, (field, reader) => {
    if (field === varint(2)) done = reader.bool();
    else if (field === bytes(3)) rows.push(readRow(reader, columns));
    else return false;
    return true;
  });
  return { done, rows };
}

function readRow(reader: BinaryReader, columns: readonly Column[]): ResultRow {
  const end = endOf(reader);
  const row: ResultRow = {};
  let index = 0;
  while (reader.pos < end) {
    const field = reader.uint32();
    if (field !== ROW_VALUE) {
      reader.skip(field & 7, field >>> 3);
      continue;
    }
    const column = columns[index++];
    if (!column) throw new RangeError('a row has more values than columns');
    row[column.label] = readCell(reader, column.type.kind);
  }
  assertEnd(reader, end);
  if (index !== columns.length) throw new RangeError('a row has fewer values than columns');
  return row;
}
const ROW_VALUE = bytes(1);

/** A `ColumnValue`; its field 1 repeats the value for clients of old. */
function readCell(reader: BinaryReader, kind: SqlKind): AvaticaValue {
  const end = endOf(reader);
  let scalar: AvaticaValue = null;
  let elements: AvaticaValue[] | undefined;
  while (reader.pos < end) {
    const field = reader.uint32();
    if (field === CELL_SCALAR) scalar = decodeValue(reader, kind);
    else if (field === CELL_ELEMENT) {
      elements ??= [];
      elements.push(decodeValue(reader, kind));
    } else if (field === CELL_IS_ARRAY) {
      if (reader.bool()) elements ??= [];
    } else reader.skip(field & 7, field >>> 3);
  }
  assertEnd(reader, end);
  return elements ?? scalar;
}
const CELL_ELEMENT = bytes(2);
const CELL_IS_ARRAY = varint(3);
const CELL_SCALAR = bytes(4);

export type BatchExecuted = {
  /** The server doesn't know the statement: it has run nothing. */
  readonly missingStatement: boolean;
  readonly updateCounts: readonly number[];
};

export function decodeExecuteBatch(message: Uint8Array): BatchExecuted {
  const updateCounts: number[] = [];
  let missingStatement = false;
  eachField(new BinaryReader(message), message.length, (field, reader) => {
    if (field === bytes(3)) {
      const end = endOf(reader);
      while (reader.pos < end) updateCounts.push(Number(reader.int64()));
    } else if (field === varint(3)) updateCounts.push(Number(reader.int64()));
    else if (field === varint(4)) missingStatement = reader.bool();
    else return false;
    return true;
  });
  return { missingStatement, updateCounts };
}
