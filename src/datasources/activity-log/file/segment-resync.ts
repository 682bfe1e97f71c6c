import { parseFrame } from './segment-frame.ts';

/** A valid frame behind damage: where it starts in the buffer, and the offset of its record. */
export type FrameFound = { readonly at: number; readonly offset: number };

const FRAME_HEADER_BYTES = 8;

/**
 * Looks for the next valid frame behind a damaged one. Its checksum covers its offset, so that a hit is no coincidence.
 * Lengths are below 2^24: a frame starts with a zero byte, which the records' JSON never holds, so few places are tried.
 * @param bytes the rest of the segment, from the damaged frame on
 * @param offset the offset of the damaged record
 * @returns undefined when nothing valid follows: the end of an interrupted write
 */
export function findNextFrame(bytes: Buffer, offset: number): FrameFound | undefined {
  for (let at = bytes.indexOf(0, 1); at !== -1; at = bytes.indexOf(0, at + 1)) {
    if (!isPlausible(bytes, at)) continue;
    // Each lost record had at least a frame's header.
    const last = offset + Math.floor(at / FRAME_HEADER_BYTES);
    for (let candidate = offset + 1; candidate <= last; candidate += 1)
      if (parseFrame(bytes, at, candidate).kind === 'record') return { at, offset: candidate };
  }
  return undefined;
}

/** Whether a whole frame can start here: another starts right behind it, or the file ends there or soon after. */
function isPlausible(bytes: Buffer, at: number): boolean {
  if (bytes.length - at < FRAME_HEADER_BYTES) return false;
  const next = at + FRAME_HEADER_BYTES + bytes.readUInt32BE(at);
  if (next > bytes.length) return false;
  return next === bytes.length || bytes[next] === 0;
}

/** Damage in the middle of a segment, with everything that tells where it is. */
export class LogDamagedError extends Error {
  /**
   * @param path the segment
   * @param offset the first damaged record
   * @param at where it starts in the file, in bytes
   */
  constructor(path: string, offset: number, at: number) {
    super(
      `The log segment ${path} is damaged at record ${offset} (byte ${at}), and valid records follow. Nothing was changed. ` +
        "Restore the file from a copy. If there is none, 'npm run log -- --accept-damage' gives up the damaged records, says how many they are, and keeps all others.",
    );
    this.name = 'LogDamagedError';
  }
}

/** A stretch of a segment whose records an operator has given up. */
export type Gap = {
  /** Where it starts in the file, in bytes. */
  readonly at: number;
  readonly bytes: number;
  /** The offset of the first lost record. */
  readonly offset: number;
  readonly records: number;
};
