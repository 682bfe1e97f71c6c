import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { endWithUs } from '../support/child.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** Runs the product with its log on a disk of its own, in a mount namespace. */
async function startOnSmallDisk(directory: string, kilobytes: number) {
  const log = join(directory, 'log');
  await mkdir(log, { recursive: true });
  const mount = `mount -t tmpfs -o size=${kilobytes}k none "$0" && exec "$@"`;
  const child = spawn(
    'unshare',
    ['--user', '--map-root-user', '--mount', 'sh', '-c', mount, log, process.execPath, MAIN],
    {
      env: { ...process.env, DATA_DIR: directory, PORT: '0', DEMO_ACTIVITIES: '20', LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  endWithUs(child);
  const ended = once(child, 'exit');
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await until('it serves', () => {
    assert.equal(child.exitCode, null, errors.join('\n'));
    return output.split('write key').length > 2;
  });
  return {
    address: /answers at (\S+)\/graphql/.exec(output)?.[1] ?? '',
    writeKey: /write key for SDKs: (\S+)/.exec(output)?.[1] ?? '',
    /** Log lines that hold a text. */
    told: (text: string) => errors.filter((line) => line.includes(text)),
    enlarge: (size: string) =>
      execFileSync('nsenter', [
        ...['--target', String(child.pid), '--user', '--preserve-credentials', '--mount'],
        ...['mount', '-o', `remount,size=${size}`, 'none', log],
      ]),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

test('on a full disk writers are refused and told so, readers are served, and both go on when there is room', async () => {
  const directory = await temporaryDirectory();
  const server = await startOnSmallDisk(directory.path, 1_024);
  const ready = async (query = '') => {
    const response = await fetch(`${server.address}/readyz${query}`);
    return { status: response.status, body: (await response.json()) as Readiness };
  };
  type Readiness = { readonly dependencies: readonly { name: string; status: string; since: string }[] };
  let sent = 0;
  const send = async (): Promise<number> => {
    const batch = Array.from({ length: 20 }, () => {
      sent += 1;
      return {
        type: 'track',
        userId: 'u',
        event: 'E',
        messageId: `m-${sent}`,
        properties: { p: 'x'.repeat(4_000) },
      };
    });
    const response = await fetch(`${server.address}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${server.writeKey}:`)}` },
      body: JSON.stringify({ batch }),
    });
    await response.arrayBuffer();
    return response.status;
  };
  assert.equal((await ready()).status, 200);
  await until('the disk is full', async () => (await send()) === 503);
  await until('writers are told', async () => (await ready('?for=writers')).status === 503);
  const { status, body } = await ready();
  assert.equal(status, 503);
  const disk = body.dependencies.find(({ name }) => name === 'disk');
  assert.equal(disk?.status, 'away');
  assert.ok(Date.parse(disk?.since ?? '') <= Date.now());
  assert.equal((await ready('?for=readers')).status, 200);
  for (let n = 0; n < 50; n += 1) assert.equal(await send(), 503);
  assert.equal(server.told('a dependency is away').length, 1, 'one line a minute, however many are refused');
  assert.match(server.told('a dependency is away')[0] ?? '', /ENOSPC/);
  const metrics = await (await fetch(`${server.address}/metrics`)).text();
  assert.match(metrics, /journeygraph_dependency_up\{dependency="disk"\} 0/);

  server.enlarge('64m');
  await until('writers are served again', async () => (await ready()).status === 200);
  assert.equal(await send(), 200);
  assert.equal(server.told('a dependency is back').length, 1);
  await server.stop();
  assert.ok((await readFile(join(directory.path, 'db.mark'), 'utf8')).includes('closed'));
  await directory.remove();
});
