import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { UnsecuredJWT } from 'jose';
import {
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
} from '../../../src/auth/authenticate.ts';
import { type Directory, directoryOn } from '../../../src/auth/directory.ts';
import { hasScope } from '../../../src/auth/viewer.ts';
import type { Db } from '../../../src/datasources/db/db.ts';
import { createPostgresDirectory } from '../../../src/datasources/directory/postgres.ts';
import { DomainError } from '../../../src/lib/errors.ts';
import { drivers } from '../../support/databases.ts';
import { deadAddress } from '../../support/subgraph-server.ts';
import {
  AUDIENCE,
  aKeySet,
  aServer,
  aSigner,
  claims,
  ISSUER,
  type Signer,
  seconds,
  serveJwks,
  signed,
} from '../../support/tokens.ts';

const SKEW = 30;
const [pglite] = drivers;
assert.ok(pglite);
const db: Db = await pglite.open();
const directory: Directory = directoryOn(createPostgresDirectory(db));
const { keySet, remove } = await aKeySet();
const own: Signer = {
  alg: 'ES256',
  kid: keySet.signing.kid,
  key: keySet.signing.jwk as never,
  jwk: keySet.publicJwks.keys[0] ?? {},
};
const external = await aSigner('RS256', 'external-1');
const issuer = await serveJwks(external.jwk);

const anAuthenticator = (options: Partial<AuthenticatorOptions> = {}): Authenticator =>
  createAuthenticator({
    issuer: ISSUER,
    audience: AUDIENCE,
    clockSkewSeconds: SKEW,
    jwksUrl: issuer.url,
    keySet,
    directory,
    ...options,
  });
const authenticator = anAuthenticator();

