import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parseJson } from '../../domain/exact-json.ts';
import { DomainError } from '../../lib/errors.ts';

const gunzipAsync = promisify(gunzip);

/** A body that can't be read; `status` is the HTTP status that says so. */
export class BodyError extends DomainError {
  readonly status: number;
  constructor(status: number, message: string) {
    super('BAD_USER_INPUT', message);
    this.status = status;
  }
}

/** The first two bytes of a gzip member (RFC 1952). Some SDKs send gzip without saying so. */
const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Reads a JSON body: gunzips it when it is gzip, whatever the headers say, and refuses invalid UTF-8
 * instead of storing replacement characters. Numbers that a double can't hold become their text (`parseJson`).
 * @param limit bytes after decompression; a small body that grows past it is refused while it grows.
 * @throws BodyError with 400, 413 or 415
 */
export async function readJson(raw: Buffer, encoding: string | undefined, limit: number): Promise<unknown> {
  if (encoding !== undefined && !['gzip', 'x-gzip', 'identity'].includes(encoding.toLowerCase()))
    throw new BodyError(
      415,
      `Content-Encoding '${encoding.slice(0, 40)}' is not supported; send gzip or nothing.`,
    );
  const bytes = isGzip(raw) ? await inflate(raw, limit) : raw;
  if (!isGzip(raw) && encoding?.toLowerCase().endsWith('gzip'))
    throw new BodyError(400, 'The body is not gzip, though Content-Encoding says so.');
  if (bytes.length > limit) throw tooLarge(limit);
  if (!isUtf8(bytes)) throw new BodyError(400, 'The body is not valid UTF-8.');
  // The mark that some editors begin a file with (RFC 8259, 8.1, lets a reader pass it by).
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  try {
    return parseJson(bytes.toString('utf8', start));
  } catch (error) {
    // V8 quotes the body in its message; only the position is safe to show.
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new BodyError(400, `The body is not valid JSON${position ? ` (at character ${position})` : ''}.`);
  }
}

async function inflate(raw: Buffer, limit: number): Promise<Buffer> {
  try {
    return await gunzipAsync(raw, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limit);
    throw new BodyError(400, 'The gzip body is broken: it does not decompress. Send it again, whole.');
  }
}

/** @param limit bytes */
export const tooLarge = (limit: number): BodyError =>
  new BodyError(413, `The body is larger than ${limit} bytes. Send fewer items in one request.`);
