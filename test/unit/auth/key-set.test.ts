import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, jwtVerify } from 'jose';
import { type KeySet, mintToken, openKeySet } from '../../../src/auth/key-set.ts';
import { temporaryDirectory } from '../../support/temp.ts';
import { AUDIENCE, aKeySet, ISSUER } from '../../support/tokens.ts';

const request = {
  tenantId: 'acme',
  scopes: ['activities:read', 'leads:pii'],
  subject: 'someone',
  issuer: ISSUER,
  audience: AUDIENCE,
  ttlSeconds: 600,
} as const;
const verify = (set: KeySet, token: string) =>
  jwtVerify(token, createLocalJWKSet({ keys: [...set.publicJwks.keys] }), {
    issuer: ISSUER,
    audience: AUDIENCE,
  });

describe('a key set', () => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  let keys: string;
  beforeEach(async () => {
    home = await temporaryDirectory();
    keys = join(home.path, 'data', 'keys');
  });
  afterEach(() => home.remove());

  test('is made where there is none, readable by the owner alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      await openKeySet(keys);
    } finally {
      process.umask(before);
    }
    assert.deepEqual(await readdir(keys), ['1-key.json']);
    assert.equal((await stat(keys)).mode & 0o777, 0o700);
    assert.equal((await stat(join(keys, '1-key.json'))).mode & 0o777, 0o600);
  });

  test('is the same when it is opened again, and its tokens hold what was asked', async () => {
    const token = await mintToken(await openKeySet(keys), request);
    const again = await openKeySet(keys);
    assert.deepEqual(again, await openKeySet(keys));
    const { payload, protectedHeader } = await verify(again, token);
    assert.equal(protectedHeader.kid, again.signing.kid);
    const { iat = 0, jti, ...rest } = payload;
    assert.match(String(jti), /^[\w-]{36}$/);
    assert.deepEqual(rest, {
      tenant: 'acme',
      scope: 'activities:read leads:pii',
      sub: 'someone',
      iss: ISSUER,
      aud: AUDIENCE,
      exp: iat + 600,
    });
  });

  test('is one and the same for processes that start at once', async () => {
    const script = `import('./src/auth/key-set.ts')
      .then(({ openKeySet }) => openKeySet(process.argv[1]))
      .then(({ signing }) => console.log(signing.kid));`;
    for (let round = 0; round < 3; round += 1) {
      const directory = join(home.path, `round-${round}`);
      const processes = await Promise.all(
        [1, 2, 3].map(() =>
          promisify(execFile)(process.execPath, ['-e', script, directory], {
            cwd: new URL('../../../', import.meta.url),
          }),
        ),
      );
      const kids = new Set(processes.map(({ stdout }) => stdout.trim()));
      assert.equal(kids.size, 1);
      assert.deepEqual([...kids], [(await openKeySet(directory)).signing.kid]);
      assert.deepEqual(await readdir(directory), ['1-key.json']);
    }
  });

  test('signs with the key of the highest number; the others verify until their files are gone', async () => {
    const first = await openKeySet(keys);
    const old = await mintToken(first, request);
    const others = await Promise.all([aKeySet(), aKeySet()]);
    for (const [index, other] of others.entries()) {
      await copyFile(join(other.directory, '1-key.json'), join(keys, `${[10, 9][index]}-next.json`));
      await other.remove();
    }
    const rotated = await openKeySet(keys);
    assert.equal(rotated.signing.kid, others[0]?.keySet.signing.kid);
    assert.equal(rotated.publicJwks.keys.length, 3);
    const fresh = await mintToken(rotated, request);
    for (const token of [old, fresh]) assert.equal((await verify(rotated, token)).payload.sub, 'someone');
    await assert.rejects(verify(first, fresh), /no applicable key/);

    await rm(join(keys, '1-key.json'));
    await assert.rejects(verify(await openKeySet(keys), old), /no applicable key/);
  });

  test('publishes nothing private', async () => {
    const set = await openKeySet(keys);
    const secret = (JSON.parse(await readFile(join(keys, '1-key.json'), 'utf8')) as JWK).d ?? '';
    assert.equal(secret.length, 43);
    assert.ok(!JSON.stringify(set.publicJwks).includes(secret));
    for (const jwk of set.publicJwks.keys)
      assert.deepEqual(Object.keys(jwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  test('other files in its directory do no harm', async () => {
    const before = await openKeySet(keys);
    await writeFile(join(keys, 'demo-write-key-acme'), 'jgw_x');
    await writeFile(join(keys, '.0b1f'), '{"half":');
    await mkdir(join(keys, 'old'));
    assert.deepEqual(await openKeySet(keys), before);
  });

  test('a file that holds no usable key stops it, by name and without a word of its content', async () => {
    const { d, ...publicOnly } = JSON.parse(JSON.stringify((await openKeySet(keys)).signing.jwk)) as JWK;
    const rsa = await generateKeyPair('RS256', { extractable: true });
    const contents: readonly string[] = [
      '',
      '{"kty":"EC","d":"s3cret"',
      'null',
      JSON.stringify(publicOnly),
      JSON.stringify({ ...publicOnly, d, kid: undefined }),
      JSON.stringify({ ...(await exportJWK(rsa.privateKey)), kid: 'rsa' }),
    ];
    for (const content of contents) {
      await writeFile(join(keys, '2-next.json'), content);
      await assert.rejects(openKeySet(keys), (error: Error) => {
        assert.match(error.message, /2-next\.json holds no private key for ES256 \(a JWK with 'kid'\)/);
        for (const part of content.match(/[\w-]{6,}/g) ?? []) assert.ok(!error.message.includes(part), part);
        assert.equal(error.cause, undefined);
        return true;
      });
    }
  });
});
