import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { endWithUs } from '../support/child.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
/** Faults that no code of ours has: a rejection at one signal, an exception at another. */
const FAULTS = `process.on('SIGUSR2', () => void Promise.reject(new Error('rejected by nobody')));
process.on('SIGWINCH', () => setImmediate(() => { throw new Error('thrown at nobody'); }));`;

test('a rejection that nobody handles is logged and counted, and ends nothing; an exception drains and ends', async () => {
  const directory = await temporaryDirectory();
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(FAULTS)}`, MAIN],
    {
      env: { ...process.env, DATA_DIR: directory.path, PORT: '0', DEMO: 'false', GRAPHIQL: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  endWithUs(child);
  const exit = once(child, 'exit');
  let output = '';
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  try {
    await until('the server answers', () => /answers at \S+\/graphql/.test(output), 300_000);
    const [, address] = /answers at (\S+)\/graphql/.exec(output) ?? [];
    const counted = async (): Promise<number> => {
      const text = await (await fetch(`${address}/metrics`)).text();
      return Number(
        /^journeygraph_unhandled_errors_total\{kind="unhandledRejection"\} (\d+)/m.exec(text)?.[1],
      );
    };
    assert.equal(await counted(), 0);
    child.kill('SIGUSR2');
    await until('the rejection is counted', async () => (await counted()) === 1, 300_000);
    assert.match(log, /rejected by nobody/);
    assert.equal((await fetch(`${address}/readyz`)).status, 200);

    child.kill('SIGWINCH');
    const [code] = await exit;
    assert.equal(code, 1);
    assert.match(log, /thrown at nobody/);
    assert.match(log, /"msg":"draining"/);
  } finally {
    child.kill('SIGKILL');
    await directory.remove();
  }
});
