// The import as a process of its own, to be killed: what is sent is appended to a file, repeats and all.
import { appendFile } from 'node:fs/promises';
import { STANDARD_TYPES } from '../../../src/domain/activity-types.ts';
import { keepHeapSmall } from '../../../src/import/heap.ts';
import { importFile } from '../../../src/import/importer.ts';
import { parseMapping } from '../../../src/import/values/mapping.ts';

const [path = '', sink = '', mapping = '', pause = '10'] = process.argv.slice(2);
keepHeapSmall();
const counts = await importFile({
  file: { path, format: 'jsonl' },
  mapping: parseMapping(mapping),
  types: STANDARD_TYPES,
  async send(items) {
    const ids = items.map((item) => (item.kind === 'activity' ? item.draft.messageId : ''));
    if (sink !== '') await appendFile(sink, ids.map((id) => `${id}\n`).join(''));
    await new Promise((resolve) => setTimeout(resolve, Number(pause)));
    return ids.map((id) => ({ status: 'accepted', id }));
  },
});
console.log(JSON.stringify({ ...counts, rss: process.resourceUsage().maxRSS }));
