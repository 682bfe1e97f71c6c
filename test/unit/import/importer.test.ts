import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { importFile, rejectsOf } from '../../../src/import/importer.ts';
import { parseMapping } from '../../../src/import/mapping.ts';
import type { ActivityDraft, Verdict } from '../../../src/ingest/draft.ts';
import { temporaryDirectory } from '../../support/temp.ts';

const MAPPING = {
  type: { value: 'Visit Webpage' },
  externalId: { column: 'user' },
  occurredAt: { column: 'time' },
  attributes: { title: { column: 'page.title' }, score: { column: 'score', as: 'integer' } },
};

describe('import of files', () => {
  let directory: { path: string; remove(): Promise<void> };
  let file: string;
  let serial = 0;
  before(async () => {
    directory = await temporaryDirectory();
  });
  after(() => directory.remove());
  beforeEach(() => {
    file = join(directory.path, `file-${serial++}`);
  });

  /** A destination that keeps each message once, as the store does. */
  const destination = () => {
    const kept = new Map<string, ActivityDraft>();
    const send = async (drafts: readonly ActivityDraft[]) =>
      drafts.map((draft): Verdict => {
        const isRepeat = kept.has(draft.messageId);
        if (!isRepeat) kept.set(draft.messageId, draft);
        return { status: isRepeat ? 'duplicate' : 'accepted', id: draft.messageId };
      });
    return { kept, send };
  };
  const rejects = async () =>
    (await readFile(rejectsOf(file), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  test('exactly the good rows of JSON lines arrive, the bad ones are told by line and reason', async () => {
    const good = (n: number) =>
      JSON.stringify({ user: `u${n}`, time: '2026-01-01T00:00:00Z', page: { title: `T${n}` }, score: n });
    const lines: (string | Buffer)[] = [
      good(1),
      '{broken',
      good(2),
      '[]',
      '',
      Buffer.from([0x22, 0xff, 0x22]),
      JSON.stringify({ user: 'x' }),
      good(2),
      `{"a":"${'x'.repeat(1_100_000)}"}`,
      good(3),
    ];
    await writeFile(file, Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\r\n')])));
    const { kept, send } = destination();
    const options = { file, format: 'jsonl', mapping: parseMapping(JSON.stringify(MAPPING)), send } as const;
    const counts = await importFile(options);
    assert.deepEqual([counts.accepted, counts.rejected, counts.rows], [4, 5, 9]);
    assert.deepEqual(
      (await rejects()).map(({ line, code }: { line: number; code: string }) => [line, code]),
      [
        [2, 'INVALID_VALUE'],
        [4, 'INVALID_VALUE'],
        [6, 'INVALID_VALUE'],
        [7, 'INVALID_TIME'],
        [9, 'INVALID_VALUE'],
      ].sort(([a], [b]) => Number(a) - Number(b)),
    );
    assert.deepEqual(
      [...kept.values()].map((draft) => [draft.externalId, draft.attributes]),
      [1, 2, 2, 3].map((n) => [`u${n}`, { title: `T${n}`, score: n }]),
    );
    const again = await importFile(options);
    assert.deepEqual(
      [again.accepted, again.duplicates, kept.size],
      [0, 4, 4],
      'the same file again changes nothing',
    );
    assert.equal((await rejects()).length, 5);
  });

  test('CSV with quotes, line breaks in values, a byte order mark and bad rows keeps its line numbers', async () => {
    await writeFile(
      file,
      '\ufeffuser;time;page.title;score\nu1;2026-01-01T00:00:00Z;"a;""b""\nc";5\nu2;never;x;1\nu3;2026-01-01T00:00:00Z;short\nu4;2026-01-01T00:00:00Z;"d";7\n',
    );
    const { kept, send } = destination();
    const counts = await importFile({
      file,
      format: 'csv',
      mapping: parseMapping(JSON.stringify({ ...MAPPING, delimiter: ';' })),
      send,
    });
    assert.deepEqual([counts.accepted, counts.rejected], [2, 2]);
    assert.deepEqual(
      [...kept.values()].map((draft) => draft.attributes),
      [
        { title: 'a;"b"\nc', score: 5 },
        { title: 'd', score: 7 },
      ],
    );
    assert.deepEqual(
      (await rejects()).map(({ line }: { line: number }) => line),
      [4, 5],
    );
  });

  test('every fault of a mapping is named', () => {
    assert.throws(
      () => parseMapping('{"type": 1, "occurredAt": {"column": "t", "format": "lunar"}, "extra": 1}'),
      /type[\s\S]*occurredAt\.format[\s\S]*extra/,
    );
  });

  test('killed in the middle again and again, it ends with every good row once and every bad one told once', async () => {
    const rows = 20_000;
    const text = Array.from({ length: rows }, (_, n) =>
      n % 10 === 0 ? 'broken' : JSON.stringify({ user: `u${n}`, time: '2026-01-01T00:00:00Z' }),
    ).join('\n');
    await writeFile(file, text);
    const sink = `${file}.sink`;
    await writeFile(sink, '');
    let kills = 0;
    for (let attempt = 0; ; attempt += 1) {
      assert.ok(attempt < 200, 'it makes progress');
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, 'import-child.ts'), file, sink, JSON.stringify(MAPPING)],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      const timer = setTimeout(() => child.kill('SIGKILL'), 250 + attempt * 20);
      const [code, signal] = await once(child, 'exit');
      clearTimeout(timer);
      if (signal === 'SIGKILL') kills += 1;
      else {
        assert.equal(code, 0);
        break;
      }
    }
    assert.ok(kills > 0, 'it was killed at least once');
    const arrived = (await readFile(sink, 'utf8')).trim().split('\n');
    assert.equal(new Set(arrived).size, rows * 0.9);
    const told = (await rejects()).map(({ line }: { line: number }) => line);
    assert.deepEqual([told.length, new Set(told).size], [rows * 0.1, rows * 0.1]);
  });
});
