// The import as a process of its own, to be killed: what is sent is appended to a file, repeats and all.
import { appendFile } from 'node:fs/promises';
import { importFile } from '../../../src/import/importer.ts';
import { parseMapping } from '../../../src/import/mapping.ts';

const [file = '', sink = '', mapping = ''] = process.argv.slice(2);
await importFile({
  file,
  format: 'jsonl',
  mapping: parseMapping(mapping),
  async send(drafts) {
    await appendFile(sink, drafts.map((draft) => `${draft.messageId}\n`).join(''));
    await new Promise((resolve) => setTimeout(resolve, 10));
    return drafts.map((draft) => ({ status: 'accepted', id: draft.messageId }));
  },
});