/** Refused with this code and message, of which no part is the credential. */
async function refused(
  authorization: string,
  message: RegExp,
  code = 'UNAUTHENTICATED',
  by = authenticator,
): Promise<void> {
  await assert.rejects(by.authenticate(authorization), (error) => {
    assert.ok(error instanceof DomainError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    for (const part of authorization.split(/[\s.]+/).slice(1))
      assert.ok(part.length < 8 || !error.message.includes(part), 'the message quotes the credential');
    return true;
  });
}

before(async () => {
  await directory.createTenant('acme', 'Acme Corporation');
});
after(async () => {
  await Promise.all([issuer.close(), db.close(), remove()]);
});

describe('tokens', () => {
  test('a good token of ours or of the other issuer gives its one tenant and its known scopes', async () => {
    for (const signer of [own, external]) {
      const token = await signed(signer, claims({ scope: 'activities:read leads:pii openid' }));
      const viewer = await authenticator.authenticate(`Bearer ${token}`);
      assert.equal(viewer?.tenant.id, 'acme');
      assert.equal(viewer.tenantName, 'Acme Corporation');
      assert.deepEqual([...viewer.scopes], ['activities:read', 'leads:pii']);
      assert.equal(viewer.subject, 'someone');
    }
  });

  test('scopes may come as a list; without any the viewer may do nothing', async () => {
    const listed = await signed(own, claims({ scope: ['analytics:read', 7] }));
    assert.deepEqual(
      [...((await authenticator.authenticate(`Bearer ${listed}`))?.scopes ?? [])],
      ['analytics:read'],
    );
    const none = await signed(own, claims({ scope: undefined }));
    assert.equal((await authenticator.authenticate(`bearer ${none}`))?.scopes.size, 0);
  });

  test('every asymmetric algorithm that jose verifies is taken from the other issuer', async (t) => {
    for (const alg of ['ES384', 'ES512', 'EdDSA', 'PS256']) {
      const signer = await aSigner(alg, `external-${alg}`);
      const server = await serveJwks(signer.jwk);
      t.after(server.close);
      const token = await signed(signer, claims());
      const viewer = await anAuthenticator({ jwksUrl: server.url }).authenticate(`Bearer ${token}`);
      assert.equal(viewer?.tenant.id, 'acme', alg);
    }
  });

  test('no header is no viewer, and no error', async () => {
    assert.equal(await authenticator.authenticate(undefined), null);
    assert.equal(await authenticator.authenticate(''), null);
  });

  test('a subject of any form is safe to log', async () => {
    const subjectOf = async (sub: unknown) =>
      (await authenticator.authenticate(`Bearer ${await signed(own, claims({ sub }))}`))?.subject;
    assert.equal(await subjectOf({ deep: true }), 'unknown');
    assert.equal((await subjectOf('s'.repeat(4_000)))?.length, 256);
  });

  const later = () => seconds() + 2 * SKEW;
  const badClaims: readonly [string, () => Record<string, unknown>, RegExp][] = [
    ['has expired', () => ({ exp: seconds() - SKEW - 5 }), /expired/],
    ['is not valid yet', () => ({ nbf: later() }), /not valid yet/],
    ['has no expiry', () => ({ exp: undefined }), /'exp'/],
    ['has an expiry that is no number', () => ({ exp: '2099-01-01' }), /'exp'/],
    ['is for another audience', () => ({ aud: 'another' }), /'aud'/],
    ['is for no audience', () => ({ aud: undefined }), /'aud'/],
    ['is of another issuer', () => ({ iss: 'https://other.example' }), /'iss'/],
    ['names no tenant', () => ({ tenant: undefined }), /'tenant'/],
    ['names several tenants', () => ({ tenant: ['acme', 'globex'] }), /'tenant'.*one tenant/],
    ['names one tenant in a list', () => ({ tenant: ['acme'] }), /'tenant'.*one tenant/],
    ['names a malformed tenant', () => ({ tenant: "acme' OR 1=1" }), /'tenant'.*one tenant/],
    ['names an unknown tenant', () => ({ tenant: 'nowhere' }), /no such tenant/],
  ];
  for (const [what, overrides, message] of badClaims)
    test(`a token that ${what} is refused`, async () => {
      for (const signer of [own, external])
        await refused(`Bearer ${await signed(signer, claims(overrides()))}`, message);
    });

  test('clocks may differ by the skew that is configured', async () => {
    const token = await signed(own, claims({ nbf: seconds() + SKEW - 10, exp: seconds() - SKEW + 10 }));
    for (let time = 0; time < 2; time += 1)
      assert.equal((await authenticator.authenticate(`Bearer ${token}`))?.tenant.id, 'acme');
  });

  test("a token without a signature is refused, whatever letter case its 'none' has", async () => {
    const token = new UnsecuredJWT(claims() as never).encode();
    await refused(`Bearer ${token}`, /sign it with one of ES256/);
    const [, payload] = token.split('.');
    for (const alg of ['None', 'NONE', ''])
      await refused(`Bearer ${encode({ alg })}.${payload}.`, /sign it with one of ES256/);
  });

  test('a public key is no secret that signs: HS256 with it is refused', async () => {
    for (const { jwk, kid } of [own, external])
      for (const secret of [JSON.stringify(jwk), String(jwk.x ?? jwk.n)]) {
        const key = new TextEncoder().encode(secret);
        await refused(
          `Bearer ${await signed({ alg: 'HS256', kid, key }, claims())}`,
          /sign it with one of ES256/,
        );
      }
  });

  test('a key that is not published here signs nothing, under whatever id and however it is enclosed', async () => {
    const stranger = await aSigner('ES256', 'stranger');
    await refused(`Bearer ${await signed(stranger, claims())}`, /key that is not known/);
    await refused(`Bearer ${await signed({ ...stranger, kid: own.kid }, claims())}`, /signature is wrong/);
    await refused(
      `Bearer ${await signed({ ...stranger, kid: external.kid }, claims())}`,
      /key that is not known/,
    );
    await refused(
      `Bearer ${await signed(stranger, claims(), { jwk: stranger.jwk, jku: 'http://127.0.0.1:1/' })}`,
      /key that is not known/,
    );
    await refused(`Bearer ${await signed({ ...own, kid: '../1-key' }, claims())}`, /key that is not known/);
  });

  test('a token that does not say which of several keys signed it is refused with the remedy', async (t) => {
    const server = await serveJwks((await aSigner('RS256', 'a')).jwk, { ...external.jwk, kid: 'b' });
    t.after(server.close);
    const token = await signed(external, claims(), { kid: undefined } as never);
    await refused(`Bearer ${token}`, /'kid'/, 'UNAUTHENTICATED', anAuthenticator({ jwksUrl: server.url }));
  });

  test('a token of which any part was changed is refused', async () => {
    const [header = '', payload = '', signature = ''] = (await signed(own, claims())).split('.');
    const other = encode(claims({ tenant: 'globex', scope: 'admin' }));
    await refused(`Bearer ${header}.${other}.${signature}`, /signature is wrong/);
    await refused(
      `Bearer ${encode({ alg: 'ES256', kid: own.kid, typ: 'x' })}.${payload}.${signature}`,
      /signature is wrong/,
    );
    await refused(`Bearer ${header}.${payload}.${signature.slice(0, -4)}AAAA`, /signature is wrong/);
    await refused(`Bearer ${header}.${payload}.`, /signature is wrong/);
    await refused(`Bearer ${header}.${payload}`, /no valid token/);
  });

  test('what is no credential at all is refused with what would be one', async () => {
    for (const garbage of [
      'Bearer',
      'Bearer ',
      'token',
      'Digest abcdefgh',
      'Bearer two words',
      'Bearer\ttab',
    ])
      await refused(garbage, /Authorization: Bearer <token or key>/);
    for (const garbage of ['..', 'a.b.c', '%%%', 'e30.e30.e30', 'null', encode({ alg: 'ES256' })])
      await refused(`Bearer ${garbage}`, /no valid token|sign it with/);
    await refused(`Bearer ${'a'.repeat(9_000)}`, /too long/);
    await refused(`Bearer ${await signed(own, claims({ note: 'x'.repeat(9_000) }))}`, /too long/);
  });

  test('any text is refused or no credential, never another error', async () => {
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc
        .tuple(fc.constantFrom('Bearer ', 'basic ', 'BEARER  '), fc.string({ maxLength: 60 }))
        .map((p) => p.join('')),
      fc
        .tuple(fc.json(), fc.json(), fc.base64String())
        .map(
          ([a, b, c]) =>
            `Bearer ${Buffer.from(a).toString('base64url')}.${Buffer.from(b).toString('base64url')}.${c}`,
        ),
    );
    await fc.assert(
      fc.asyncProperty(text, async (authorization) => {
        if (authorization === '') assert.equal(await authenticator.authenticate(authorization), null);
        else await refused(authorization, /^The credential was refused: /);
      }),
      { numRuns: 300 },
    );
  });

  test('a tenant that is made later is served with the token it already has', async () => {
    const token = await signed(own, claims({ tenant: 'late' }));
    await refused(`Bearer ${token}`, /no such tenant/);
    await directory.createTenant('late', 'Late');
    assert.equal((await authenticator.authenticate(`Bearer ${token}`))?.tenantName, 'Late');
  });

  test('a token is verified once, but not trusted beyond its expiry', async () => {
    const strict = anAuthenticator({ clockSkewSeconds: 0 });
    const exp = seconds() + 2;
    const token = await signed(own, claims({ exp }));
    const viewer = await strict.authenticate(`Bearer ${token}`);
    assert.equal(await strict.authenticate(`Bearer ${token}`), viewer, 'it was verified again');
    await sleep(exp * 1000 - Date.now() + 5);
    await refused(`Bearer ${token}`, /expired/, 'UNAUTHENTICATED', strict);
  });
});

