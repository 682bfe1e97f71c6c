import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAuthenticator } from '../../../src/auth/authenticate.ts';
import { createSignInLimit } from '../../../src/auth/sign-in-limit.ts';
import type { ApiKey } from '../../../src/datasources/directory/port.ts';
import { DomainError } from '../../../src/lib/errors.ts';
import { lastKnown } from '../../../src/lib/last-known.ts';
import { AUDIENCE, aKeySet, ISSUER } from '../../support/tokens.ts';

const isLimited = (error: unknown) =>
  error instanceof DomainError && error.code === 'RATE_LIMITED' && (error.retryAfterMs ?? 0) > 0;

describe('refused credentials', () => {
  test('an address that is refused too often waits, and may try again when it is told', () => {
    let time = 1_000_000;
    const limit = createSignInLimit(() => time);
    for (let attempt = 0; attempt < 100; attempt += 1) {
      limit.check('10.0.0.1');
      limit.refused('10.0.0.1');
    }
    assert.throws(() => limit.check('10.0.0.1'), isLimited);
    limit.check('10.0.0.2');
    limit.check(undefined);
    time += 1_000;
    limit.check('10.0.0.1');
  });

  test('the store is not asked for more; a key that was good goes on from the same address', async (t) => {
    const { keySet, remove } = await aKeySet();
    t.after(remove);
    const good = `jg_${'G'.repeat(43)}`;
    let asked = 0;
    const key: ApiKey = {
      keyId: 'G'.repeat(12),
      tenantId: 'acme',
      kind: 'api',
      scopes: ['activities:read'],
      expiresAt: null,
      revokedAt: null,
    };
    const authenticator = createAuthenticator({
      issuer: ISSUER,
      audience: AUDIENCE,
      clockSkewSeconds: 0,
      jwksUrl: undefined,
      keySet,
      directory: {
        tenant: async (id) => ({ id, name: id, isDemo: false, suspendedAt: null }),
        keyById: async () => key,
        isTokenRevoked: async () => false,
        async findKey(secret) {
          asked += 1;
          return secret === good ? key : undefined;
        },
      },
    });
    await authenticator.authenticate(`Bearer ${good}`, '10.0.0.1');
    const unknown = (index: number) => `Bearer jg_${String(index).padStart(43, 'x')}`;
    for (let index = 0; index < 100; index += 1)
      await assert.rejects(authenticator.authenticate(unknown(index), '10.0.0.1'), /unknown or was revoked/);
    const before = asked;
    await assert.rejects(authenticator.authenticate(unknown(100), '10.0.0.1'), isLimited);
    await assert.rejects(authenticator.authenticate('Bearer e30.e30.e30', '10.0.0.1'), isLimited);
    assert.equal(asked, before);
    assert.ok(await authenticator.authenticate(`Bearer ${good}`, '10.0.0.1'));
    await assert.rejects(authenticator.authenticate(unknown(101), '10.0.0.2'), /unknown or was revoked/);
  });

  test('what is unknown pushes out no answer that is known, and is remembered in bounds', async () => {
    const loads: string[] = [];
    const memory = lastKnown<string, string | undefined>({
      max: 10,
      ttlMs: 60_000,
      async load(name) {
        loads.push(name);
        return name.startsWith('good') ? name : undefined;
      },
    });
    await memory.get('good');
    for (let index = 0; index < 1_000; index += 1) assert.equal(await memory.get(`bad-${index}`), undefined);
    assert.equal(await memory.get('bad-999'), undefined);
    assert.equal(await memory.get('good'), 'good');
    assert.equal(loads.filter((name) => name === 'good').length, 1);
    assert.equal(loads.filter((name) => name === 'bad-999').length, 1);
  });
});

describe('a store that can not be read', () => {
  test('what it said last holds for the grace, then is refused', async () => {
    let fails = false;
    const memory = lastKnown<string, string>({
      max: 10,
      ttlMs: 0,
      staleMs: 200,
      async load(name) {
        if (fails) throw new DomainError('BACKEND_UNAVAILABLE', 'away');
        return name;
      },
    });
    assert.equal(await memory.get('a'), 'a');
    fails = true;
    const started = Date.now();
    for (;;) {
      const error = await memory.get('a').then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error) {
        assert.ok(Date.now() - started >= 190, 'it was refused before the grace was over');
        assert.ok(error instanceof DomainError && error.code === 'BACKEND_UNAVAILABLE');
        break;
      }
      assert.ok(Date.now() - started < 10_000, 'it holds without end');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
});
