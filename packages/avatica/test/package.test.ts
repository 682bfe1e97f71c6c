import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../../test/support/temp.ts';
import description from '../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..');

test('the packed package is JavaScript that a program without this repository can use', async () => {
  const { path, remove } = await temporaryDirectory();
  try {
    const inRoot = { cwd: join(root, '../..'), encoding: 'utf8' } as const;
    execFileSync(process.execPath, [join(root, 'scripts/build.ts')], inRoot);
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', join(root, 'dist'), '--json', '--pack-destination', path], inRoot),
    );
    const files: string[] = packed.files.map((file: { path: string }) => file.path);
    assert.ok(files.includes('index.js') && files.includes('README.md') && files.includes('LICENSE'));
    assert.deepEqual(
      files.filter((name) => /(?<!\.d)\.ts$/.test(name)),
      [],
    );

    const modules = join(path, 'node_modules');
    await mkdir(join(modules, '@journeygraph'), { recursive: true });
    execFileSync('tar', ['-xzf', join(path, packed.filename), '-C', path]);
    await rename(join(path, 'package'), join(modules, '@journeygraph/avatica'));
    await mkdir(join(modules, '@bufbuild'));
    for (const dependency of Object.keys(description.dependencies))
      await symlink(join(root, '../../node_modules', dependency), join(modules, dependency));
    const program = `import { AvaticaError, openAvatica } from '@journeygraph/avatica';
      const client = openAvatica({ url: 'http://127.0.0.1:9', timeoutMs: 5_000 });
      const error = await client.query('SELECT 1').catch((reason) => reason);
      await client.close();
      console.log(error instanceof AvaticaError, error.code);`;
    await writeFile(join(path, 'program.mjs'), program);
    const printed = execFileSync(process.execPath, [join(path, 'program.mjs')], { encoding: 'utf8' });
    assert.equal(printed, 'true UNAVAILABLE\n');
  } finally {
    await remove();
  }
});
