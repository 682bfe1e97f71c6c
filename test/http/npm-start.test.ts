import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { endWithUs } from '../support/child.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');
/** Generous: a start under load. */
const PATIENCE_MS = 5 * 60_000;

/** Ids of all processes whose environment names the data directory: npm, its shell, the runner and the server. */
async function family(dataDir: string): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
    try {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      // A process that is no more than an entry in the table has no program.
      await readlink(`/proc/${pid}/exe`);
      if (environment.includes(`DATA_DIR=${dataDir}\0`))
        found.set(Number(pid), (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim());
    } catch {
      // It ended meanwhile.
    }
  return found;
}

function npmStart(dataDir: string): { readonly npm: ChildProcess; readonly printed: () => string } {
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, DATA_DIR: dataDir, PORT: '0', DEMO: 'false', LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(npm);
  let text = '';
  for (const stream of [npm.stdout, npm.stderr]) stream?.on('data', (chunk) => (text += chunk));
  return { npm, printed: () => text };
}

describe('npm start', { skip: process.platform !== 'linux' && 'the test reads /proc' }, () => {
  for (const [how, end] of [
    ['SIGTERM to npm', (npm: number) => process.kill(npm, 'SIGTERM')],
    ['kill -9 of npm', (npm: number) => process.kill(npm, 'SIGKILL')],
    [
      'kill -9 of the runner',
      (_npm: number, all: ReadonlyMap<number, string>) => {
        const runner = [...all].find(([, line]) => /^\S*node scripts\/run\.mjs/.test(line));
        assert.ok(runner, [...all.values()].join('\n'));
        process.kill(runner[0], 'SIGKILL');
      },
    ],
  ] as const)
    test(`ends the server with it, which drains: ${how}`, async () => {
      const { path, remove } = await temporaryDirectory();
      const { npm, printed } = npmStart(path);
      try {
        await until(
          'the server answers',
          () => /answers at \S+/.test(printed()) || npm.exitCode !== null,
          PATIENCE_MS,
        );
        const address = /answers at (\S+)\/graphql/.exec(printed())?.[1] ?? '';
        assert.equal((await fetch(`${address}/healthz`)).status, 200, printed());
        const all = await family(path);
        assert.ok(all.size >= 3, [...all.values()].join('\n'));
        end(npm.pid ?? 0, all);
        await until('all of it has ended', async () => (await family(path)).size === 0, PATIENCE_MS);
        await assert.rejects(fetch(`${address}/healthz`));
        assert.match(printed(), /"msg":"draining"/);
      } finally {
        for (const pid of (await family(path)).keys()) process.kill(pid, 'SIGKILL');
        await remove();
      }
    });
});
