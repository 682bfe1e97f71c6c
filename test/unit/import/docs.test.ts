import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseMapping } from '../../../src/import/values/mapping.ts';
import { formatReader } from '../../../src/import/values/time-formats.ts';

const root = join(import.meta.dirname, '../../..');

test('every mapping and every time format that the documentation shows is valid', async () => {
  const page = await readFile(join(root, 'docs/import.md'), 'utf8');
  const mappings = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  assert.ok(mappings.length >= 4);
  for (const mapping of mappings) parseMapping(mapping);
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, inReadme = ''] = /`mapping\.json`: `(.*?)`/.exec(readme) ?? [];
  parseMapping(inReadme);
  const table = page.slice(page.search(/\| format +\| reads/), page.indexOf('A time that names no zone'));
  const formats = table
    .split('\n')
    .slice(2)
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  assert.ok(formats.length >= 10);
  for (const format of formats) assert.ok(formatReader(format), format);
});
