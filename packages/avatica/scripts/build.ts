// Writes the package as JavaScript with declarations to `dist/`, from where it can be published.
import { execFileSync } from 'node:child_process';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

await rm(dist, { recursive: true, force: true });
execFileSync('tsc', ['-p', root], { stdio: 'inherit' });
const {
  exports: _sources,
  scripts: _scripts,
  ...description
} = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const published = {
  ...description,
  exports: { '.': { types: './index.d.ts', default: './index.js' } },
  files: ['**/*.js', '**/*.d.ts'],
};
await writeFile(join(dist, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
await copyFile(join(root, 'README.md'), join(dist, 'README.md'));
await copyFile(join(root, '../../LICENSE'), join(dist, 'LICENSE'));
