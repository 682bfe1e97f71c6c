import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { badInput } from '../domain/errors.ts';
import { SCOPES, type Scope } from './viewer.ts';

const ALGORITHM = 'ES256';
const FILE = /^(\d+)-[\w-]+\.json$/;

/** The installation's own keys: the newest signs, all of them verify until their files are removed. */
export type KeySet = {
  readonly publicJwks: { readonly keys: readonly JWK[] };
  readonly signing: { readonly kid: string; readonly jwk: JWK };
};

/**
 * Opens the key set in a directory; makes a first key where there is none. Private keys are readable by
 * the owner alone. Two processes that start at once end up with the same keys.
 */
export async function openKeySet(directory: string): Promise<KeySet> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let files = await keyFiles(directory);
  if (files.length === 0) {
    await createFirst(directory);
    files = await keyFiles(directory);
  }
  const keys = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(join(directory, file), 'utf8')) as JWK),
  );
  const newest = keys.at(-1);
  if (!newest?.kid)
    throw new Error(`There is no usable key in ${directory}. Remove what is in it to have a new one made.`);
  return {
    publicJwks: { keys: keys.map(({ d: _private, ...jwk }) => jwk) },
    signing: { kid: newest.kid, jwk: newest },
  };
}

const keyFiles = async (directory: string): Promise<string[]> =>
  (await readdir(directory))
    .filter((file) => FILE.test(file))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));

async function createFirst(directory: string): Promise<void> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const temporary = join(directory, `.${randomUUID()}`);
  await writeFile(temporary, JSON.stringify({ ...jwk, kid, alg: ALGORITHM, use: 'sig' }), {
    mode: 0o600,
    flag: 'wx',
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

export type TokenRequest = {
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  readonly subject: string;
  readonly issuer: string;
  readonly audience: string;
  readonly ttlSeconds: number;
};

/** Signs a token for one tenant. */
export async function mintToken(keySet: KeySet, request: TokenRequest): Promise<string> {
  const key = await importJWK(keySet.signing.jwk, ALGORITHM);
  return new SignJWT({ tenant: request.tenantId, scope: request.scopes.join(' ') })
    .setProtectedHeader({ alg: ALGORITHM, kid: keySet.signing.kid, typ: 'JWT' })
    .setIssuer(request.issuer)
    .setAudience(request.audience)
    .setSubject(request.subject)
    .setIssuedAt()
    .setExpirationTime(`${request.ttlSeconds}s`)
    .sign(key);
}

/** Scopes from `a,b`. @throws DomainError that lists the valid ones */
export function parseScopes(text: string): Scope[] {
  return text.split(',').map((name) => {
    const scope = SCOPES.find((known) => known === name.trim());
    if (!scope) throw badInput(`'${name.trim()}' is no scope. Scopes are: ${SCOPES.join(', ')}.`, 'scopes');
    return scope;
  });
}
