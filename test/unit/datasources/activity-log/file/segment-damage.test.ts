import assert from 'node:assert/strict';
import { cp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  openSegmentLog,
  type SegmentLog,
} from '../../../../../src/datasources/activity-log/file/segment-file.ts';
import {
  acceptDamage,
  inspectSegments,
} from '../../../../../src/datasources/activity-log/file/segment-repair.ts';
import { temporaryDirectory } from '../../../../support/temp.ts';

const signal = new AbortController().signal;
const FLIP_EVERY_BYTES = 1_000;

/** Offset → text of every record that can be read. */
async function readAll(log: SegmentLog): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const options = { maxRecords: 50, maxBytes: 100_000, signal };
  for await (const { first, records } of log.read(log.firstPosition, options))
    for (const [index, bytes] of records.entries()) found.set(first + index, Buffer.from(bytes).toString());
  return found;
}

/** A log of three segments in `dir`. @returns its records by offset */
async function writeLog(dir: string): Promise<readonly string[]> {
  const log = await openSegmentLog({ dir, segmentBytes: 12_000 });
  const texts: string[] = [];
  for (let round = 0; texts.length < 90; round += 1) {
    const batch = Array.from({ length: 1 + (round % 4) }, (_, n) =>
      JSON.stringify([round, n, 'abcdefghij'.repeat(5 + ((round * 7 + n) % 60))]),
    );
    await log.append(batch.map((text) => Buffer.from(text)));
    texts.push(...batch);
  }
  await log.close();
  return texts;
}

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ (1 << (at % 8));
  await file.write(byte, 0, 1, at);
  await file.close();
}

const segmentsIn = async (dir: string): Promise<string[]> =>
  (await readdir(dir)).filter((name) => name.endsWith('.log')).sort();

test('a flipped bit anywhere in the log is refused or told, never silently cut, and costs only its own record', async () => {
  const directory = await temporaryDirectory();
  const whole = join(directory.path, 'whole');
  const texts = await writeLog(whole);
  const names = await segmentsIn(whole);
  assert.ok(names.length >= 3);
  let flips = 0;
  for (const name of names) {
    const { size } = await stat(join(whole, name));
    for (let at = flips % 7; at < size; at += FLIP_EVERY_BYTES) {
      flips += 1;
      const dir = join(directory.path, 'damaged');
      await cp(whole, dir, { recursive: true });
      await flip(join(dir, name), at);
      const where = `byte ${at} of ${name}`;
      let refusal: unknown;
      let read: ReadonlyMap<number, string> = new Map();
      let torn = 0;
      try {
        const log = await openSegmentLog({ dir });
        torn = log.tornBytes;
        read = await readAll(log).finally(() => log.close());
      } catch (error) {
        refusal = error;
      }
      if (refusal === undefined) {
        // Only the header of an older segment changes nothing; damage at the very end looks like an interrupted write.
        const lost = texts.length - read.size;
        assert.ok(
          lost === 0 ? at < 16 : lost === 1 && torn > 0,
          `${where}: ${lost} records lost, ${torn} bytes told`,
        );
      } else {
        assert.match(String(refusal), /damaged/, where);
        assert.match(String(refusal), new RegExp(name), `${where}: the segment is named`);
        const reports = await acceptDamage(dir);
        const damaged = reports.flatMap(({ damage }) => damage);
        assert.ok(
          damaged.reduce((sum, gap) => sum + gap.records, 0) <= 2,
          `${where}: ${JSON.stringify(damaged)}`,
        );
        const log = await openSegmentLog({ dir });
        const kept = await readAll(log);
        const { first } = await log.append([Buffer.from('after')]);
        assert.equal(first, texts.length, where);
        await log.close();
        for (const [offset, text] of kept) assert.equal(text, texts[offset], where);
        const lost = damaged.reduce((sum, gap) => sum + gap.records, 0);
        assert.equal(kept.size, texts.length - lost, where);
      }
      await rm(dir, { recursive: true });
    }
  }
  assert.ok(flips > 30, `${flips} flips`);
  await directory.remove();
});

test('a log that lost its end continues behind what the store has, and the rest can be read', async () => {
  const directory = await temporaryDirectory();
  const texts = await writeLog(directory.path);
  const last = (await segmentsIn(directory.path)).at(-1) as string;
  await rm(join(directory.path, last));
  const reports = await acceptDamage(directory.path, texts.length);
  const lost = reports.flatMap(({ damage }) => damage).reduce((sum, gap) => sum + gap.records, 0);
  assert.equal(lost, texts.length - Number.parseInt(last, 10));
  const log = await openSegmentLog({ dir: directory.path });
  assert.equal((await log.append([Buffer.from('next')])).first, texts.length);
  const kept = await readAll(log);
  assert.equal(kept.get(texts.length), 'next');
  assert.equal(kept.size, texts.length - lost + 1);
  await log.close();
  assert.equal(
    (await inspectSegments(directory.path, texts.length + 1)).flatMap(({ damage }) => damage).length,
    0,
  );
  await directory.remove();
});

test('a log whose files are all gone continues behind what the store has', async () => {
  const directory = await temporaryDirectory();
  await acceptDamage(directory.path, 500);
  const log = await openSegmentLog({ dir: directory.path });
  assert.equal((await log.append([Buffer.from('next')])).first, 500);
  await log.close();
  await directory.remove();
});

test('a writer whose log another process has opened since stops before it writes or cuts a byte', async () => {
  const directory = await temporaryDirectory();
  const first = await openSegmentLog({ dir: directory.path });
  await first.append([Buffer.from('a')]);
  const second = await openSegmentLog({ dir: directory.path });
  await second.append([Buffer.from('b')]);
  const before = await readFile(join(directory.path, (await segmentsIn(directory.path))[0] as string));
  await assert.rejects(first.append([Buffer.from('c')]), { code: 'BACKEND_UNAVAILABLE' });
  await assert.rejects(first.check(), /Another process has opened the activity log/);
  await first.close();
  assert.deepEqual(
    await readFile(join(directory.path, (await segmentsIn(directory.path))[0] as string)),
    before,
  );
  await second.append([Buffer.from('d')]);
  assert.deepEqual([...(await readAll(second)).values()], ['a', 'b', 'd']);
  await second.close();
  await directory.remove();
});

test('a writer that can not read the epoch refuses appends and goes on when it can', async () => {
  const directory = await temporaryDirectory();
  const log = await openSegmentLog({ dir: directory.path });
  const path = join(directory.path, 'epoch');
  const epoch = await readFile(path, 'utf8');
  await rm(path);
  await assert.rejects(log.append([Buffer.from('a')]), { code: 'BACKEND_UNAVAILABLE' });
  await writeFile(path, epoch);
  await log.append([Buffer.from('b')]);
  assert.deepEqual([...(await readAll(log)).values()], ['b']);
  await log.close();
  await directory.remove();
});
