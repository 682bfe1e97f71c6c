import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type FileOptions, formatOf, openFile } from '../../../../src/import/plan/rows.ts';
import { temporaryDirectory } from '../../../support/temp.ts';

describe('encodings of files', () => {
  let directory: { path: string; remove(): Promise<void> };
  let serial = 0;
  before(async () => {
    directory = await temporaryDirectory();
  });
  after(() => directory.remove());

  const read = async (bytes: Buffer, options: Partial<FileOptions> = {}) => {
    const path = join(directory.path, `file-${serial++}`);
    await writeFile(path, bytes);
    const { columns, rows } = await openFile({ path, format: 'csv', ...options });
    const values: unknown[] = [];
    for await (const chunk of rows)
      for (const row of chunk) values.push('values' in row ? row.values : row.fault.message);
    return [columns, ...values];
  };
  const TEXT = 'name,city\nZoë,Łódź 😀\n';
  const LATIN = 'name,city\nZoë,10 €\n';
  const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();

  test('UTF-8 and UTF-16 with or without a mark, Windows-1252, and gzip of them', async () => {
    const expected = [
      ['name', 'city'],
      ['Zoë', 'Łódź 😀'],
    ];
    const latin = Buffer.from(LATIN.replace('€', '\x80'), 'latin1');
    for (const [bytes, encoding] of [
      [Buffer.from(TEXT), undefined],
      [Buffer.from(`\ufeff${TEXT}`), undefined],
      [Buffer.from(`\ufeff${TEXT}`, 'utf16le'), undefined],
      [swapped(`\ufeff${TEXT}`), undefined],
      [Buffer.from(TEXT, 'utf16le'), 'utf-16le'],
      [swapped(TEXT), 'utf-16be'],
      [Buffer.from(`\ufeff${TEXT}`), 'windows-1252'],
    ] as const) {
      assert.deepEqual(await read(bytes, { encoding }), expected);
      assert.deepEqual(await read(gzipSync(bytes), { encoding }), expected, 'packed');
    }
    for (const encoding of ['windows-1252', 'latin1', 'iso-8859-1'])
      assert.deepEqual(await read(latin, { encoding }), [
        ['name', 'city'],
        ['Zoë', '10 €'],
      ]);
  });

  test('U+FFFD is valid where it is written; what the encoding does not have costs its row', async () => {
    assert.deepEqual(await read(Buffer.from('a\ncaf\ufffd\n')), [['a'], ['caf\ufffd']]);
    const lone = Buffer.from(`\ufeffa\n\ufffd\nx`, 'utf16le');
    const [, replacement, broken] = await read(Buffer.concat([lone, Buffer.from([0x00, 0xd8])]));
    assert.deepEqual(replacement, ['\ufffd']);
    assert.match(String(broken), /not valid UTF-8/);
    assert.match(
      String((await read(Buffer.from([0x61, 0x0a, 0x81, 0x0a]), { encoding: 'shift_jis' }))[1]),
      /not valid/,
    );
  });

  test('names tell the format; archives, broken gzip and empty files are refused with a reason', async () => {
    assert.deepEqual(['a.csv', 'a.CSV.gz', 'b.tsv', 'c.jsonl', 'c.ndjson.gz', 'd.xlsx', '-'].map(formatOf), [
      'csv',
      'csv',
      'tsv',
      'jsonl',
      'ndjson',
      undefined,
      undefined,
    ]);
    await assert.rejects(read(Buffer.from('PK\x03\x04rest')), /spreadsheet \(\.xlsx\)/);
    await assert.rejects(read(gzipSync(Buffer.from('a\n1\n')).subarray(0, 20)), /no whole gzip/);
    await assert.rejects(read(Buffer.from('')), /empty/);
    await assert.rejects(read(Buffer.from('\n \n')), /empty/);
  });
});
