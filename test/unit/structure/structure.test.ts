import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../..');

async function sources(): Promise<Map<string, { text: string; imports: string[] }>> {
  const files = new Map<string, { text: string; imports: string[] }>();
  for await (const file of glob('src/**/*.{ts,tsx}', { cwd: root })) {
    const text = await readFile(join(root, file), 'utf8');
    const imports = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, path]) =>
      relative(root, join(root, dirname(file), path ?? '')),
    );
    files.set(file, { text, imports });
  }
  assert.ok(files.size > 100);
  return files;
}

test('the domain imports nothing but itself', async () => {
  for (const [file, { imports }] of await sources())
    if (file.startsWith('src/domain/'))
      for (const path of imports) assert.ok(path.startsWith('src/domain/'), `${file} imports ${path}`);
});

test('only compose picks adapters; resolvers and services know ports', async () => {
  const adapter =
    /^src\/datasources\/(?:activity-\w+|failed-activities)\/(?:postgres|file|kafka|phoenix|solr|druid)\.ts$/;
  for (const [file, { imports }] of await sources())
    if (!file.startsWith('src/compose/'))
      for (const path of imports) assert.ok(!adapter.test(path), `${file} imports ${path}`);
});

test('tenants are made by authentication, the log and the operator alone', async () => {
  const allowed =
    /^src\/(?:auth\/|domain\/tenant\.ts|ingest\/repair\.ts|datasources\/activity-log\/|compose\/\w+\.ts|cli\/)/;
  for (const [file, { text }] of await sources())
    if (/\b(?:verifyTenant|createTenants)\b/.test(text))
      assert.ok(allowed.test(file), `${file} makes a tenant`);
});

test('the environment is read at the entries alone', async () => {
  for (const [file, { text }] of await sources())
    if (/process\.env\b(?!\.NODE_ENV)/.test(text))
      assert.ok(/^src\/(?:main|cli\/\w+)\.ts$/.test(file), `${file} reads the environment`);
});
