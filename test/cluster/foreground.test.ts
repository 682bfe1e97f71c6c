import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Part, runTogether } from '../../scripts/cluster/foreground.ts';
import { until } from '../support/child.ts';
import { temporaryDirectory } from '../support/temp.ts';

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
    const code = await runTogether([part('healthy', healthy), part('faulty', faulty)]).ended;
    assert.equal(code, 3);
    assert.ok(existsSync(ended), 'the other was asked to end');
    await directory.remove();
  });

  it('start again what was killed, and end when they are asked to', async () => {
    const directory = await temporaryDirectory();
    const first = join(directory.path, 'first');
    const second = join(directory.path, 'second');
    const together = runTogether([
      part(
        'killed',
        `const { existsSync, writeFileSync } = require('node:fs');
         process.on('SIGTERM', () => process.exit(0));
         setInterval(() => {}, 1000);
         if (existsSync(${JSON.stringify(first)})) writeFileSync(${JSON.stringify(second)}, '');
         else { writeFileSync(${JSON.stringify(first)}, ''); process.kill(process.pid, 'SIGKILL'); }`,
      ),
    ]);
    await until('it runs again', () => existsSync(second));
    together.end();
    assert.equal(await together.ended, 0);
    await directory.remove();
  });
});
