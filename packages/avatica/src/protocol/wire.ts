import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Names of messages inside their Java classes, `Requests` and `Responses`. */
const PACKAGE = 'org.apache.calcite.avatica.proto.';

export const LENGTH_DELIMITED = WireType.LengthDelimited;
export const VARINT = WireType.Varint;

/** The number that precedes a field: its number and how it is encoded. */
export const tag = (field: number, type: WireType): number => (field << 3) | type;

/**
 * One request as it goes over the wire: a `WireMessage { name = 1, wrapped_message = 2 }`.
 * @param name of the message in requests.proto, e.g. `ExecuteRequest`
 * @param write its fields
 */
export function encodeRequest(name: string, write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint32(tag(1, LENGTH_DELIMITED)).string(`${PACKAGE}Requests$${name}`);
  writer.uint32(tag(2, LENGTH_DELIMITED)).fork();
  write(writer);
  return writer.join().finish();
}

/** An answer's message, still encoded, and its name in responses.proto, e.g. `ExecuteResponse`. */
export type Envelope = { readonly name: string; readonly message: Uint8Array };

/** @throws Error for bytes that are no `WireMessage` with a name of Avatica's responses */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  let name = '';
  let message: Uint8Array = EMPTY;
  eachField(new BinaryReader(bytes), bytes.length, (field, reader) => {
    if (field === tag(1, LENGTH_DELIMITED)) name = reader.string(true);
    else if (field === tag(2, LENGTH_DELIMITED)) message = reader.bytes();
    else return false;
    return true;
  });
  const prefix = `${PACKAGE}Responses$`;
  if (!name.startsWith(prefix)) throw new Error('not an Avatica answer');
  return { name: name.slice(prefix.length), message };
}

const EMPTY = new Uint8Array(0);

/**
 * Calls `read` with the tag (number and wire type) of each field until `end`. Fields for which it returns false are
 * skipped, and so are known numbers with another wire type.
 * @throws Error when the bytes end within a field
 */
export function eachField(
  reader: BinaryReader,
  end: number,
  read: (field: number, reader: BinaryReader) => boolean,
): void {
  while (reader.pos < end) {
    const field = reader.uint32();
    if (!read(field, reader)) reader.skip(field & 7, field >>> 3);
  }
  assertEnd(reader, end);
}

/** @throws Error when the last field reached beyond the end of its message */
export function assertEnd(reader: BinaryReader, end: number): void {
  if (reader.pos !== end) throw new RangeError('a message ends within a field');
}

/** The end of the embedded message that begins with its length here. */
export function endOf(reader: BinaryReader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a message is longer than its bytes');
  return end;
}
