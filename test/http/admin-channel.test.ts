import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectAdminChannel, openAdminChannel } from '../../src/auth/admin-channel.ts';
import { openInstallation, type TestInstallation } from '../support/application.ts';
import { temporaryDirectory } from '../support/temp.ts';

describe('commands while the server of an embedded installation runs', () => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  let dataDir: string;
  let installation: TestInstallation;
  let close: () => Promise<void>;
  before(async () => {
    home = await temporaryDirectory();
    dataDir = join(home.path, 'data');
    installation = await openInstallation({ DATA_DIR: dataDir });
    close = await openAdminChannel(dataDir, installation.application.directory);
  });
  after(async () => {
    await installation.close();
    await home.remove();
  });

  const run = (command: 'tenant' | 'key' | 'token', ...args: readonly string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const file = fileURLToPath(new URL(`../../src/cli/${command}.ts`, import.meta.url));
      const child = spawn(process.execPath, [file, ...args], { env: { DATA_DIR: dataDir } });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk) => (out += chunk));
      child.stderr.on('data', (chunk) => (err += chunk));
      child.on('close', (code) => resolve({ code, out, err }));
    });
  const send = async (key: string): Promise<number> => {
    const response = await fetch(`${installation.address}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
      body: JSON.stringify({ anonymousId: 'a', event: 'Tried' }),
    });
    await response.arrayBuffer();
    return response.status;
  };

  test('a tenant and its key are made, listed and used, and the key is ended at once', async () => {
    assert.equal((await run('tenant', '--id', 'new', '--name', 'New')).out, 'made: new\n');
    const made = await run('key', '--tenant', 'new', '--write', '--name', 'web');
    const [, id = '', key = ''] = /^id: (\S+)\nkey: (\S+)\n$/.exec(made.out) ?? [];
    assert.equal(await send(key), 200);
    assert.match((await run('key', '--tenant', 'new', '--list')).out, new RegExp(`^${id}\tpublic\tin force`));
    assert.deepEqual(await run('key', `--revoke=${id}`), { code: 0, out: `revoked: ${id}\n`, err: '' });
    assert.equal(await send(key), 401);
    assert.match((await run('key', '--revoke', 'none')).err, /no key 'none'/);
  });

  test('a tenant is suspended and resumed at once', async () => {
    const made = await run('key', '--tenant', 'two', '--write');
    const key = /^key: (\S+)$/m.exec(made.out)?.[1] ?? '';
    assert.equal(await send(key), 200);
    assert.equal((await run('tenant', '--suspend', 'two')).code, 0);
    assert.equal(await send(key), 403);
    assert.equal((await run('tenant', '--resume', 'two')).code, 0);
    assert.equal(await send(key), 200);
  });

  test('a token is made, used, and revoked by its id or by itself', async () => {
    for (const by of ['id', 'token'] as const) {
      const made = await run('token', '--tenant', 'one');
      const token = made.out.trim();
      const id = /^id: (\S+)$/m.exec(made.err)?.[1] ?? '';
      const asked = () => installation.graphql(token, '{ viewer { tenant { id } } }');
      assert.equal((await asked()).body.data.viewer.tenant.id, 'one');
      assert.equal((await run('token', '--revoke', by === 'id' ? id : token)).out, `revoked: ${id}\n`);
      const { status, body } = await asked();
      assert.equal(status, 401);
      assert.match(body.errors?.[0]?.message ?? '', /token was revoked/);
    }
    const unknown = await run('token', '--tenant', 'nowhere');
    assert.match(unknown.err, /no tenant 'nowhere' here\. There are: new, one, two\./);
  });

  test('its file is for its owner alone; without the secret in it nothing is done', async () => {
    const file = join(dataDir, 'admin-channel.json');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const { port } = JSON.parse(await readFile(file, 'utf8')) as { port: number };
    for (const authorization of [undefined, 'Bearer ', `Bearer ${'x'.repeat(43)}`]) {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        headers: authorization === undefined ? {} : { authorization },
        body: JSON.stringify({ method: 'createTenant', args: ['stolen', 'Stolen'] }),
      });
      assert.equal(response.status, 401);
    }
    assert.equal(await installation.application.directory.tenant('stolen'), undefined);
  });

  test('only what the commands need can be called', async () => {
    const { port, secret } = JSON.parse(await readFile(join(dataDir, 'admin-channel.json'), 'utf8'));
    for (const body of [
      '{"method":"findKey","args":["x"]}',
      '{"method":"constructor","args":[]}',
      '{"method":"tenants"}',
      'no JSON',
      'null',
    ]) {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}` },
        body,
      });
      assert.equal(response.status, 400);
      assert.equal(((await response.json()) as { error: { code: string } }).error.code, 'BAD_USER_INPUT');
    }
  });

  test('a file that a killed server left behind leads nowhere, and no error', async () => {
    await close();
    assert.equal(await connectAdminChannel(dataDir), undefined);
    await writeFile(join(dataDir, 'admin-channel.json'), JSON.stringify({ port: 1, secret: 'x'.repeat(43) }));
    assert.equal(await connectAdminChannel(dataDir), undefined);
    // The database is the server's still: the command says so.
    assert.equal((await run('key', '--tenant', 'one')).code, 1);
  });
});