describe("another issuer's key set", { concurrency: true }, () => {
  test('is asked once for many tokens', async (t) => {
    const server = await serveJwks(external.jwk);
    t.after(server.close);
    const fresh = anAuthenticator({ jwksUrl: server.url });
    await Promise.all(
      [1, 2, 3, 4, 5].map(async (jti) =>
        fresh.authenticate(`Bearer ${await signed(external, claims({ jti }))}`),
      ),
    );
    assert.equal(server.requests(), 1);
  });

  const hanging = () => aServer(() => {});
  const answering = (status: number, body: string, location?: string) => () =>
    aServer((_request, response) => {
      response.writeHead(status, location ? { location } : {}).end(body);
    });
  const outages: readonly [string, () => Promise<{ url: string; close(): Promise<void> }>][] = [
    ['does not listen', async () => ({ url: await deadAddress(), close: async () => {} })],
    ['does not answer', hanging],
    ['fails', answering(500, 'oops')],
    ['answers with a page', answering(200, '<html>')],
    ['answers with no key set', answering(200, '{"keys": 7}')],
    ['sends elsewhere', answering(302, '', issuer.url)],
    ['publishes a broken key', answering(200, JSON.stringify({ keys: [{ ...external.jwk, n: undefined }] }))],
  ];
  for (const [what, open] of outages)
    test(`that ${what} is an outage for its tokens, and none for ours`, async (t) => {
      const server = await open();
      t.after(server.close);
      const cut = anAuthenticator({ jwksUrl: server.url });
      const served = async (credential: string) =>
        assert.equal((await cut.authenticate(`Bearer ${credential}`))?.tenant.id, 'acme');
      await Promise.all([
        refused(
          `Bearer ${await signed(external, claims())}`,
          /^The issuer's keys can't be read right now\. Try again shortly\.$/,
          'BACKEND_UNAVAILABLE',
          cut,
        ),
        served(await signed(own, claims())),
        served(await directory.createKey({ tenantId: 'acme', kind: 'write', scopes: [], name: 'k' })),
      ]);
    });
});

