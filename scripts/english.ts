// Holds the house's English: `npm run english`. Prose (docs, README, CHANGELOG, schema) and the doc comments of each
// folder have at most as many faults as scripts/english-open.json says, which only shrinks (`-- --lower` writes it).
import { glob, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { faultsOf } from './english/rules.ts';
import { commentsOf, descriptionsOf, type Paragraph, paragraphsOf, sentencesOf } from './english/text.ts';

const root = join(import.meta.dirname, '..');
const OPEN = join(import.meta.dirname, 'english-open.json');

type Kind = { readonly files: readonly string[]; readonly read: (text: string) => Paragraph[] };

const KINDS: readonly Kind[] = [
  { files: ['docs/**/*.md', 'README.md', 'CHANGELOG.md'], read: paragraphsOf },
  { files: ['schema/*.graphql'], read: descriptionsOf },
  { files: ['{src,packages,console,scripts}/**/*.{ts,tsx,mjs}'], read: commentsOf },
];
const LEFT_OUT = /(?:^|\/)(?:node_modules|dist|generated)\/|generated\.ts$|supergraph\.graphql$/;

/** Every fault by the folder of its file, as lines of the report. */
async function findFaults(): Promise<Map<string, string[]>> {
  const faults = new Map<string, string[]>();
  for (const { files, read } of KINDS)
    for await (const file of glob([...files], { cwd: root })) {
      if (LEFT_OUT.test(file)) continue;
      const lines = read(await readFile(join(root, file), 'utf8'))
        .flatMap(sentencesOf)
        .flatMap(({ line, text }) => faultsOf(text).map((rule) => `${file}:${line}: ${rule}: ${text}`));
      if (lines.length > 0) faults.set(dirname(file), [...(faults.get(dirname(file)) ?? []), ...lines]);
    }
  return faults;
}

const lower = process.argv.includes('--lower');
const faults = await findFaults();
const open = JSON.parse(await readFile(OPEN, 'utf8')) as Record<string, number>;
const lowered: Record<string, number> = {};
const failures: string[] = [];
for (const folder of [...new Set([...faults.keys(), ...Object.keys(open)])].sort()) {
  const lines = faults.get(folder) ?? [];
  const allowed = open[folder] ?? 0;
  if (Math.min(lines.length, allowed) > 0) lowered[folder] = Math.min(lines.length, allowed);
  if (lines.length > allowed)
    failures.push(...lines, `${folder}: ${lines.length} faults, at most ${allowed}`);
  else if (lines.length < allowed && !lower)
    failures.push(
      `${folder}: ${lines.length} faults, but ${allowed} in the list: run \`npm run english -- --lower\``,
    );
}
if (lower) await writeFile(OPEN, `${JSON.stringify(lowered, null, 2)}\n`);
for (const failure of failures) console.error(failure);
if (failures.length > 0) process.exitCode = 1;
