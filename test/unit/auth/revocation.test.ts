import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { createAuthenticator } from '../../../src/auth/authenticate.ts';
import { createTokenIssuer } from '../../../src/auth/client-credentials.ts';
import { type Directory, directoryOn, keyIdOf } from '../../../src/auth/directory.ts';
import { mintToken, tokenIdOf } from '../../../src/auth/key-set.ts';
import { createPostgresDirectory } from '../../../src/datasources/directory/postgres.ts';
import { DomainError } from '../../../src/lib/errors.ts';
import { drivers } from '../../support/databases.ts';
import { AUDIENCE, aKeySet, claims, ISSUER, seconds, signed } from '../../support/tokens.ts';

const refusedAs = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof DomainError && error.code === code && message.test(error.message);

const { keySet, remove } = await aKeySet();
after(remove);

for (const { name, open } of drivers)
  describe(`credentials that end, on ${name}`, () => {
    let here: ReturnType<typeof openProcess>;
    let elsewhere: ReturnType<typeof openProcess>;
    let db: Awaited<ReturnType<typeof open>>;

    /** One of several processes on the same database. */
    function openProcess(directory: Directory) {
      const common = { issuer: ISSUER, audience: AUDIENCE, keySet, directory };
      const authenticator = createAuthenticator({ ...common, clockSkewSeconds: 0, jwksUrl: undefined });
      return { directory, authenticator, tokens: createTokenIssuer({ ...common, authenticator }) };
    }
    const token = async (id?: string): Promise<string> =>
      mintToken(keySet, {
        tenantId: 'acme',
        scopes: ['activities:read'],
        subject: 'x',
        issuer: ISSUER,
        audience: AUDIENCE,
        ttlSeconds: 3_600,
        ...(id !== undefined && { id }),
      });
    /** Refused there, after at most 6 s. */
    const endsThere = async (credential: string, message: RegExp): Promise<void> => {
      const until = Date.now() + 6_000;
      for (;;) {
        const error = await elsewhere.authenticator.authenticate(`Bearer ${credential}`).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error instanceof DomainError && message.test(error.message)) return;
        assert.ok(Date.now() < until, `it is still taken: ${error}`);
        await sleep(200);
      }
    };

    before(async () => {
      db = await open();
      here = openProcess(directoryOn(createPostgresDirectory(db)));
      elsewhere = openProcess(directoryOn(createPostgresDirectory(db)));
      await here.directory.createTenant('acme', 'Acme');
      await here.directory.createTenant('globex', 'Globex');
    });
    after(() => db.close());

    test('a token is revoked by its id at once here, and within seconds in another process', async () => {
      const [ended, other] = [await token('the-one'), await token()];
      for (const { authenticator } of [here, elsewhere])
        for (const good of [ended, other])
          assert.equal((await authenticator.authenticate(`Bearer ${good}`))?.tenant.id, 'acme');
      await here.directory.revokeToken('the-one', Date.now() + 3_600_000);
      await assert.rejects(
        here.authenticator.authenticate(`Bearer ${ended}`),
        refusedAs('UNAUTHENTICATED', /token was revoked/),
      );
      await endsThere(ended, /token was revoked/);
      for (const { authenticator } of [here, elsewhere])
        assert.ok(await authenticator.authenticate(`Bearer ${other}`));
    });

    test('a token without an id is revoked by itself', async () => {
      const signer = { alg: 'ES256', kid: keySet.signing.kid, key: keySet.signing.jwk as never };
      const nameless = await signed(signer, claims({ exp: seconds() + 600 }));
      assert.ok(await here.authenticator.authenticate(`Bearer ${nameless}`));
      await here.directory.revokeToken(tokenIdOf(nameless, decodeJwt(nameless)), Date.now() + 600_000);
      await assert.rejects(here.authenticator.authenticate(`Bearer ${nameless}`), /token was revoked/);
    });

    test('the record of a revoked token goes when the token would have expired anyway', async () => {
      await here.directory.revokeToken('long-over', Date.now() - 1);
      await here.directory.revokeToken('another', Date.now() + 60_000);
      const rows = await db.query<{ token_id: string }>('SELECT token_id FROM revoked_tokens');
      assert.ok(rows.some((row) => row.token_id === 'another'));
      assert.ok(!rows.some((row) => row.token_id === 'long-over'));
    });

    test('an OAuth token ends with the key it was given for, here and elsewhere', async () => {
      for (const kind of ['api', 'write'] as const) {
        const key = await here.directory.createKey({
          tenantId: 'acme',
          kind,
          scopes: ['activities:read'],
          name: 'partner',
        });
        const { token: access } = await here.tokens.issue(keyIdOf(key), key);
        for (const { authenticator } of [here, elsewhere]) {
          const viewer = await authenticator.authenticate(`Bearer ${access}`);
          assert.equal(viewer?.isPublic, kind === 'write');
        }
        await here.directory.revokeKey(keyIdOf(key));
        await assert.rejects(
          here.authenticator.authenticate(`Bearer ${access}`),
          refusedAs('UNAUTHENTICATED', /key is unknown or was revoked/),
        );
        await endsThere(access, /key is unknown or was revoked/);
        await assert.rejects(here.tokens.issue(keyIdOf(key), key), refusedAs('UNAUTHENTICATED', /revoked/));
      }
    });

    test('a revoked OAuth token is not given out again; its key gets another', async () => {
      const key = await here.directory.createKey({
        tenantId: 'acme',
        kind: 'api',
        scopes: ['activities:read'],
        name: 'partner',
      });
      const first = await here.tokens.issue(keyIdOf(key), key);
      assert.equal((await here.tokens.issue(keyIdOf(key), key)).token, first.token);
      await here.directory.revokeToken(String(decodeJwt(first.token).jti), Date.now() + 3_600_000);
      const second = await here.tokens.issue(keyIdOf(key), key);
      assert.notEqual(second.token, first.token);
      assert.ok(await here.authenticator.authenticate(`Bearer ${second.token}`));
    });

    test('a suspended tenant is refused whatever its credential, others go on, and it can be resumed', async () => {
      const key = await here.directory.createKey({
        tenantId: 'acme',
        kind: 'write',
        scopes: [],
        name: 'web',
      });
      const credentials = [await token(), key];
      for (const credential of credentials) await here.authenticator.authenticate(`Bearer ${credential}`);
      const other = await here.directory.createKey({
        tenantId: 'globex',
        kind: 'write',
        scopes: [],
        name: 'w',
      });
      await here.directory.suspendTenant('acme', true);
      for (const credential of credentials) {
        await assert.rejects(
          here.authenticator.authenticate(`Bearer ${credential}`),
          refusedAs('FORBIDDEN', /suspended/),
        );
        await endsThere(credential, /suspended/);
      }
      await assert.rejects(here.tokens.issue(keyIdOf(key), key), refusedAs('FORBIDDEN', /suspended/));
      assert.ok(await here.authenticator.authenticateKey(other));
      await here.directory.suspendTenant('acme', false);
      for (const credential of credentials)
        assert.ok(await here.authenticator.authenticate(`Bearer ${credential}`));
      await assert.rejects(here.directory.suspendTenant('nowhere', true), refusedAs('NOT_FOUND', /nowhere/));
    });

    test('keys are listed by tenant, without their secrets', async () => {
      const key = await here.directory.createKey({
        tenantId: 'globex',
        kind: 'api',
        scopes: ['activities:read'],
        name: 'a list',
      });
      const listed = await here.directory.keys('globex');
      assert.deepEqual(
        listed.find(({ name: label }) => label === 'a list'),
        {
          keyId: keyIdOf(key),
          tenantId: 'globex',
          kind: 'api',
          scopes: ['activities:read'],
          expiresAt: null,
          revokedAt: null,
          name: 'a list',
        },
      );
      await assert.rejects(here.directory.keys('nowhere'), refusedAs('NOT_FOUND', /nowhere/));
    });
  });
