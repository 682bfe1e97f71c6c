import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CompactSign, type JWTPayload, UnsecuredJWT } from 'jose';
import { createAuthenticator } from '../../../src/auth/authenticate.ts';
import { directoryOn } from '../../../src/auth/directory.ts';
import { createPostgresDirectory } from '../../../src/datasources/directory/postgres.ts';
import { DomainError } from '../../../src/lib/errors.ts';
import { drivers } from '../../support/databases.ts';
import {
  AUDIENCE,
  aKeySet,
  aSigner,
  claims,
  ISSUER,
  type Signer,
  seconds,
  serveJwks,
  signed,
} from '../../support/tokens.ts';

const [pglite] = drivers;
assert.ok(pglite);
const db = await pglite.open();
const directory = directoryOn(createPostgresDirectory(db));
const { keySet, remove } = await aKeySet();
const own: Signer = {
  alg: 'ES256',
  kid: keySet.signing.kid,
  key: keySet.signing.jwk as never,
  jwk: keySet.publicJwks.keys[0] ?? {},
};
const external = await aSigner('RS256', 'external-1');
const stranger = await aSigner('ES256', 'stranger');
const issuer = await serveJwks(external.jwk);
const authenticator = createAuthenticator({
  issuer: ISSUER,
  audience: AUDIENCE,
  clockSkewSeconds: 30,
  jwksUrl: issuer.url,
  jwksTenants: ['acme'],
  keySet,
  directory,
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const withClaims = (overrides: Record<string, unknown>) => () => signed(own, claims(overrides));
const withHeader = (header: Record<string, unknown>) => () => signed(own, claims(), header as never);
const unsigned = (alg: string) => async () => `${encode({ alg })}.${encode(claims())}.`;
const hmac = (secret: string) => () =>
  signed({ alg: 'HS256', kid: own.kid, key: new TextEncoder().encode(secret) }, claims());
/** A good token with one of its three parts changed. */
const changed = (change: (parts: [string, string, string]) => string) => async () =>
  change((await signed(own, claims())).split('.') as [string, string, string]);
const DAY = 86_400;

/** What each kind of token is, how it is made, and why it is refused; null: it is taken. */
const TABLE: readonly (readonly [string, () => Promise<string>, RegExp | null])[] = [
  ['ours', withClaims({}), null],
  ["the other issuer's, for a tenant it may sign for", () => signed(external, claims()), null],
  ['ours, of the type of RFC 9068', withHeader({ typ: 'at+JWT' }), null],
  ['ours, of the full media type', withHeader({ typ: 'application/at+jwt' }), null],
  ['ours, for 366 days', withClaims({ exp: seconds() + 366 * DAY }), null],
  ['no signature', async () => new UnsecuredJWT(claims() as never).encode(), /sign it with/],
  ['no signature, as None', unsigned('None'), /sign it with/],
  ['no signature, as an empty name', unsigned(''), /sign it with/],
  ['HS256 with our public key as the secret', hmac(JSON.stringify(own.jwk)), /sign it with/],
  ['HS256 with a coordinate of our public key', hmac(String(own.jwk.x)), /sign it with/],
  ['HS256 with nothing as the secret', hmac('\0'), /sign it with/],
  ['the key of a stranger', () => signed(stranger, claims()), /key that is not known/],
  ["a stranger's under our kid", () => signed({ ...stranger, kid: own.kid }, claims()), /signature is wrong/],
  [
    "a stranger's under the issuer's kid",
    () => signed({ ...stranger, kid: external.kid }, claims()),
    /key that is not known/,
  ],
  [
    "a stranger's with its own jwk in the header",
    () => signed(stranger, claims(), { jwk: stranger.jwk }),
    /key that is not known/,
  ],
  [
    "a stranger's with its own jku in the header",
    () => signed(stranger, claims(), { jku: 'http://127.0.0.1:1/jwks' }),
    /key that is not known/,
  ],
  ['a kid that is a path', () => signed({ ...own, kid: '../1-key' }, claims()), /key that is not known/],
  ['a critical header that nobody knows', critical, /no valid token/],
  ['a signature of zeros', changed(([h, p]) => `${h}.${p}.${'A'.repeat(86)}`), /signature is wrong/],
  ['no third part', changed(([h, p]) => `${h}.${p}`), /no valid token/],
  [
    'another payload',
    changed(([h, , s]) => `${h}.${encode(claims({ tenant: 'globex' }))}.${s}`),
    /signature/,
  ],
  ['another type than an access token', withHeader({ typ: 'logout+jwt' }), /'typ'/],
  ['no expiry', withClaims({ exp: undefined }), /'exp'/],
  ['an expiry that is a text', withClaims({ exp: '2099-01-01' }), /'exp'/],
  ['an expiry that is over', withClaims({ exp: seconds() - 60 }), /expired/],
  ['an expiry in 367 days', withClaims({ exp: seconds() + 367 * DAY }), /expires in more than 366 days/],
  ['an expiry without end', withClaims({ exp: 9e15 }), /expires in more than 366 days/],
  ['a start that is to come', withClaims({ nbf: seconds() + 600 }), /not valid yet/],
  ['no audience', withClaims({ aud: undefined }), /'aud'/],
  ['another audience', withClaims({ aud: 'another' }), /'aud'/],
  ['no issuer', withClaims({ iss: undefined }), /'iss'/],
  ['another issuer', withClaims({ iss: 'https://other.example' }), /'iss'/],
  ['no tenant', withClaims({ tenant: undefined }), /'tenant'/],
  ['a list of tenants', withClaims({ tenant: ['acme'] }), /'tenant'/],
  ['a tenant in upper case', withClaims({ tenant: 'ACME' }), /'tenant'/],
  ['a tenant with a letter that looks the same', withClaims({ tenant: 'асme' }), /'tenant'/],
  ['a tenant with a NUL', withClaims({ tenant: 'acme\0' }), /'tenant'/],
  ['a tenant with a line break', withClaims({ tenant: 'acme\n' }), /'tenant'/],
  ['a tenant that objects have', withClaims({ tenant: '__proto__' }), /'tenant'/],
  ['a tenant that is not here', withClaims({ tenant: 'nowhere' }), /no such tenant/],
  [
    "the other issuer's, for a tenant it may not sign for",
    () => signed(external, claims({ tenant: 'globex' })),
    /may not sign for this tenant/,
  ],
  [
    'a key that is unknown, in a claim of ours',
    withClaims({ key: 'AAAAAAAAAAAA' }),
    /key is unknown or was revoked/,
  ],
  ["the other issuer's, with a claim as ours", () => signed(external, claims({ key: 'AAAAAAAAAAAA' })), null],
];

async function critical(): Promise<string> {
  const payload: JWTPayload = claims();
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', kid: own.kid, crit: ['exp'], exp: 1 })
    .sign(own.key, { crit: { exp: true } });
}

describe('the table of tokens', () => {
  before(async () => {
    for (const id of ['acme', 'globex']) await directory.createTenant(id, id);
  });
  after(() => Promise.all([issuer.close(), db.close(), remove()]));

  for (const [what, make, refusal] of TABLE)
    test(`${what}: ${refusal === null ? 'taken' : 'refused'}`, async () => {
      const asked = authenticator.authenticate(`Bearer ${await make()}`);
      if (refusal === null) assert.equal((await asked)?.tenant.id, 'acme');
      else
        await assert.rejects(
          asked,
          (error) =>
            error instanceof DomainError && error.code === 'UNAUTHENTICATED' && refusal.test(error.message),
        );
    });
});
