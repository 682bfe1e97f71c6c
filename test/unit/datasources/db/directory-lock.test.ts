import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { openDataDirectory } from '../../../../src/datasources/db/data-directory.ts';
import { lockDirectory } from '../../../../src/datasources/db/directory-lock.ts';
import { endWithUs } from '../../../support/child.ts';
import { temporaryDirectory } from '../../../support/temp.ts';

const MODULE = join(import.meta.dirname, '../../../../src/datasources/db/directory-lock.ts');
const HOLD = `import { lockDirectory } from ${JSON.stringify(MODULE)};
try { await lockDirectory(process.argv[1]); console.log('locked', process.pid); process.stdin.resume(); }
catch (error) { console.log(error.message); process.exit(0); }`;
/** A process namespace of its own, as a container has: in it, every Node is process 1. */
const CONTAINER = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
/** Some machines let nobody make namespaces; there the same guarantees are shown among plain processes. */
const hasContainers = spawnSync('unshare', [...CONTAINER, 'true']).status === 0;

/** A process that takes the lock and holds it until it is killed. @returns the line it printed */
async function hold(directory: string, inContainer: boolean) {
  const node = [process.execPath, '--input-type=module', '-e', HOLD, directory];
  const [program = '', ...args] = inContainer && hasContainers ? ['unshare', ...CONTAINER, ...node] : node;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  endWithUs(child);
  // Its output closes when the process in the namespace has ended too.
  const closed = once(child, 'close');
  const first = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), closed]);
  return {
    line: String(first[0]),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

test('one process has the directory, also among containers whose processes have equal numbers', async (context) => {
  if (!hasContainers) context.diagnostic('without namespaces: this machine makes none');
  const directory = await temporaryDirectory();
  const first = await hold(directory.path, true);
  assert.match(first.line, hasContainers ? /^locked 1$/ : /^locked \d+$/);
  for (const inContainer of [true, false]) {
    const second = await hold(directory.path, inContainer);
    assert.match(second.line, /is in use by process \d+ on .+ since \d{4}-.+ set DATA_DIR/);
    await second.kill();
  }
  await assert.rejects(lockDirectory(directory.path), /in use by process \d+/);
  await first.kill();
  const unlock = await lockDirectory(directory.path);
  await assert.rejects(lockDirectory(directory.path), new RegExp(`in use by process ${process.pid}`));
  await unlock();
  await directory.remove();
});

test('the lock ends with its holder, whatever its number is now', async () => {
  const directory = await temporaryDirectory();
  for (const inContainer of [false, true, false]) {
    const holder = await hold(directory.path, inContainer);
    assert.match(holder.line, /^locked \d+$/);
    await holder.kill();
  }
  // A file that an older version left behind says nothing.
  await writeFile(join(directory.path, 'process.pid'), '1');
  await (await lockDirectory(directory.path))();
  await directory.remove();
});

test('a data directory and what is made in it are for this user only', async () => {
  const directory = await temporaryDirectory();
  const before = process.umask();
  try {
    const path = join(directory.path, 'data');
    await openDataDirectory(path);
    await writeFile(join(path, 'file'), '', { mode: 0o666 });
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    assert.equal((await stat(join(path, 'file'))).mode & 0o777, 0o600);
  } finally {
    process.umask(before);
    await directory.remove();
  }
});
