// Checks the English of prose (docs, README, CHANGELOG, schema) and of doc comments: `npm run english`.
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faultsOf } from './english/rules.ts';
import { commentsOf, descriptionsOf, type Paragraph, paragraphsOf, sentencesOf } from './english/text.ts';

const root = join(import.meta.dirname, '..');

type Kind = { readonly files: readonly string[]; readonly read: (text: string) => Paragraph[] };

const KINDS: readonly Kind[] = [
  { files: ['docs/**/*.md', 'README.md', 'CHANGELOG.md'], read: paragraphsOf },
  { files: ['schema/*.graphql'], read: descriptionsOf },
  { files: ['{src,packages,console,scripts}/**/*.{ts,tsx,mjs}'], read: commentsOf },
];
const LEFT_OUT = /(?:^|\/)(?:node_modules|dist|generated)\/|generated\.ts$|supergraph\.graphql$/;

let count = 0;
for (const { files, read } of KINDS)
  for await (const file of glob([...files], { cwd: root })) {
    if (LEFT_OUT.test(file)) continue;
    for (const { line, text } of read(await readFile(join(root, file), 'utf8')).flatMap(sentencesOf))
      for (const rule of faultsOf(text)) {
        count += 1;
        console.error(`${file}:${line}: ${rule}: ${text}`);
      }
  }
if (count > 0) {
  console.error(`${count} sentences to mend; docs/glossary.md has the terms.`);
  process.exitCode = 1;
}
