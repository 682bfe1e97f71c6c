import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { STANDARD_TYPES } from '../../../src/domain/activity-types.ts';
import { rejectsOf } from '../../../src/import/deliver/work-files.ts';
import { importFile } from '../../../src/import/importer.ts';
import { parseMapping } from '../../../src/import/values/mapping.ts';
import type { ActivityDraft, Item, Verdict } from '../../../src/ingest/draft/draft.ts';
import { temporaryDirectory } from '../../support/temp.ts';

const MAPPING = {
  type: { value: 'Visit Webpage' },
  externalId: { column: 'user' },
  occurredAt: { column: 'time' },
  attributes: {
    title: { column: 'page.title', optional: true },
    score: { column: 'score', as: 'integer', optional: true },
  },
};
const TIME = '2026-01-01T00:00:00Z';

describe('import of files', () => {
  let directory: { path: string; remove(): Promise<void> };
  let path: string;
  let serial = 0;
  before(async () => {
    directory = await temporaryDirectory();
  });
  after(() => directory.remove());
  beforeEach(() => {
    path = join(directory.path, `file-${serial++}`);
  });

  /** A destination that keeps each message once, as the store does. */
  const destination = () => {
    const kept = new Map<string, ActivityDraft>();
    const send = async (items: readonly Item[]) =>
      items.map((item): Verdict => {
        assert.ok(item.kind === 'activity');
        const { messageId } = item.draft;
        const isRepeat = kept.has(messageId);
        if (!isRepeat) kept.set(messageId, item.draft);
        return { status: isRepeat ? 'duplicate' : 'accepted', id: messageId };
      });
    return { kept, send };
  };
  type Sink = ReturnType<typeof destination>;
  const run = ({ send }: Sink, format: 'csv' | 'jsonl', mapping: object = MAPPING) =>
    importFile({
      file: { path, format },
      mapping: parseMapping(JSON.stringify(mapping)),
      types: STANDARD_TYPES,
      send,
    });
  const rejects = async () =>
    (await readFile(rejectsOf(path, undefined), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  test('exactly the good rows of JSON lines arrive, the bad ones are told by line, reason and text', async () => {
    const good = (n: number) =>
      JSON.stringify({ user: `u${n}`, time: TIME, page: { title: `T${n}` }, score: n });
    const lines: (string | Buffer)[] = [
      good(1),
      '{broken',
      good(2),
      '[]',
      '   ',
      Buffer.from([0x22, 0xff, 0x22]),
      JSON.stringify({ user: 'x' }),
      good(2),
      `{"a":"${'x'.repeat(1_100_000)}"}`,
      good(3),
    ];
    await writeFile(path, Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\r\n')])));
    const sink = destination();
    const counts = await run(sink, 'jsonl');
    assert.deepEqual([counts.accepted, counts.rejected, counts.rows], [4, 5, 9]);
    assert.deepEqual(
      (await rejects()).map(({ line, code, row }) => [line, code, row.slice(0, 8)]),
      [
        [2, 'INVALID_VALUE', '{broken'],
        [4, 'INVALID_VALUE', '[]'],
        [6, 'INVALID_VALUE', '"ÿ"'],
        [7, 'MISSING_VALUE', '{"user":'],
        [9, 'TOO_LARGE', '{"a":"xx'],
      ],
    );
    assert.deepEqual(
      [...sink.kept.values()].map((draft) => [draft.externalId, draft.attributes]),
      [1, 2, 2, 3].map((n) => [`u${n}`, { title: `T${n}`, score: n }]),
    );
    const again = await run(sink, 'jsonl');
    assert.deepEqual(
      [again.accepted, again.duplicates, sink.kept.size],
      [0, 4, 4],
      'again, it changes nothing',
    );
    assert.equal((await rejects()).length, 5);
  });

  test('a file that grew, or was saved with other line ends, quotes, delimiter or order of columns, is the same rows', async () => {
    const sink = destination();
    const visits = ['u1', 'u2', 'u1'];
    const save = (text: string) => writeFile(path, text);
    await save(`user,time\n${visits.map((user) => `${user},${TIME}\n`).join('')}`);
    assert.equal((await run(sink, 'csv')).accepted, 3, 'two equal visits are two');
    for (const text of [
      `user,time\r\n${visits.map((user) => `"${user}",${TIME}\r\n`).join('')}`,
      `sep=;\ntime;user\n${visits.map((user) => `${TIME};${user}\n`).join('')}`,
      `\ufeffuser,time,note\n${visits.map((user) => `${user},${TIME},"x\ny"\n`).join('')}`,
    ]) {
      await save(text);
      const { accepted, duplicates } = await run(sink, 'csv');
      assert.deepEqual([accepted, duplicates], [0, 3]);
    }
    await save(`user,time\nu0,${TIME}\n${visits.map((user) => `${user},${TIME}\n`).join('')}u1,${TIME}\n`);
    const grown = await run(sink, 'csv');
    assert.deepEqual([grown.accepted, grown.duplicates, sink.kept.size], [2, 3, 5]);
  });

  test('two mappings, or two types, on one file are the activities of both', async () => {
    await writeFile(path, `user,time\nu1,${TIME}\nu2,${TIME}\n`);
    const sink = destination();
    assert.equal((await run(sink, 'csv')).accepted, 2);
    assert.equal(
      (await run(sink, 'csv', { ...MAPPING, type: { value: 'Complete Order' }, attributes: {} })).accepted,
      2,
    );
    const both = {
      ...MAPPING,
      attributes: {},
      activities: [{ type: { value: 'Visit Webpage' } }, { type: { value: 'New Lead' } }],
    };
    const counts = await run(sink, 'csv', both);
    assert.deepEqual([counts.rows, counts.items, counts.accepted, counts.duplicates], [2, 4, 2, 2]);
  });

  test('keys of two tables as message ids do not collide with a prefix, and need not be there twice', async () => {
    await writeFile(path, `user,time,id\nu1,${TIME},1\nu2,${TIME},2\n`);
    const sink = destination();
    for (const prefix of ['visit', 'order'])
      assert.equal(
        (await run(sink, 'csv', { ...MAPPING, messageId: { template: `${prefix}-{id}` } })).accepted,
        2,
      );
    assert.deepEqual([...sink.kept.keys()], ['visit-1', 'visit-2', 'order-1', 'order-2']);
  });

  test('large ids of JSON lines stay as they are written', async () => {
    await writeFile(path, [5, 7].map((n) => `{"user":900719925474099${n},"time":"${TIME}"}\n`).join(''));
    const sink = destination();
    await run(sink, 'jsonl');
    assert.deepEqual(
      [...sink.kept.values()].map(({ externalId }) => externalId),
      ['9007199254740995', '9007199254740997'],
    );
  });

  test('a mapping that does not fit is refused before the first row', async () => {
    const sink = destination();
    const refuses = async (text: string, format: 'csv' | 'jsonl', message: RegExp) => {
      await writeFile(path, text);
      const attributes = { title: { column: 'title' } };
      await assert.rejects(run(sink, format, { ...MAPPING, attributes }), message);
    };
    await refuses(
      `user,time,titel\nu,${TIME},a\n`,
      'csv',
      /'title', which the file lacks\. Is 'titel' meant/,
    );
    await refuses(`user,time,title,title\nu,${TIME},a,b\n`, 'csv', /'title' 2 times/);
    await refuses(
      `{"user":"u","time":"${TIME}","titel":"a"}\n`,
      'jsonl',
      /'title', which the file lacks\. Is 'titel' meant/,
    );
    assert.equal(sink.kept.size, 0);
  });

  test('verdicts are counted apart: conflicts and what the installation leaves out too', async () => {
    await writeFile(
      path,
      `user,time\n${['a', 'b', 'c', 'd', 'e'].map((user) => `${user},${TIME}\n`).join('')}`,
    );
    const error = (code: string) => ({ code, message: 'no', path: null }) as never;
    const verdicts: Verdict[] = [
      { status: 'accepted', id: '1' },
      { status: 'duplicate', id: '1' },
      { status: 'rejected', error: error('CONFLICT') },
      { status: 'dropped', reason: 'a robot' },
      { status: 'rejected', error: error('UNKNOWN_TYPE') },
    ];
    const counts = await run({ kept: new Map(), send: async () => verdicts }, 'csv');
    assert.deepEqual(counts, {
      ...{
        rows: 5,
        items: 5,
        accepted: 1,
        duplicates: 1,
        conflicts: 1,
        dropped: 1,
        rejected: 1,
        unwanted: 0,
      },
    });
    assert.deepEqual(
      (await rejects()).map(({ line, code, row }) => [line, code, row]),
      [
        [4, 'CONFLICT', `c,${TIME}`],
        [6, 'UNKNOWN_TYPE', `e,${TIME}`],
      ],
    );
  });

  test('killed in the middle again and again, it ends with every good row once and every bad one told once', async () => {
    const rows = 20_000;
    const text = Array.from({ length: rows }, (_, n) =>
      n % 10 === 0 ? 'broken' : JSON.stringify({ user: `u${n % 3_000}`, time: TIME }),
    ).join('\n');
    await writeFile(path, text);
    const sink = `${path}.sink`;
    await writeFile(sink, '');
    let kills = 0;
    for (let attempt = 0; ; attempt += 1) {
      assert.ok(attempt < 200, 'it makes progress');
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, 'import-child.ts'), path, sink, JSON.stringify(MAPPING), '50'],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      // Killed when it has sent something more, wherever it is then; and later each time.
      const before = (await readFile(sink)).length;
      const timer = setInterval(async () => {
        if ((await readFile(sink)).length > before + attempt * 20_000) child.kill('SIGKILL');
      }, 5);
      const [code, signal] = await once(child, 'exit');
      clearInterval(timer);
      if (signal === 'SIGKILL') kills += 1;
      else {
        assert.equal(code, 0);
        break;
      }
    }
    assert.ok(kills > 0, 'it was killed at least once');
    const arrived = (await readFile(sink, 'utf8')).trim().split('\n');
    assert.equal(new Set(arrived).size, rows * 0.9);
    const told = (await rejects()).map(({ line }) => line);
    assert.deepEqual([told.length, new Set(told).size], [rows * 0.1, rows * 0.1]);
  });
});
