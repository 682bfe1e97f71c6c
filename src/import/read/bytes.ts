import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** The name that stands for the standard input. */
export const STANDARD_INPUT = '-';

/** A byte that UTF-8 does not have. It replaces unreadable bytes, so that their row is rejected. */
const NOT_UTF8 = Buffer.from([0xff]);
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** Whether `label` is an encoding that can be read: any of the WHATWG's, such as `windows-1252`, `latin1`, `utf-16le`. */
export function isEncoding(label: string): boolean {
  try {
    new TextDecoder(label);
    return true;
  } catch {
    return false;
  }
}

/**
 * The bytes of a file or of the standard input, unpacked when they are gzip, as UTF-8 without a byte order mark. A mark
 * wins over `encoding`; without both the bytes are taken for UTF-8. Bytes that the encoding does not have become a byte
 * that UTF-8 does not have.
 * @throws Error for a file that can't be read, a broken gzip, or a ZIP archive
 */
export async function* readUtf8(path: string, encoding = 'utf-8'): AsyncGenerator<Buffer> {
  const source: Readable = path === STANDARD_INPUT ? process.stdin : createReadStream(path);
  const chunks = (await isGzip(source)) ? unpack(source) : source;
  let decode: ((chunk: Buffer, isEnd: boolean) => Buffer) | undefined;
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    if (start === undefined) {
      yield decode ? decode(chunk, false) : chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < 4) continue;
    const begun = begin(start, encoding);
    [decode, start] = [begun.decode, undefined];
    yield decode ? decode(begun.rest, false) : begun.rest;
  }
  if (start) {
    const begun = begin(start, encoding);
    yield begun.decode ? begun.decode(begun.rest, true) : begun.rest;
  } else if (decode) yield decode(Buffer.alloc(0), true);
}

/** Looks at the first bytes and puts them back. */
async function isGzip(source: Readable): Promise<boolean> {
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    source.unshift(chunk);
    return chunk[0] === 0x1f && chunk[1] === 0x8b;
  }
  return false;
}

async function* unpack(source: Readable): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  source.once('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code?.startsWith('Z_')
      ? new Error('The file is no whole gzip: it breaks off or is damaged.', { cause: error })
      : error;
  }
}

function begin(bytes: Buffer, encoding: string) {
  if (bytes.toString('latin1', 0, 4) === 'PK\x03\x04')
    throw new Error(
      'This is a ZIP archive or a spreadsheet (.xlsx). Unpack it, or save the sheet as CSV, and import that.',
    );
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  const name = new TextDecoder(marked?.[0] ?? encoding).encoding;
  const rest = bytes.subarray(marked?.[1].length ?? 0);
  return { rest, decode: name === 'utf-8' ? undefined : transcoder(name) };
}

/** To UTF-8. Only UTF-16 can mean U+FFFD; elsewhere it stands for what the encoding does not have. */
function transcoder(encoding: string): (chunk: Buffer, isEnd: boolean) => Buffer {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return utf16(encoding === 'utf-16be');
  const decoder = new TextDecoder(encoding);
  return (chunk, isEnd) => joined(decoder.decode(chunk, { stream: !isEnd }).split('\ufffd'));
}

function utf16(isBigEndian: boolean): (chunk: Buffer, isEnd: boolean) => Buffer {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk, isEnd) => {
    const all = Buffer.concat([rest, chunk]);
    let length = all.length - (all.length % 2);
    const last = length >= 2 ? (all[isBigEndian ? length - 2 : length - 1] ?? 0) : 0;
    // The first half of a pair waits for the second.
    if (!isEnd && last >= 0xd8 && last <= 0xdb) length -= 2;
    const units = Buffer.from(all.subarray(0, length));
    rest = Buffer.from(all.subarray(length));
    if (isBigEndian) units.swap16();
    const text = joined(units.toString('utf16le').split(LONE_SURROGATE));
    return isEnd && rest.length > 0 ? Buffer.concat([text, NOT_UTF8]) : text;
  };
}

const joined = (texts: readonly string[]): Buffer =>
  texts.length === 1
    ? Buffer.from(texts[0] ?? '')
    : Buffer.concat(
        texts.flatMap((text, index) => (index === 0 ? [Buffer.from(text)] : [NOT_UTF8, Buffer.from(text)])),
      );
