import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { after, before, describe, test } from 'node:test';
import { openInstallation, type TestInstallation } from '../../test/support/application.ts';
import { temporaryDirectory } from '../../test/support/temp.ts';

const CLI = join(import.meta.dirname, '../../src/cli/import.ts');
const CHILD = join(import.meta.dirname, '../../test/unit/import/import-child.ts');
const MAPPING = {
  type: { value: 'Visit Webpage' },
  externalId: { column: 'user' },
  occurredAt: { column: 'time' },
  attributes: { title: { column: 'title' }, url: { column: 'url' } },
};
/** How much more memory thirty times the rows may take: garbage that was not collected yet. */
const MORE_MIB = 60;
const MIB = 1024 * 1024;

describe('npm run import at length', () => {
  let directory: { path: string; remove(): Promise<void> };
  before(async () => {
    directory = await temporaryDirectory();
  });
  after(() => directory.remove());

  const write = async (name: string, parts: Iterable<string | Buffer>) => {
    const path = join(directory.path, name);
    const stream = createWriteStream(path);
    for (const part of parts) if (!stream.write(part)) await once(stream, 'drain');
    stream.end();
    await finished(stream);
    return path;
  };
  function* jsonLines(rows: number) {
    for (let n = 0; n < rows; n += 1)
      yield `${JSON.stringify({ user: `u${n % 20_000}`, time: new Date(1.78e12 + n * 1000).toISOString(), title: `Title ${n}`, url: `https://www.example.com/${n % 500}` })}\n`;
  }
  /** Imports to a destination that takes all; what became of the rows, and the most memory it had, in MiB. */
  const peak = async (file: string) => {
    const child = spawn(process.execPath, [CHILD, file, '', JSON.stringify(MAPPING), '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { rss, ...counts } = JSON.parse(await text(child.stdout));
    return { ...counts, mib: Math.round(rss / 1024) };
  };

  test('memory does not grow with the rows of a file', async () => {
    const small = await peak(await write('small.jsonl', jsonLines(10_000)));
    const large = await peak(await write('large.jsonl', jsonLines(300_000)));
    console.log(`memory: ${small.mib} MiB for 10,000 rows, ${large.mib} MiB for 300,000`);
    assert.equal(large.accepted, 300_000);
    assert.ok(large.mib <= small.mib + MORE_MIB, `${large.mib} MiB after ${small.mib} MiB`);
  });

  test('a row of a gigabyte costs itself alone, and no memory', async () => {
    function* parts() {
      yield* jsonLines(1_000);
      yield '{"user":"';
      const block = Buffer.alloc(MIB, 'y');
      for (let n = 0; n < 1024; n += 1) yield block;
      yield '"}\n';
      yield* jsonLines(1_000);
    }
    const file = await write('gigabyte.jsonl', parts());
    const { accepted, rejected, mib } = await peak(file);
    await rm(file);
    console.log(`memory: ${mib} MiB for a row of 1 GiB`);
    assert.deepEqual([accepted, rejected], [2_000, 1]);
    assert.ok(mib < 300, `${mib} MiB`);
  });

  describe('through a server', () => {
    let installation: TestInstallation;
    before(async () => {
      installation = await openInstallation();
    });
    after(() => installation.close());

    test('100,000 rows arrive, each once, however often; with what they cost', async () => {
      const file = await write('server.jsonl', jsonLines(100_000));
      const mapping = await write('mapping.json', [JSON.stringify(MAPPING)]);
      const token = await installation.token('one', ['activities:write', 'analytics:read']);
      for (const counts of ['100000 accepted, 0 there already', '0 accepted, 100000 there already']) {
        const [cpu, start] = [process.cpuUsage(), performance.now()];
        const child = spawn(
          process.execPath,
          [CLI, '--mapping', mapping, '--url', installation.address, '--token', token, file],
          {
            stdio: ['ignore', 'pipe', 'ignore'],
          },
        );
        assert.match(await text(child.stdout), new RegExp(`${counts}, 0 rejected, of 100000 rows`));
        const { user, system } = process.cpuUsage(cpu);
        const seconds = (performance.now() - start) / 1000;
        console.log(
          `${counts}: ${Math.round(1e5 / seconds)} rows a second; the server took ${((user + system) / 1e5).toFixed(0)} µs of CPU a row`,
        );
      }
    });
  });
});
