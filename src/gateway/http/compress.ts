import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);

type Encoding = 'br' | 'gzip';

/** Less is not worth the work: it fits into one packet as it is. */
const MIN_BYTES = 1_400;
/** Of 11: about the time of gzip's default level, for a smaller answer. */
const BROTLI_QUALITY = 4;

/** The best encoding that an `Accept-Encoding` header takes; undefined: as it is. */
function encodingFor(accept: string | undefined): Encoding | undefined {
  if (accept === undefined) return undefined;
  const weights = new Map<string, number>();
  for (const part of accept.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)) || 0);
  }
  const weightOf = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0;
  const [br, gz] = [weightOf('br'), weightOf('gzip')];
  if (br === 0 && gz === 0) return undefined;
  return br >= gz ? 'br' : 'gzip';
}

/**
 * The body compressed for clients that accept it; undefined: send it as it is. The work is done by threads, chunk by
 * chunk.
 *
 * The length of a compressed, encrypted answer reveals whether a guess in it equals a secret in it (BREACH). For that
 * an attacker's page must have a victim's browser send requests with the victim's credential; this API reads no
 * cookies, so a page can't.
 */
export async function compress(
  body: string | Buffer,
  accept: string | undefined,
): Promise<{ readonly encoding: Encoding; readonly bytes: Buffer } | undefined> {
  if (body.length < MIN_BYTES) return undefined;
  const encoding = encodingFor(accept);
  if (!encoding) return undefined;
  const bytes =
    encoding === 'gzip'
      ? await gzipAsync(body)
      : await brotliAsync(body, {
          params: {
            [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
            [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
          },
        });
  return { encoding, bytes };
}
