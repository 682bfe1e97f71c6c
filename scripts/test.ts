// Runs every test, with one PostgreSQL for all of them, and closes with one line that counts them.
// Arguments choose files: `npm test -- test/contract/activity-store.test.ts`
import { glob } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { startPostgres } from '../test/support/postgres.ts';

const root = join(import.meta.dirname, '..');
const chosen = process.argv.slice(2);
const files: string[] = [];
for await (const file of glob(chosen.length > 0 ? chosen : 'test/**/*.test.ts', { cwd: root }))
  files.push(join(root, file));
if (files.length === 0) {
  console.error('There is no such test file.');
  process.exit(1);
}

const postgres = await startPostgres();
process.env['JOURNEYGRAPH_TEST_PG_URL'] = postgres.url;
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
/** Suites over the cluster's engines, where this run was given none. */
const absent: string[] = [];
try {
  // Two files at a time: crash tests and browsers need the cores they get.
  const stream = run({ files: files.sort(), concurrency: 2, timeout: 10 * 60_000 });
  const isTest = (details: { type?: string | undefined }) => details.type !== 'suite';
  stream.on('test:pass', (event) => {
    if (!isTest(event.details)) {
      if (event.skip) absent.push(`not run: ${event.name} (${String(event.skip)})`);
      return;
    }
    if (event.skip || event.todo) {
      counts.skipped += 1;
      failures.push(`skipped: ${event.name} (${String(event.skip ?? event.todo)})`);
    } else counts.passed += 1;
  });
  stream.on('test:fail', (event) => {
    if (!isTest(event.details)) return;
    counts.failed += 1;
    failures.push(`failed: ${event.name} (${event.file ? relative(root, event.file) : 'unknown file'})`);
  });
  await new Promise((resolve, reject) => {
    stream.compose(spec).on('end', resolve).on('error', reject).pipe(process.stdout, { end: false });
  });
} finally {
  await postgres.stop();
}
for (const line of [...absent, ...failures]) console.log(line);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode =
  counts.failed > 0 || counts.passed === 0 || (process.env['CI'] && counts.skipped > 0) ? 1 : 0;
