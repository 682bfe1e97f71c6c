import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { z } from 'zod';
import { digest16 } from '../domain/digest.ts';
import { SCOPES, type Scope } from '../domain/scopes.ts';
import { badInput } from '../lib/errors.ts';

const ALGORITHM = 'ES256';
const FILE = /^(\d+)-[\w-]+\.json$/;

/** A private key in a file, as RFC 7517 writes it. Other fields never get into the public set. */
const keyFile = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string().min(1),
});

type PublicJwk = JWK & { readonly kty: string; readonly kid: string };

/** The installation's own keys: the newest signs, all of them verify until their files are removed. */
export type KeySet = {
  readonly publicJwks: { readonly keys: readonly PublicJwk[] };
  readonly signing: { readonly kid: string; readonly jwk: JWK };
};

/**
 * Opens the key set in a directory of files `<number>-<name>.json`; the highest number is the newest. Creates a first
 * key in an empty directory. Private keys are readable by the owner alone. Two processes that start at once end up with
 * the same keys.
 * @throws Error that names a file which holds no usable key
 */
export async function openKeySet(directory: string): Promise<KeySet> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if ((await keyFiles(directory)).length === 0) await createFirst(directory);
  return readKeySet(directory);
}

/**
 * Reads a key set that a server made. A command that only signs never makes one: no server would know it.
 * @throws Error when there is none, or that names a file which holds no usable key
 */
export async function readKeySet(directory: string): Promise<KeySet> {
  const files = await keyFiles(directory).catch(() => []);
  if (files.length === 0)
    throw new Error(
      `There are no signing keys in ${directory}. Set DATA_DIR to the directory of the server, which makes them at its first start.`,
    );
  const keys = await Promise.all(files.map((file) => readKey(join(directory, file))));
  const newest = keys.at(-1);
  if (!newest) throw new Error(`The keys in ${directory} were removed while they were read. Start again.`);
  return {
    publicJwks: { keys: keys.map(({ d: _private, ...jwk }) => ({ ...jwk, alg: ALGORITHM, use: 'sig' })) },
    signing: { kid: newest.kid, jwk: newest },
  };
}

async function readKey(file: string): Promise<z.infer<typeof keyFile>> {
  try {
    return keyFile.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Without a cause: a parser's message can quote the key.
    throw new Error(
      `${file} holds no private key for ${ALGORITHM} (a JWK with 'kid'). Mend it or move it away; ` +
        'without any key file a new key is made, and tokens signed before are refused.',
    );
  }
}

const numberOf = (file: string): number => Number(FILE.exec(file)?.[1]);

const keyFiles = async (directory: string): Promise<string[]> =>
  (await readdir(directory))
    .filter((file) => FILE.test(file))
    .sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1));

async function createFirst(directory: string): Promise<void> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const temporary = join(directory, `.${randomUUID()}`);
  await writeFile(temporary, JSON.stringify({ ...jwk, kid, alg: ALGORITHM, use: 'sig' }), {
    mode: 0o600,
    flag: 'wx',
    // A key that is lost with the power would end every token it has signed.
    flush: true,
  });
  try {
    // A link fails when the name is taken: of two processes, the second uses the key of the first.
    await link(temporary, join(directory, '1-key.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** No token lives longer, from any issuer. */
export const MAX_TOKEN_DAYS = 366;

/** The claim of our own tokens that names the key they were given for; the token ends with the key. */
export const KEY_CLAIM = 'key';

/**
 * The id by which a token can be revoked: its `jti`, or a digest of the token where it has none.
 * @param payload of the token
 */
export const tokenIdOf = (token: string, payload: { readonly jti?: unknown }): string =>
  typeof payload.jti === 'string' && payload.jti !== '' && payload.jti.length <= MAX_ID_LENGTH
    ? payload.jti
    : `sha256-${digest16(token)}`;
const MAX_ID_LENGTH = 256;

export type TokenRequest = {
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  readonly subject: string;
  readonly issuer: string;
  readonly audience: string;
  readonly ttlSeconds: number;
  /** Its `jti`; a random one unless given. */
  readonly id?: string;
  /** The key it is given for. */
  readonly keyId?: string;
};

/** Signs a token for one tenant. */
export async function mintToken(keySet: KeySet, request: TokenRequest): Promise<string> {
  const key = await importJWK(keySet.signing.jwk, ALGORITHM);
  return new SignJWT({
    tenant: request.tenantId,
    scope: request.scopes.join(' '),
    ...(request.keyId !== undefined && { [KEY_CLAIM]: request.keyId }),
  })
    .setProtectedHeader({ alg: ALGORITHM, kid: keySet.signing.kid, typ: 'JWT' })
    .setIssuer(request.issuer)
    .setAudience(request.audience)
    .setSubject(request.subject)
    .setJti(request.id ?? randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${request.ttlSeconds}s`)
    .sign(key);
}

/** Scopes from `a,b`, each once. @throws DomainError that lists the valid scopes */
export function parseScopes(text: string): Scope[] {
  const scopes = text.split(',').map((name) => {
    const scope = SCOPES.find((known) => known === name.trim());
    if (!scope) throw badInput(`'${name.trim()}' is no scope. Scopes are: ${SCOPES.join(', ')}.`, 'scopes');
    return scope;
  });
  return [...new Set(scopes)];
}
