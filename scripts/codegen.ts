// Writes generated files: resolver types of each subgraph (codegen.yml) and the supergraph from schema/*.graphql, and
// docs/configuration.md from the schema of the configuration.
// With --check it writes nothing and fails when something is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate, loadCodegenConfig } from '@graphql-codegen/cli';
import { composeSupergraph } from '../src/gateway/router/compose-supergraph.ts';
import { subgraphs } from '../src/resolvers/all.ts';
import { configurationPage } from './codegen/configuration.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');

const { config } = await loadCodegenConfig({ configFilePath: join(root, 'codegen.yml') });
const files = (await generate({ ...config, cwd: root, silent: true, errorsOnly: true }, false)) as readonly {
  readonly filename: string;
  readonly content: string;
}[];

const supergraph = composeSupergraph(
  subgraphs.map(({ name, typeDefs }) => ({ name, typeDefs, url: `http://127.0.0.1:4000/${name}` })),
);
const outputs = [
  ...files.map(({ filename, content }) => ({ path: filename, content })),
  {
    path: 'schema/supergraph.graphql',
    content: `# Written by \`npm run codegen\`; do not edit.\n${supergraph}`,
  },
  { path: 'docs/configuration.md', content: configurationPage() },
];

let stale = 0;
for (const { path, content } of outputs) {
  const file = path.startsWith('/') ? path : join(root, path);
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === content) continue;
  stale += 1;
  if (!check) await writeFile(file, content);
  console.log(`${check ? 'out of date' : 'written'}: ${path}`);
}
if (check && stale > 0) {
  console.error('Run `npm run codegen` and commit what it writes.');
  process.exit(1);
}
