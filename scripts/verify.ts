// Runs the checks that take longer than `npm test` should: `npm run verify -- NAME`, where NAME is a folder of `verify/`.
// Each check is a test that prints its figures; the exit code is 0 only when all of them hold.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const names = readdirSync(join(root, 'verify'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !names.includes(name) || rest.length > 0) {
  console.error(
    `Usage: npm run verify -- NAME, with NAME one of: ${names.join(', ')}. docs/verification.md says what each shows.`,
  );
  process.exit(2);
}
const run = spawnSync(process.execPath, ['scripts/test.ts', `verify/${name}/**/*.test.ts`], {
  cwd: root,
  // Checks whose engines are missing don't count as passed.
  env: { ...process.env, CI: 'true' },
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
