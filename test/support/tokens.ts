import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { type KeySet, openKeySet } from '../../src/auth/key-set.ts';
import type { Viewer } from '../../src/auth/viewer.ts';
import type { Scope } from '../../src/domain/scopes.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { temporaryDirectory } from './temp.ts';

export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'journeygraph-test';

/** A key pair of an issuer, with what it publishes. */
export type Signer = {
  readonly alg: string;
  readonly kid: string;
  readonly key: CryptoKey;
  readonly jwk: JWK;
};

export async function aSigner(alg: string, kid: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** A new key set as the server has one, in a directory that `remove` removes. */
export async function aKeySet(): Promise<{ keySet: KeySet; directory: string; remove(): Promise<void> }> {
  const { path, remove } = await temporaryDirectory();
  return { keySet: await openKeySet(path), directory: path, remove };
}

/** Now, in seconds as JWTs count them. */
export const seconds = (): number => Math.floor(Date.now() / 1000);

/** Claims that are in order for one hour, but for what is given; `undefined` takes a claim out. */
export function claims(overrides: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const now = seconds();
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'someone',
    iat: now,
    exp: now + 3600,
    tenant: 'acme',
    scope: 'activities:read',
    ...overrides,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JWTPayload;
}

/** A token signed in earnest with whatever claims and header. */
export const signed = (
  signer: Pick<Signer, 'alg' | 'kid'> & { readonly key: CryptoKey | Uint8Array | JWK },
  payload: JWTPayload,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: signer.alg, kid: signer.kid, ...header }).sign(signer.key);

/** An HTTP server on this machine; `requests` counts what it was asked. */
export async function aServer(
  answer: RequestListener,
): Promise<{ readonly url: string; requests(): number; close(): Promise<void> }> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    requests: () => requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** A key set on an HTTP server. */
export const serveJwks = (...keys: readonly JWK[]) =>
  aServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });

/** A viewer as authentication makes one. */
export const aViewer = (...scopes: readonly Scope[]): Viewer => ({
  tenant: verifyTenant('acme'),
  tenantName: 'Acme',
  scopes: new Set(scopes),
  subject: 'test',
  isPublic: false,
});