describe('keys', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  test('an API key has the scopes it was made with', async () => {
    const key = await directory.createKey({
      tenantId: 'acme',
      kind: 'api',
      scopes: ['analytics:read', 'activities:read'],
      name: 'dashboard',
    });
    for (const header of [
      `Bearer ${key}`,
      `BEARER  ${key}`,
      basic(`${key}:`),
      basic(key),
      basic(`${key}:pw:x`),
    ]) {
      const viewer = await authenticator.authenticate(header);
      assert.equal(viewer?.tenant.id, 'acme');
      assert.equal(viewer.tenantName, 'Acme Corporation');
      assert.deepEqual([...viewer.scopes].sort(), ['activities:read', 'analytics:read']);
      assert.match(viewer.subject, /^key:[\w-]{12}$/);
      assert.ok(!key.includes(viewer.subject.slice(4)), 'the subject is a part of the secret');
    }
    assert.equal((await authenticator.authenticateKey(key)).tenant.id, 'acme');
  });

  test('a write key can only write, whatever was asked and whatever its row says', async () => {
    const key = await directory.createKey({
      tenantId: 'acme',
      kind: 'write',
      scopes: ['admin'],
      name: 'sdk',
    });
    const [row] = await db.query<{ scopes: string[] }>("SELECT scopes FROM api_keys WHERE name = 'sdk'");
    assert.deepEqual(row?.scopes, ['activities:write']);
    await db.query("UPDATE api_keys SET scopes = '{admin,activities:read}' WHERE name = 'sdk'");
    const viewer = await authenticator.authenticate(basic(`${key}:`));
    assert.ok(hasScope(viewer, 'activities:write'));
    for (const scope of ['activities:read', 'analytics:read', 'leads:pii', 'admin'] as const)
      assert.ok(!hasScope(viewer, scope), scope);
  });

  test('a key that is unknown, revoked or over is refused', async () => {
    const make = (expiresAt?: number) =>
      directory.createKey({
        tenantId: 'acme',
        kind: 'api',
        scopes: ['activities:read'],
        name: 'k',
        ...(expiresAt !== undefined && { expiresAt }),
      });
    await refused(`Bearer jg_${'A'.repeat(43)}`, /unknown or was revoked/);
    await refused(basic('writekey:'), /unknown or was revoked/);
    await refused(basic(''), /Authorization|unknown/);

    const revoked = await make();
    assert.ok(await authenticator.authenticate(`Bearer ${revoked}`));
    await directory.revokeKey((await directory.findKey(revoked))?.keyId ?? '');
    await refused(`Bearer ${revoked}`, /unknown or was revoked/);

    await refused(`Bearer ${await make(Date.now() - 1)}`, /expired/);
    const expiresAt = Date.now() + 2_000;
    const short = await make(expiresAt);
    assert.ok(await authenticator.authenticate(`Bearer ${short}`));
    await sleep(expiresAt - Date.now() + 20);
    await refused(`Bearer ${short}`, /expired/);
  });
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
