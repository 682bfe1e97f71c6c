import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { endWithUs } from '../support/child.ts';
import { temporaryDirectory } from '../support/temp.ts';

const SRC = join(import.meta.dirname, '../../src');
const SERVES = /answers at/;

/** Runs a program of the product. @returns its exit code and all it printed; a server is asked to end when it serves */
async function run(dataDir: string, file: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [join(SRC, file), ...args], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: '0',
      DEMO_ACTIVITIES: '300',
      GRAPHIQL: 'false',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  let text = '';
  let hasServed = false;
  const note = (chunk: string) => {
    text += chunk;
    if (hasServed || !SERVES.test(text)) return;
    hasServed = true;
    child.kill('SIGTERM');
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', note);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text, hasServed };
}

const lastSegment = async (dataDir: string): Promise<string> => {
  const names = (await readdir(join(dataDir, 'log'))).filter((name) => name.endsWith('.log')).sort();
  return join(dataDir, 'log', names.at(-1) ?? '');
};

test('damage in the log stops the start, names the place and the way out, which loses only what is damaged', async () => {
  const directory = await temporaryDirectory();
  assert.ok((await run(directory.path, 'main.ts')).hasServed);
  assert.equal((await run(directory.path, 'cli/log.ts', '--check')).code, 0);
  const path = await lastSegment(directory.path);
  const at = Math.floor((await stat(path)).size / 2);
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
  await file.close();

  const refused = await run(directory.path, 'main.ts');
  assert.equal(refused.code, 1, refused.text);
  assert.match(refused.text, /\.log is damaged at record \d+ \(byte \d+\).*npm run log -- --accept-damage/);
  assert.equal(refused.hasServed, false);
  const checked = await run(directory.path, 'cli/log.ts', '--check');
  assert.equal(checked.code, 1, checked.text);
  assert.match(checked.text, /damaged: 1 records from \d+ on/);
  assert.equal((await run(directory.path, 'main.ts')).code, 1, 'a check changes nothing');
  const accepted = await run(directory.path, 'cli/log.ts', '--accept-damage');
  assert.match(accepted.text, /1 records are given up/);
  assert.ok((await run(directory.path, 'main.ts')).hasServed);
  await directory.remove();
});

test('a log that is gone stops the start, while the store has what was in it', async () => {
  const directory = await temporaryDirectory();
  assert.ok((await run(directory.path, 'main.ts')).hasServed);
  await rm(await lastSegment(directory.path));
  const refused = await run(directory.path, 'main.ts');
  assert.equal(refused.code, 1, refused.text);
  assert.match(
    refused.text,
    /The activity log ends at record 0, but the store has everything up to record \d+/,
  );
  assert.equal((await run(directory.path, 'cli/log.ts', '--accept-damage')).code, 0);
  assert.ok((await run(directory.path, 'main.ts')).hasServed);
  assert.equal((await run(directory.path, 'cli/log.ts', '--check')).code, 0);
  await directory.remove();
});
