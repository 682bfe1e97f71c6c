import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Part, runTogether } from '../../scripts/cluster/foreground.ts';
import { identify, isRunning, type ProcessIdentity } from '../../scripts/cluster/processes.ts';
import { endServing, readServing } from '../../scripts/cluster/serving.ts';
import { clusterPaths } from '../../scripts/cluster/state.ts';
import { startChild } from '../support/child.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';

const part = (name: string, code: string): Part => ({ name, arguments: ['-e', code], env: {} });

describe('parts that run together', () => {
  it('end together when one of them fails at once, with its code', async () => {
    const directory = await temporaryDirectory();
    const started = join(directory.path, 'started');
    const ended = join(directory.path, 'ended');
    const healthy = `
      const { writeFileSync } = require('node:fs');
      process.on('SIGTERM', () => { writeFileSync(${JSON.stringify(ended)}, ''); process.exit(0); });
      setInterval(() => {}, 1000);
      writeFileSync(${JSON.stringify(started)}, '');`;
    const faulty = `
      const { existsSync } = require('node:fs');
      setInterval(() => existsSync(${JSON.stringify(started)}) && process.exit(3), 10);`;
    const code = await runTogether([part('healthy', healthy), part('faulty', faulty)], {
      signal: new AbortController().signal,
    });
    assert.equal(code, 3);
    assert.ok(existsSync(ended), 'the other was asked to end');
    await directory.remove();
  });

  it('start again what was killed, and end when they are asked to', async () => {
    const directory = await temporaryDirectory();
    const first = join(directory.path, 'first');
    const second = join(directory.path, 'second');
    const ending = new AbortController();
    const ended = runTogether(
      [
        part(
          'killed',
          `const { existsSync, writeFileSync } = require('node:fs');
         process.on('SIGTERM', () => process.exit(0));
         setInterval(() => {}, 1000);
         if (existsSync(${JSON.stringify(first)})) writeFileSync(${JSON.stringify(second)}, '');
         else { writeFileSync(${JSON.stringify(first)}, ''); process.kill(process.pid, 'SIGKILL'); }`,
        ),
      ],
      { signal: ending.signal },
    );
    await until('it runs again', () => existsSync(second));
    ending.abort();
    assert.equal(await ended, 0);
    await directory.remove();
  });
});

/** Serves with two parts in a process of its own, until it is asked to end. */
async function serving(directory: string) {
  const terminal = startChild(join(import.meta.dirname, 'serving-child.ts'), [directory]);
  await until('all are written down', () => readServing(directory).length === 3);
  return { terminal, processes: readServing(directory) };
}

describe('stopping from another terminal', () => {
  it('ends the process in the terminal, which ends its parts', async () => {
    const directory = await temporaryDirectory();
    const { terminal, processes } = await serving(directory.path);
    assert.deepEqual(
      processes.map(({ name }) => name),
      ['terminal', 'api', 'workers'],
    );
    await endServing(directory.path);
    await terminal.stop();
    assert.equal(terminal.process.exitCode, 0, 'it was asked, not killed');
    assert.deepEqual(processes.filter(isRunning), []);
    assert.deepEqual(readServing(directory.path), []);
    await directory.remove();
  });

  it('ends the parts of one that was killed', async () => {
    const directory = await temporaryDirectory();
    const { terminal, processes } = await serving(directory.path);
    // Its pipes close only with its parts.
    const exited = once(terminal.process, 'exit');
    terminal.process.kill('SIGKILL');
    await exited;
    assert.deepEqual(
      processes.filter(isRunning).map(({ name }) => name),
      ['api', 'workers'],
    );
    assert.equal(await endServing(directory.path), 2);
    assert.deepEqual(processes.filter(isRunning), []);
    await directory.remove();
  });

  it('ends what two terminals serve', async () => {
    const directory = await temporaryDirectory();
    const { terminal, processes } = await serving(directory.path);
    const second = startChild(join(import.meta.dirname, 'serving-child.ts'), [directory.path]);
    await until('both are written down', () => readServing(directory.path).length === 6);
    const both = readServing(directory.path);
    assert.deepEqual(both.slice(0, 3), processes);
    assert.equal(await endServing(directory.path), 6);
    assert.deepEqual(both.filter(isRunning), []);
    await Promise.all([terminal.stop(), second.stop()]);
    await directory.remove();
  });

  it('does nothing to a process that only has the number of one that served', async () => {
    const directory = await temporaryDirectory();
    const { terminal, processes } = await serving(directory.path);
    await endServing(directory.path);
    await terminal.stop();
    const ours = identify(process.pid) as ProcessIdentity;
    const { serving: file } = clusterPaths(directory.path);
    writeFileSync(file, JSON.stringify([{ ...processes[0], pid: ours.pid }]));
    assert.equal(await endServing(directory.path), 0);
    await directory.remove();
  });
});
