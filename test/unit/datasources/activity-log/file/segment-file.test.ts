import assert from 'node:assert/strict';
import { open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  openSegmentLog,
  type SegmentLog,
} from '../../../../../src/datasources/activity-log/file/segment-file.ts';
import { DomainError } from '../../../../../src/lib/errors.ts';
import { temporaryDirectory } from '../../../../support/temp.ts';

const signal = new AbortController().signal;
const record = (text: string): Uint8Array => Buffer.from(text);
async function all(log: SegmentLog, from = log.firstPosition, maxRecords = 7): Promise<string[]> {
  const texts: string[] = [];
  let next = from;
  for await (const batch of log.read(from, { maxRecords, maxBytes: 1_000, signal })) {
    assert.equal(batch.first, next);
    assert.ok(batch.records.length <= maxRecords);
    next += batch.records.length;
    texts.push(...batch.records.map((bytes) => Buffer.from(bytes).toString()));
  }
  return texts;
}

test('records are read back in order over many segments, from any position, also after the log is opened again', async () => {
  const directory = await temporaryDirectory();
  const options = { dir: directory.path, segmentBytes: 2_000 };
  let log = await openSegmentLog(options);
  const texts: string[] = [];
  for (let round = 0; round < 40; round += 1) {
    const batch = Array.from(
      { length: 1 + (round % 5) },
      (_, n) => `record ${round}/${n} ${'x'.repeat((round * 37) % 300)}`,
    );
    assert.deepEqual(await log.append(batch.map(record)), {
      first: texts.length,
      last: texts.length + batch.length - 1,
    });
    texts.push(...batch);
  }
  assert.deepEqual(await all(log), texts);
  await log.close();
  log = await openSegmentLog(options);
  assert.equal(log.nextPosition, texts.length);
  assert.equal(log.tornBytes, 0);
  for (const from of [0, 1, 50, texts.length - 1, texts.length])
    assert.deepEqual(await all(log, from, 3), texts.slice(from));
  assert.ok((await readdir(directory.path)).length > 3);
  await log.close();
  await directory.remove();
});

test('an empty record and one of several megabytes come back', async () => {
  const directory = await temporaryDirectory();
  const log = await openSegmentLog({ dir: directory.path });
  const big = 'y'.repeat(3_000_000);
  await log.append([record(''), record(big), record('z')]);
  assert.deepEqual(await all(log), ['', big, 'z']);
  await log.close();
  await directory.remove();
});

test('appends that come together get dense offsets, each its own', async () => {
  const directory = await temporaryDirectory();
  const log = await openSegmentLog({ dir: directory.path });
  const ranges = await Promise.all(
    Array.from({ length: 100 }, (_, n) => log.append([record(`${n}a`), record(`${n}b`)])),
  );
  const texts = await all(log);
  for (const [n, { first, last }] of ranges.entries())
    assert.deepEqual(texts.slice(first, last + 1), [`${n}a`, `${n}b`]);
  assert.equal(texts.length, 200);
  await log.close();
  await directory.remove();
});

test('wherever the end of the file is cut or filled with rubbish, whole records before it stay and writing goes on', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 400 }),
      fc.uint8Array({ maxLength: 60 }),
      async (cut, rubbish) => {
        const directory = await temporaryDirectory();
        const log = await openSegmentLog({ dir: directory.path });
        const texts = Array.from({ length: 20 }, (_, n) => `record ${n}`);
        for (const text of texts) await log.append([record(text)]);
        await log.close();
        const path = join(directory.path, '00000000000000000000.log');
        const size = (await stat(path)).size;
        await truncate(path, Math.max(16, size - cut));
        const end = await open(path, 'a');
        await end.write(rubbish);
        await end.close();
        const again = await openSegmentLog({ dir: directory.path });
        const kept = await all(again);
        assert.deepEqual(kept, texts.slice(0, kept.length));
        assert.equal(again.nextPosition, kept.length);
        if (cut === 0) assert.equal(kept.length, 20);
        await again.append([record('new')]);
        assert.deepEqual(await all(again), [...kept, 'new']);
        await again.close();
        await directory.remove();
      },
    ),
    { numRuns: 60 },
  );
});

test('a segment that was only half made is made anew; a foreign file is refused', async () => {
  for (const bytes of [0, 1, 15]) {
    const directory = await temporaryDirectory();
    await writeFile(join(directory.path, '00000000000000000000.log'), Buffer.alloc(bytes));
    const log = await openSegmentLog({ dir: directory.path });
    await log.append([record('first')]);
    assert.deepEqual(await all(log), ['first']);
    await log.close();
    await directory.remove();
  }
  const directory = await temporaryDirectory();
  await writeFile(join(directory.path, '00000000000000000000.log'), 'a diary, or whatever it is');
  await assert.rejects(openSegmentLog({ dir: directory.path }), /is no segment of this log/);
  await directory.remove();
});

test('what is cut off the end is put aside, not destroyed', async () => {
  const directory = await temporaryDirectory();
  const log = await openSegmentLog({ dir: directory.path });
  await log.append([record('whole')]);
  await log.close();
  const path = join(directory.path, '00000000000000000000.log');
  const { size } = await stat(path);
  await writeFile(path, Buffer.concat([await readFile(path), Buffer.from('half a record')]));
  const again = await openSegmentLog({ dir: directory.path });
  assert.equal(again.tornBytes, 13);
  assert.equal(await readFile(`${path}.${size}.torn`, 'utf8'), 'half a record');
  await again.close();
  await directory.remove();
});

test('a damaged record in the middle is reported when it is read, with its file, and never skipped', async () => {
  const directory = await temporaryDirectory();
  const options = { dir: directory.path, segmentBytes: 300 };
  const log = await openSegmentLog(options);
  for (let n = 0; n < 30; n += 1) await log.append([record(`record ${n} ${'x'.repeat(30)}`)]);
  await log.close();
  const path = join(directory.path, '00000000000000000000.log');
  const bytes = await readFile(path);
  bytes[60] = (bytes[60] ?? 0) ^ 1;
  await writeFile(path, bytes);
  const again = await openSegmentLog(options);
  await assert.rejects(all(again), /00000000000000000000\.log is damaged at record 0/);
  assert.equal((await all(again, 20)).length, 10);
  await again.close();
  await directory.remove();
});

test('more than may wait is refused with RATE_LIMITED, and what was taken in is written', async () => {
  const directory = await temporaryDirectory();
  const log = await openSegmentLog({ dir: directory.path, maxPendingBytes: 10_000 });
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, () => log.append([Buffer.alloc(1_000)])),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(refused.length, 40);
  for (const { reason } of refused)
    assert.ok(reason instanceof DomainError && reason.code === 'RATE_LIMITED' && reason.retryable);
  assert.equal(log.nextPosition, 10);
  await log.append([record('room again')]);
  await log.close();
  await assert.rejects(
    log.append([record('closed')]),
    (error) => error instanceof DomainError && error.code === 'BACKEND_UNAVAILABLE',
  );
  await directory.remove();
});
