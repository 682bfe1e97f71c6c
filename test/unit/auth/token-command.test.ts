import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { openKeySet } from '../../../src/auth/key-set.ts';
import { openApplication } from '../../../src/compose/application.ts';
import { readConfig } from '../../../src/config/config.ts';
import { temporaryDirectory } from '../../support/temp.ts';

const command = fileURLToPath(new URL('../../../src/cli/token.ts', import.meta.url));

function run(args: readonly string[], env: Record<string, string>) {
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    const child = spawn(process.execPath, [command, ...args], { env });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

describe('the token command', () => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  let env: Record<string, string>;
  before(async () => {
    home = await temporaryDirectory();
    env = { DATA_DIR: home.path, JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'us' };
    const application = await openApplication(readConfig(env));
    for (const id of ['acme', 'b-2', 'a']) await application.directory.createTenant(id, id);
    await application.close();
  });
  after(() => home.remove());

  /** The claims of a printed token, verified as the server of the same installation would. */
  const verified = async (printed: string) => {
    assert.match(printed, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { publicJwks } = await openKeySet(join(home.path, 'keys'));
    const keys = createLocalJWKSet({ keys: [...publicJwks.keys] });
    return (await jwtVerify(printed.trim(), keys, { issuer: 'https://issuer.example', audience: 'us' }))
      .payload;
  };

  test('prints a token, its id beside it, by default to read for eight hours', async () => {
    const { code, out, err } = await run(['--tenant', 'acme'], env);
    assert.equal(code, 0);
    const { tenant, scope, exp = 0, iat = 0, jti } = await verified(out);
    assert.equal(err, `id: ${jti}\n`);
    assert.deepEqual([tenant, scope, exp - iat], ['acme', 'activities:read analytics:read', 8 * 3600]);
  });

  test('takes scopes, lifetime and subject', async () => {
    const args = [
      '--tenant=b-2',
      '--scopes',
      'leads:pii, admin,leads:pii',
      '--ttl',
      '30m',
      '--subject',
      'me',
    ];
    const { tenant, scope, sub, exp = 0, iat = 0 } = await verified((await run(args, env)).out);
    assert.deepEqual([tenant, scope, sub, exp - iat], ['b-2', 'leads:pii admin', 'me', 1800]);
  });

  const faults: readonly [string, readonly string[], RegExp][] = [
    ['no tenant', [], /--tenant: '' must be the id of a tenant: 1 to 63 lower-case/],
    ['a malformed tenant', ['--tenant', 'A_b'], /--tenant: 'A_b' must be the id of a tenant/],
    [
      'an unknown scope',
      ['--tenant', 'a', '--scopes', 'read'],
      /--scopes: 'read' is no scope\. Scopes are: activities:read,/,
    ],
    ['no scope', ['--tenant', 'a', '--scopes', ''], /'' is no scope/],
    ['a malformed lifetime', ['--tenant', 'a', '--ttl', '2w'], /--ttl: '2w' must be like 90s, 30m, 8h or 7d/],
    ['a lifetime of nothing', ['--tenant', 'a', '--ttl', '0h'], /--ttl: '0h'/],
    ['a lifetime without end', ['--tenant', 'a', '--ttl', '999999d'], /at most 366d/],
    ['an unknown option', ['--tenant', 'a', '--admin'], /'--admin'/],
    ['a word too many', ['acme'], /'acme'/],
  ];
  for (const [what, args, message] of faults)
    test(`says what is wrong with ${what}, and how it is used`, async () => {
      const { code, out, err } = await run(args, env);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, message);
      assert.match(err, /Usage: /);
      assert.doesNotMatch(err, /^\s+at /m);
    });

  test('a wrong DATA_DIR or an unknown tenant makes no token and no keys, and says what is right', async () => {
    const empty = join(home.path, 'elsewhere');
    const lost = await run(['--tenant', 'acme'], { ...env, DATA_DIR: empty });
    assert.deepEqual([lost.code, lost.out], [1, '']);
    assert.match(lost.err, /^There are no signing keys in .*Set DATA_DIR to the directory of the server/);
    await assert.rejects(readdir(empty), /ENOENT/);

    const unknown = await run(['--tenant', 'nowhere'], env);
    assert.deepEqual([unknown.code, unknown.out], [1, '']);
    assert.match(unknown.err, /no tenant 'nowhere' here\. There are: a, acme, b-2\./);
  });

  test('says what is wrong with the configuration or the key directory', async () => {
    const badPort = await run(['--tenant', 'a'], { ...env, PORT: 'x' });
    assert.equal(badPort.code, 1);
    assert.match(badPort.err, /PORT: must be a whole number/);

    const file = join(home.path, 'file');
    await writeFile(file, '');
    const badDirectory = await run(['--tenant', 'a'], { ...env, DATA_DIR: file });
    assert.deepEqual([badDirectory.code, badDirectory.out], [1, '']);
    assert.match(
      badDirectory.err,
      /^There are no signing keys in .*Set DATA_DIR to the directory of the server/,
    );
    assert.doesNotMatch(badDirectory.err, /^\s+at /m);
  });
});
