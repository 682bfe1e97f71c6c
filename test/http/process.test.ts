import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryDirectory } from '../support/temp.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

type Running = { readonly child: ChildProcess; readonly address: string; readonly tokens: readonly string[] };

async function start(dataDir: string, env: Record<string, string> = {}): Promise<Running> {
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: '0',
      DEMO_ACTIVITIES: '2000',
      LOG_LEVEL: 'error',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors}`)));
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      if (output.split('write key').length > 2) resolve();
    });
  });
  return {
    child,
    address: /answers at (\S+)\/graphql/.exec(output)?.[1] ?? '',
    tokens: [...output.matchAll(/ {2}token: (\S+)/g)].map(([, token]) => token ?? ''),
  };
}

async function stop(
  { child }: Running,
  signal: NodeJS.Signals,
): Promise<[number | null, NodeJS.Signals | null]> {
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  child.kill(signal);
  return ended;
}

const ask = async ({ address, tokens }: Running, query: string) => {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[0]}` },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as {
    data: { metrics: { rows: { values: { value: number }[] }[] } };
    errors?: unknown;
  };
};
/** What the demo's history has. Its campaigns go on acting while the server runs. */
const COUNT = `{ metrics(query: { measures: [ACTIVITIES], from: "2020-01-01T00:00:00Z", to: "${new Date().toISOString()}",
  includeBots: true }) { rows { values { value } } } }`;

describe('the process that npm start runs', () => {
  let directory: { path: string; remove(): Promise<void> };
  before(async () => {
    directory = await temporaryDirectory();
  });
  after(() => directory.remove());

  test('seeds two tenants once, answers signed queries, keeps everything over stop and kill, and drains on SIGTERM', async () => {
    const first = await start(directory.path);
    const counted = await ask(first, COUNT);
    assert.equal(counted.errors, undefined, JSON.stringify(counted.errors));
    const count = counted.data.metrics.rows[0]?.values[0]?.value ?? 0;
    assert.ok(count > 1000);
    await assert.rejects(start(directory.path), /in use by process/);
    const underWay = Promise.allSettled(Array.from({ length: 20 }, () => ask(first, COUNT)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(await stop(first, 'SIGTERM'), [0, null]);
    // What was under way when the signal came was answered; what came after was refused, not left hanging.
    for (const result of await underWay)
      if (result.status === 'fulfilled')
        assert.equal(result.value.data.metrics.rows[0]?.values[0]?.value, count);

    const second = await start(directory.path);
    assert.equal((await ask(second, COUNT)).data.metrics.rows[0]?.values[0]?.value, count);
    await stop(second, 'SIGKILL');
    const third = await start(directory.path);
    assert.equal((await ask(third, COUNT)).data.metrics.rows[0]?.values[0]?.value, count, 'seeded once');
    assert.deepEqual(await stop(third, 'SIGTERM'), [0, null]);
  });

  test('tells every fault of its configuration at once, by name and without the values', async () => {
    await assert.rejects(
      start(directory.path, { PORT: 'secret-port', PROFILE: 'postgres', LOG_LEVEL: 'loud' }),
      (error: Error) => {
        assert.match(error.message, /PORT[\s\S]*LOG_LEVEL[\s\S]*DATABASE_URL/);
        assert.doesNotMatch(error.message, /secret-port/);
        return true;
      },
    );
  });
});
