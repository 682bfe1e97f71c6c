import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openApplication } from '../../../src/compose/application.ts';
import { readCommandConfig, readConfig } from '../../../src/config/config.ts';
import { temporaryDirectory } from '../../support/temp.ts';

describe('the commands for tenants and keys', () => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  before(async () => {
    home = await temporaryDirectory();
  });
  after(() => home.remove());

  const run = (command: 'tenant' | 'key', ...args: readonly (string | Record<string, string>)[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const texts = args.filter((argument) => typeof argument === 'string');
      const env = Object.assign(
        { DATA_DIR: home.path },
        ...args.filter((argument) => typeof argument === 'object'),
      );
      const file = fileURLToPath(new URL(`../../../src/cli/${command}.ts`, import.meta.url));
      const child = spawn(process.execPath, [file, ...texts], { env });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk) => (out += chunk));
      child.stderr.on('data', (chunk) => (err += chunk));
      child.on('close', (code) => resolve({ code, out, err }));
    });

  test('a tenant is made once, gets a key, and the key is ended by its id', async () => {
    assert.deepEqual(await run('tenant', '--id', 'acme', '--name', 'Acme Inc'), {
      code: 0,
      out: 'made: acme\n',
      err: '',
    });
    assert.deepEqual(await run('tenant', '--id', 'acme', '--name', 'Another'), {
      code: 1,
      out: '',
      err: "There is a tenant 'acme' already: 'Acme Inc'.\n",
    });

    const made = await run('key', '--tenant', 'acme', '--write');
    const [, id = '', key = ''] = /^id: ([\w-]{12})\nkey: (jgw_[\w-]{43})\n$/.exec(made.out) ?? [];
    assert.ok(id && key, made.err);
    assert.deepEqual(await run('key', `--revoke=${id}`), { code: 0, out: `revoked: ${id}\n`, err: '' });

    const application = await openApplication(readConfig({ DATA_DIR: home.path }));
    assert.equal((await application.directory.tenant('acme'))?.name, 'Acme Inc');
    assert.ok(((await application.directory.findKey(key))?.revokedAt ?? 0) > 0);
    await application.close();
  });

  test('keys are listed, and a tenant is suspended and resumed', async () => {
    const made = await run('key', '--tenant', 'acme', '--scopes', 'activities:write', '--name', 'shop');
    const [, id = ''] = /^id: (\S+)/.exec(made.out) ?? [];
    const listed = await run('key', '--tenant', 'acme', '--list');
    assert.match(listed.out, new RegExp(`^${id}\tsecret\tin force\tactivities:write\tshop$`, 'm'));
    assert.match(listed.out, /\tpublic\trevoked \S+\tactivities:write\tcommand line$/m);
    assert.equal((await run('tenant', '--suspend', 'acme')).out, 'suspended: acme\n');
    assert.equal((await run('tenant', '--list')).out, 'acme\tsuspended\tAcme Inc\n');
    assert.equal((await run('tenant', '--resume', 'acme')).out, 'resumed: acme\n');
  });

  test('a directory without an installation is an error, and stays as it is', async () => {
    const empty = join(home.path, 'empty');
    await mkdir(empty);
    const { code, err } = await run('key', '--tenant', 'acme', { DATA_DIR: empty });
    assert.equal(code, 1);
    assert.match(err, /There is no installation in .*empty, and no server runs on it\. Set DATA_DIR/);
    assert.deepEqual(await readdir(empty), []);
  });

  const faults: readonly [string, 'tenant' | 'key', readonly string[], RegExp][] = [
    ['a malformed id', 'tenant', ['--id', 'A_b', '--name', 'x'], /1 to 63 lower-case/],
    ['a tenant without a name', 'tenant', ['--id', 'b'], /Usage: /],
    ['a key of no tenant', 'key', ['--tenant', 'nowhere'], /no tenant 'nowhere'/],
    ['the end of what is no key', 'key', ['--revoke', 'none'], /no key 'none'/],
    ['a key to be made and ended', 'key', ['--tenant', 'acme', '--revoke', 'none'], /Usage: /],
  ];
  for (const [what, command, args, message] of faults)
    test(`${what} is an error that says so`, async () => {
      const { code, out, err } = await run(command, ...args);
      assert.equal(code, 1);
      assert.match(out + err, message);
      assert.doesNotMatch(err, /^\s+at /m);
    });

  test('on the cluster a command never follows the log, whatever ROLES says', () => {
    const { storage } = readCommandConfig({
      PROFILE: 'cluster',
      ROLES: 'api,workers',
      KAFKA_BROKERS: '127.0.0.1:9092',
      PQS_URL: 'http://127.0.0.1:18765',
      SOLR_URL: 'http://127.0.0.1:18983/solr',
      DRUID_URL: 'http://127.0.0.1:8082',
      DRUID_COORDINATOR_URL: 'http://127.0.0.1:8081',
    });
    assert.deepEqual(storage.profile === 'cluster' && storage.roles, ['api']);
  });
});
