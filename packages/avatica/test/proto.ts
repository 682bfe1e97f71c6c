// A second, slow implementation of Avatica's messages for tests: driven by tables that follow common.proto,
// requests.proto and responses.proto of avatica-core 1.18.0 field by field, and sharing no code with src.

type Scalar = 'string' | 'bytes' | 'bool' | 'uint32' | 'int32' | 'uint64' | 'int64' | 'sint64' | 'double';
type Field = { name: string; type: Scalar | string; repeated?: true };
export type Message = { [field: string]: unknown };

const f = (name: string, type: string): Field => ({ name, type });
const many = (name: string, type: string): Field => ({ name, type, repeated: true });

const MESSAGES: Readonly<Record<string, Readonly<Record<number, Field>>>> = {
  WireMessage: { 1: f('name', 'string'), 2: f('wrapped_message', 'bytes') },
  ConnectionProperties: {
    1: f('is_dirty', 'bool'),
    2: f('auto_commit', 'bool'),
    7: f('has_auto_commit', 'bool'),
  },
  AvaticaParameter: { 4: f('parameter_type', 'uint32'), 5: f('type_name', 'string'), 7: f('name', 'string') },
  AvaticaType: {
    1: f('id', 'uint32'),
    2: f('name', 'string'),
    3: f('rep', 'uint32'),
    5: f('component', 'AvaticaType'),
  },
  ColumnMetaData: {
    1: f('ordinal', 'uint32'),
    6: f('nullable', 'uint32'),
    9: f('label', 'string'),
    10: f('column_name', 'string'),
    20: f('type', 'AvaticaType'),
  },
  Signature: {
    1: many('columns', 'ColumnMetaData'),
    2: f('sql', 'string'),
    3: many('parameters', 'AvaticaParameter'),
    5: f('statementType', 'uint32'),
  },
  StatementHandle: { 1: f('connection_id', 'string'), 2: f('id', 'uint32'), 3: f('signature', 'Signature') },
  TypedValue: {
    1: f('type', 'uint32'),
    2: f('bool_value', 'bool'),
    3: f('string_value', 'string'),
    4: f('number_value', 'sint64'),
    5: f('bytes_value', 'bytes'),
    6: f('double_value', 'double'),
    7: f('null', 'bool'),
    8: many('array_value', 'TypedValue'),
    9: f('component_type', 'uint32'),
  },
  ColumnValue: {
    1: many('value', 'TypedValue'),
    2: many('array_value', 'TypedValue'),
    3: f('has_array_value', 'bool'),
    4: f('scalar_value', 'TypedValue'),
  },
  Row: { 1: many('value', 'ColumnValue') },
  Frame: { 1: f('offset', 'uint64'), 2: f('done', 'bool'), 3: many('rows', 'Row') },
  InfoEntry: { 1: f('key', 'string'), 2: f('value', 'string') },
  UpdateBatch: { 1: many('parameter_values', 'TypedValue') },

  OpenConnectionRequest: { 1: f('connection_id', 'string'), 2: many('info', 'InfoEntry') },
  CloseConnectionRequest: { 1: f('connection_id', 'string') },
  ConnectionSyncRequest: { 1: f('connection_id', 'string'), 2: f('conn_props', 'ConnectionProperties') },
  PrepareRequest: { 1: f('connection_id', 'string'), 2: f('sql', 'string'), 4: f('max_rows_total', 'int64') },
  CloseStatementRequest: { 1: f('connection_id', 'string'), 2: f('statement_id', 'uint32') },
  ExecuteRequest: {
    1: f('statementHandle', 'StatementHandle'),
    2: many('parameter_values', 'TypedValue'),
    4: f('has_parameter_values', 'bool'),
    5: f('first_frame_max_size', 'int32'),
  },
  ExecuteBatchRequest: {
    1: f('connection_id', 'string'),
    2: f('statement_id', 'uint32'),
    3: many('updates', 'UpdateBatch'),
  },
  FetchRequest: {
    1: f('connection_id', 'string'),
    2: f('statement_id', 'uint32'),
    3: f('offset', 'uint64'),
    5: f('frame_max_size', 'int32'),
  },

  RpcMetadata: { 1: f('server_address', 'string') },
  OpenConnectionResponse: { 1: f('metadata', 'RpcMetadata') },
  CloseConnectionResponse: { 1: f('metadata', 'RpcMetadata') },
  CloseStatementResponse: { 1: f('metadata', 'RpcMetadata') },
  ConnectionSyncResponse: { 1: f('conn_props', 'ConnectionProperties'), 2: f('metadata', 'RpcMetadata') },
  PrepareResponse: { 1: f('statement', 'StatementHandle'), 2: f('metadata', 'RpcMetadata') },
  ResultSetResponse: {
    1: f('connection_id', 'string'),
    2: f('statement_id', 'uint32'),
    3: f('own_statement', 'bool'),
    4: f('signature', 'Signature'),
    5: f('first_frame', 'Frame'),
    6: f('update_count', 'int64'),
    7: f('metadata', 'RpcMetadata'),
  },
  ExecuteResponse: {
    1: many('results', 'ResultSetResponse'),
    2: f('missing_statement', 'bool'),
    3: f('metadata', 'RpcMetadata'),
  },
  FetchResponse: {
    1: f('frame', 'Frame'),
    2: f('missing_statement', 'bool'),
    3: f('missing_results', 'bool'),
    4: f('metadata', 'RpcMetadata'),
  },
  ExecuteBatchResponse: {
    1: f('connection_id', 'string'),
    2: f('statement_id', 'uint32'),
    3: many('update_counts', 'int64'),
    4: f('missing_statement', 'bool'),
    5: f('metadata', 'RpcMetadata'),
  },
  ErrorResponse: {
    1: many('exceptions', 'string'),
    2: f('error_message', 'string'),
    3: f('severity', 'uint32'),
    4: f('error_code', 'uint32'),
    5: f('sql_state', 'string'),
    6: f('metadata', 'RpcMetadata'),
    7: f('has_exceptions', 'bool'),
  },
};

