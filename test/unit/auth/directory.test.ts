import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Directory, directoryOn, isKey } from '../../../src/auth/directory.ts';
import type { Db } from '../../../src/datasources/db/db.ts';
import { createPostgresDirectory } from '../../../src/datasources/directory/postgres.ts';
import type { Scope } from '../../../src/domain/scopes.ts';
import { DomainError } from '../../../src/lib/errors.ts';
import { drivers } from '../../support/databases.ts';

const failsWith = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof DomainError && error.code === code && message.test(error.message);

for (const { name, open } of drivers)
  describe(`tenants and keys on ${name}`, () => {
    let db: Db;
    let directory: Directory;
    const make = (options: Partial<Parameters<Directory['createKey']>[0]> = {}): Promise<string> =>
      directory.createKey({
        tenantId: 'acme',
        kind: 'api',
        scopes: ['activities:read'],
        name: 'a key',
        ...options,
      });
    before(async () => {
      db = await open();
      directory = directoryOn(createPostgresDirectory(db));
      await directory.createTenant('acme', 'Acme');
    });
    after(() => db.close());

    test('a tenant is there once it is made, and stays as it is when it is made again', async () => {
      assert.equal(await directory.tenant('globex'), undefined);
      await directory.createTenant('globex', 'Globex');
      await directory.createTenant('globex', 'Another');
      assert.equal((await directory.tenant('globex'))?.name, 'Globex');
      assert.equal((await directoryOn(createPostgresDirectory(db)).tenant('globex'))?.name, 'Globex');
    });

    test('a malformed tenant id is refused with the form of a good one', async () => {
      for (const id of ['', 'A', 'a_b', '-a', 'a-', 'a'.repeat(64), "a'; DROP TABLE tenants"])
        await assert.rejects(
          directory.createTenant(id, 'x'),
          failsWith('BAD_USER_INPUT', /1 to 63 lower-case/),
        );
    });

    test('a key is found by its secret, of which nothing is stored but the hash', async () => {
      const secret = await make({
        scopes: ['activities:read', 'leads:pii'],
        name: 'dashboard',
        expiresAt: 9e12,
      });
      assert.ok(isKey(secret));
      const [row] = await db.query<Record<string, unknown>>(
        "SELECT * FROM api_keys WHERE name = 'dashboard'",
      );
      assert.equal(row?.['key_hash'], createHash('sha256').update(secret).digest('base64url'));
      const stored = JSON.stringify(row);
      for (let start = 3; start + 8 <= secret.length; start += 1)
        assert.ok(!stored.includes(secret.slice(start, start + 8)), 'a part of the secret is stored');

      assert.deepEqual(await directoryOn(createPostgresDirectory(db)).findKey(secret), {
        keyId: row?.['key_id'],
        tenantId: 'acme',
        kind: 'api',
        scopes: ['activities:read', 'leads:pii'],
        expiresAt: 9e12,
        revokedAt: null,
      });
      assert.equal(
        await directory.findKey(`${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`),
        undefined,
      );
    });

    test('every key is another; the form tells what it is for', async () => {
      const secrets = await Promise.all([make(), make(), make({ kind: 'write' })]);
      assert.equal(new Set(secrets).size, 3);
      assert.match(secrets[0] ?? '', /^jg_[\w-]{43}$/);
      assert.match(secrets[2] ?? '', /^jgw_[\w-]{43}$/);
    });

    test('a key of no tenant is not made', async () => {
      await assert.rejects(make({ tenantId: 'nowhere' }), failsWith('NOT_FOUND', /no tenant 'nowhere'/));
    });

    test('a scope that is none any more opens nothing', async () => {
      const secret = await make({ scopes: ['activities:read', 'everything' as Scope] });
      assert.deepEqual((await directory.findKey(secret))?.scopes, ['activities:read']);
    });

    test('a key is revoked at once here, and soon for another process; its first end counts', async () => {
      const secret = await make();
      const elsewhere = directoryOn(createPostgresDirectory(db));
      const keyId = (await elsewhere.findKey(secret))?.keyId ?? '';
      await directory.revokeKey(keyId);
      const revokedAt = (await directory.findKey(secret))?.revokedAt;
      assert.ok(typeof revokedAt === 'number');
      await directory.revokeKey(keyId);
      assert.equal((await directory.findKey(secret))?.revokedAt, revokedAt);
      await sleep(5_100);
      assert.equal((await elsewhere.findKey(secret))?.revokedAt, revokedAt);
    });

    test('to revoke what is no key is an error, so that nobody believes it is done', async () => {
      await assert.rejects(directory.revokeKey('none'), failsWith('NOT_FOUND', /no key 'none'/));
    });
  });
