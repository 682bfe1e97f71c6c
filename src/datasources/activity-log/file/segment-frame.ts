import { crc32 } from 'node:zlib';

/**
 * The bytes of a log segment, all integers big-endian:
 *
 *     segment = magic(8) firstOffset(u64) frame*
 *     frame   = length(u32) checksum(u32) payload(length bytes)
 *
 * The checksum is CRC-32 over the frame's offset (u64) and its payload. So a frame is valid only in its own place.
 */
const MAGIC = Buffer.from('JGLOG\0\0\x01', 'latin1');
export const SEGMENT_HEADER_BYTES = 16;
const FRAME_HEADER_BYTES = 8;
/** No record is longer; a greater length in a file can only be damage. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

export function encodeSegmentHeader(firstOffset: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeBigUInt64BE(BigInt(firstOffset), 8);
  return header;
}

/** The segment's first offset; undefined when these bytes are no header. */
export function parseSegmentHeader(bytes: Buffer): number | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  return Number(bytes.readBigUInt64BE(8));
}

const seed = Buffer.alloc(8);
function checksum(offset: number, payload: Uint8Array): number {
  seed.writeBigUInt64BE(BigInt(offset));
  return crc32(payload, crc32(seed));
}

/** The frames of consecutive records in one buffer. */
export function encodeFrames(records: readonly Uint8Array[], firstOffset: number): Buffer {
  let size = 0;
  for (const record of records) size += FRAME_HEADER_BYTES + record.length;
  const buffer = Buffer.allocUnsafe(size);
  let at = 0;
  records.forEach((record, index) => {
    buffer.writeUInt32BE(record.length, at);
    buffer.writeUInt32BE(checksum(firstOffset + index, record), at + 4);
    buffer.set(record, at + FRAME_HEADER_BYTES);
    at += FRAME_HEADER_BYTES + record.length;
  });
  return buffer;
}

export type Frame =
  | { readonly kind: 'record'; readonly payload: Buffer; readonly bytes: number }
  /** More bytes are needed: this many in all, from where the frame starts. */
  | { readonly kind: 'partial'; readonly needed: number }
  | { readonly kind: 'damaged' };

/** Reads the frame of record `offset` that starts at `at`. The payload is a view of `bytes`. */
export function parseFrame(bytes: Buffer, at: number, offset: number): Frame {
  if (bytes.length - at < FRAME_HEADER_BYTES) return { kind: 'partial', needed: FRAME_HEADER_BYTES };
  const length = bytes.readUInt32BE(at);
  if (length > MAX_RECORD_BYTES) return { kind: 'damaged' };
  const size = FRAME_HEADER_BYTES + length;
  if (bytes.length - at < size) return { kind: 'partial', needed: size };
  const payload = bytes.subarray(at + FRAME_HEADER_BYTES, at + size);
  return checksum(offset, payload) === bytes.readUInt32BE(at + 4)
    ? { kind: 'record', payload, bytes: size }
    : { kind: 'damaged' };
}