const VARINTS = new Set(['bool', 'uint32', 'int32', 'uint64', 'int64', 'sint64']);
const fieldsOf = (message: string): Readonly<Record<number, Field>> => {
  const fields = MESSAGES[message];
  if (!fields) throw new Error(`no message ${message}`);
  return fields;
};

function varint(value: bigint): number[] {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

function scalarBytes(type: string, value: unknown): number[] {
  if (type === 'bool') return varint(value ? 1n : 0n);
  if (type === 'sint64') {
    const n = BigInt(value as bigint);
    return varint((n << 1n) ^ (n >> 63n));
  }
  return varint(BigInt(value as bigint));
}

/** The bytes of a message. Numbers may be bigint; absent fields are left out. */
export function encode(message: string, value: Message): Buffer {
  const parts: Buffer[] = [];
  for (const [number, field] of Object.entries(fieldsOf(message))) {
    const values = value[field.name];
    if (values === undefined) continue;
    const list = field.repeated ? (values as unknown[]) : [values];
    if (field.repeated && VARINTS.has(field.type)) {
      // proto3 packs numbers.
      const packed = Buffer.from(list.flatMap((item) => scalarBytes(field.type, item)));
      parts.push(Buffer.from(varint(BigInt((Number(number) << 3) | 2))), lengthPrefixed(packed));
      continue;
    }
    for (const item of list) parts.push(encodeField(Number(number), field, item));
  }
  return Buffer.concat(parts);
}

const lengthPrefixed = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(varint(BigInt(bytes.length))), bytes]);

function encodeField(number: number, field: Field, value: unknown): Buffer {
  const tag = (wire: number) => Buffer.from(varint(BigInt((number << 3) | wire)));
  if (VARINTS.has(field.type)) return Buffer.concat([tag(0), Buffer.from(scalarBytes(field.type, value))]);
  if (field.type === 'double') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value as number);
    return Buffer.concat([tag(1), bytes]);
  }
  if (field.type === 'string')
    return Buffer.concat([tag(2), lengthPrefixed(Buffer.from(value as string, 'utf8'))]);
  if (field.type === 'bytes') return Buffer.concat([tag(2), lengthPrefixed(value as Uint8Array)]);
  return Buffer.concat([tag(2), lengthPrefixed(encode(field.type, value as Message))]);
}

/** A message's fields: 64-bit numbers are bigint, others number; unknown fields are an error. */
export function decode(message: string, bytes: Uint8Array): Message {
  const value: Message = {};
  let at = 0;
  const readVarint = (): bigint => {
    let result = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('the bytes end early');
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
  };
  while (at < bytes.length) {
    const tag = Number(readVarint());
    const field = fieldsOf(message)[tag >>> 3];
    if (!field) throw new Error(`${message} has no field ${tag >>> 3}`);
    let items: unknown[];
    if ((tag & 7) === 0) items = [scalarOf(field.type, readVarint())];
    else if ((tag & 7) === 1) {
      items = [Buffer.from(bytes).readDoubleLE(at)];
      at += 8;
    } else {
      const length = Number(readVarint());
      const part = bytes.subarray(at, at + length);
      if (part.length !== length) throw new Error('the bytes end early');
      at += length;
      if (VARINTS.has(field.type)) {
        const end = at;
        at -= length;
        items = [];
        while (at < end) items.push(scalarOf(field.type, readVarint()));
      } else if (field.type === 'string') items = [Buffer.from(part).toString('utf8')];
      else if (field.type === 'bytes') items = [new Uint8Array(part)];
      else items = [decode(field.type, part)];
    }
    if (field.repeated) value[field.name] = [...((value[field.name] as unknown[]) ?? []), ...items];
    else value[field.name] = items[0];
  }
  return value;
}

function scalarOf(type: string, value: bigint): unknown {
  switch (type) {
    case 'bool':
      return value !== 0n;
    case 'uint32':
      return Number(value & 0xffff_ffffn);
    case 'int32':
      return Number(BigInt.asIntN(32, value));
    case 'sint64':
      return (value >> 1n) ^ -(value & 1n);
    case 'int64':
      return BigInt.asIntN(64, value);
    default:
      return value;
  }
}

/** A whole request as it is posted: the message's name and fields. */
export function decodeRequest(bytes: Uint8Array): { name: string; message: Message } {
  const { name, wrapped_message } = decode('WireMessage', bytes) as {
    name: string;
    wrapped_message: Uint8Array;
  };
  const [, short = ''] = /^org\.apache\.calcite\.avatica\.proto\.Requests\$(\w+)$/.exec(name) ?? [];
  return { name: short, message: decode(short, wrapped_message ?? new Uint8Array()) };
}

/** A whole answer as the server sends it. */
export const encodeAnswer = (name: string, message: Message): Buffer =>
  encode('WireMessage', {
    name: `org.apache.calcite.avatica.proto.Responses$${name}`,
    wrapped_message: encode(name, message),
  });
