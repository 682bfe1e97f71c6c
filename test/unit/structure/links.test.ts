import assert from 'node:assert/strict';
import { access, glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../..');

/** The anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

async function anchorsOf(path: string): Promise<string[]> {
  const page = await readFile(path, 'utf8');
  return [...page.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

test('every relative link of the documentation leads to a file, and to a heading of it', async () => {
  const broken: string[] = [];
  let links = 0;
  for await (const file of glob(['*.md', 'docs/**/*.md', 'bench/**/*.md'], { cwd: root })) {
    const page = await readFile(join(root, file), 'utf8');
    for (const [, target = ''] of page.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      links += 1;
      const [path = '', anchor] = target.split('#');
      const found = path === '' ? join(root, file) : join(root, dirname(file), path);
      const isThere = await access(found).then(
        () => true,
        () => false,
      );
      if (!isThere || (anchor !== undefined && !(await anchorsOf(found)).includes(anchor)))
        broken.push(`${file}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(links > 20);
});
