import assert from 'node:assert/strict';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  openSegmentLog,
  type SegmentLog,
} from '../../../../../src/datasources/activity-log/file/segment-file.ts';
import { acceptDamage } from '../../../../../src/datasources/activity-log/file/segment-repair.ts';
import { startChild } from '../../../../support/child.ts';
import { temporaryDirectory } from '../../../../support/temp.ts';
import { until } from '../../../../support/until.ts';

const signal = new AbortController().signal;
const segmentBytes = 8_000;
const KILLS = 8;
const change = (record: Uint8Array): Uint8Array | undefined =>
  Buffer.from(record).includes('erase') ? Buffer.from('-') : undefined;

/** Offset → text of every record that can be read. */
async function readAll(log: SegmentLog): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const options = { maxRecords: 7, maxBytes: 100_000, signal };
  for await (const { first, records } of log.read(log.firstPosition, options))
    for (const [index, bytes] of records.entries()) found.set(first + index, Buffer.from(bytes).toString());
  return found;
}

const text = (n: number): string => `${n % 5 === 0 ? 'erase' : 'keep'} ${n} ${'x'.repeat(n % 90)}`;
const changed = (n: number): string => (n % 5 === 0 ? '-' : text(n));
const expected = (count: number, of: (n: number) => string): Map<number, string> =>
  new Map(Array.from({ length: count }, (_, n) => [n, of(n)]));

async function append(log: SegmentLog, count: number, first = 0): Promise<void> {
  for (let n = first; n < first + count; n += 10)
    await log.append(Array.from({ length: 10 }, (_, index) => Buffer.from(text(n + index))));
}

/** All bytes that the log's files hold. */
async function bytesOf(dir: string): Promise<Buffer> {
  const files = await readdir(dir);
  return Buffer.concat(await Promise.all(files.map((name) => readFile(join(dir, name)))));
}

test('replaced records are in no byte of the log; all others keep their places, after a restart, too', async () => {
  const directory = await temporaryDirectory();
  const log = await openSegmentLog({ dir: directory.path, segmentBytes });
  await append(log, 900);
  await writeFile(join(directory.path, '00000000000000000000.log.123.torn'), 'erase');
  await log.rewrite(log.nextPosition, change, signal);
  assert.ok(!(await bytesOf(directory.path)).includes('erase'));
  assert.deepEqual(await readAll(log), expected(900, changed));
  await append(log, 20, 900);
  await log.close();
  const again = await openSegmentLog({ dir: directory.path, segmentBytes });
  assert.deepEqual(
    await readAll(again),
    new Map([...expected(900, changed), ...[...expected(920, text)].slice(900)]),
  );
  await again.close();
  await directory.remove();
});

test('records from `until` on stay', async () => {
  const directory = await temporaryDirectory();
  const log = await openSegmentLog({ dir: directory.path, segmentBytes });
  await append(log, 500);
  await log.rewrite(250, change, signal);
  assert.deepEqual(
    await readAll(log),
    expected(500, (n) => (n < 250 ? changed(n) : text(n))),
  );
  await log.close();
  await directory.remove();
});

test('who reads while segments are rewritten gets each record once, as it was or as it is', async () => {
  const directory = await temporaryDirectory();
  const log = await openSegmentLog({ dir: directory.path, segmentBytes });
  await append(log, 2_000);
  const reads = Array.from({ length: 6 }, async () => {
    const found = await readAll(log);
    assert.equal(found.size, 2_000);
    for (const [n, said] of found) assert.ok(said === text(n) || said === changed(n), said);
  });
  await log.rewrite(log.nextPosition, change, signal);
  await Promise.all(reads);
  assert.deepEqual(await readAll(log), expected(2_000, changed));
  await log.close();
  await directory.remove();
});

test('damage that was given up stays skipped, and its bytes are gone', async () => {
  const directory = await temporaryDirectory();
  const log = await openSegmentLog({ dir: directory.path, segmentBytes });
  await append(log, 600);
  await log.close();
  const path = join(directory.path, '00000000000000000000.log');
  const bytes = await readFile(path);
  const at = bytes.indexOf('erase 20 ');
  const file = await open(path, 'r+');
  await file.write(Buffer.from('?'), 0, 1, at + 6);
  await file.close();
  await acceptDamage(directory.path);
  const damaged = await openSegmentLog({ dir: directory.path, segmentBytes });
  const before = await readAll(damaged);
  assert.equal(before.has(20), false);
  await damaged.rewrite(damaged.nextPosition, change, signal);
  const after = new Map([...before].map(([n]) => [n, changed(n)]));
  assert.deepEqual(await readAll(damaged), after);
  await damaged.close();
  assert.ok(!(await bytesOf(directory.path)).includes('erase'));
  const again = await openSegmentLog({ dir: directory.path, segmentBytes });
  assert.deepEqual(await readAll(again), after);
  await again.close();
  await directory.remove();
});

test('kill -9 at any moment leaves each record as it was or as it shall be, and the next run ends it', async () => {
  const directory = await temporaryDirectory();
  const log = await openSegmentLog({ dir: directory.path, segmentBytes });
  await append(log, 20_000);
  await log.close();
  const child = join(import.meta.dirname, '../../../../crash/rewrite-child.ts');
  let [interrupted, isDone] = [0, false];
  for (let kill = 0; kill < KILLS && !isDone; kill += 1) {
    const victim = startChild(child, [directory.path]);
    await until('the log is open', () => victim.lines.includes('open'));
    await sleep(5 + 12 * kill);
    await victim.kill();
    isDone = victim.lines.includes('done');
    const now = await openSegmentLog({ dir: directory.path, segmentBytes });
    const found = await readAll(now);
    await now.close();
    assert.equal(found.size, 20_000);
    for (const [n, said] of found) assert.ok(said === text(n) || said === changed(n), said);
    if ([...found.values()].some((said) => said.startsWith('erase'))) interrupted += 1;
  }
  assert.ok(interrupted > 0, 'no life of the process was cut short');
  const last = startChild(child, [directory.path]);
  await until('the rewriting ends', () => last.lines.includes('done'));
  await last.stop();
  const final = await openSegmentLog({ dir: directory.path, segmentBytes });
  assert.deepEqual(await readAll(final), expected(20_000, changed));
  await final.close();
  assert.ok(!(await bytesOf(directory.path)).includes('erase'));
  await directory.remove();
});
