// Runs every test, with one PostgreSQL and the cluster's engines for all of them, and closes with one line that counts
// them. Arguments choose files: `npm test -- test/contract/activity-store.test.ts`
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { ENGINE_VARIABLES, type EngineName as Needed } from '../test/support/engines.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { enginesMissing, startEngines } from './cluster/engines.ts';
import type { Addresses, EngineName } from './cluster/types.ts';

const root = join(import.meta.dirname, '..');
/** Ends a file that hangs; a slow machine must not reach it. */
const FILE_TIMEOUT_MS = 25 * 60_000;
/** A test that fails may leave children or connections behind: its file ends all the same, and they with it. */
const FILE_FLAGS = ['--test-force-exit'];

const ENGINE_OF: Readonly<Record<Needed, { name: EngineName; address: keyof Addresses }>> = {
  kafka: { name: 'kafka', address: 'kafka' },
  phoenix: { name: 'pqs', address: 'pqs' },
  solr: { name: 'solr', address: 'solr' },
  druid: { name: 'druid', address: 'druid' },
  'druid-coordinator': { name: 'druid', address: 'druidCoordinator' },
};

const chosen = process.argv.slice(2);
const files: string[] = [];
for await (const file of glob(
  chosen.length > 0 ? chosen : ['test/**/*.test.ts', 'packages/*/test/*.test.ts'],
  {
    cwd: root,
  },
))
  files.push(join(root, file));
if (files.length === 0) {
  console.error('There is no such test file.');
  process.exit(1);
}
files.sort();
const texts = new Map(
  await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
);
/** They need nothing but engines of their own, to kill them: after the others have ended, and one file at a time. */
const last = files.filter((file) => {
  const text = texts.get(file) ?? '';
  return text.includes('startEngines(') && !text.includes('engineSkip(');
});

const counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
/** Suites over engines that this run does not have. */
const absent: string[] = [];

/** How long each file took. */
const seconds = new Map<string, number>();
const SLOWEST = 15;

/** A test that its suite cancelled, and a suite with a failed test. */
const FALLEN_WITH: readonly unknown[] = ['cancelledByParent', 'subtestsFailed'];
const failureType = (error: Error): unknown => (error as Error & { failureType?: unknown }).failureType;
const REASON_LINES = 16;

/** The messages of an error and its causes, indented: the first lines of each. */
function reasonOf(error: Error): string {
  const texts: string[] = [];
  for (let at: unknown = error.cause ?? error; at !== undefined && at !== null; at = (at as Error).cause)
    texts.push(at instanceof Error ? at.message : String(at));
  const first = texts.map((text) => text.split('\n').slice(0, REASON_LINES).join('\n'));
  return first.join('\nbecause: ').replaceAll(/^/gm, '    ');
}

async function runFiles(paths: readonly string[], concurrency: number): Promise<void> {
  if (paths.length === 0) return;
  const stream = run({ files: [...paths], concurrency, timeout: FILE_TIMEOUT_MS, execArgv: FILE_FLAGS });
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
  stream.on('test:summary', ({ file, duration_ms }) => {
    if (file) seconds.set(relative(root, file), duration_ms / 1000);
  });
  stream.on('test:fail', ({ name, file, details }) => {
    if (isTest(details)) counts.failed += 1;
    // What fell with the suite around it is counted; the suite says why.
    if (FALLEN_WITH.includes(failureType(details.error))) return;
    const where = file ? relative(root, file) : 'unknown file';
    failures.push(`failed: ${name} (${where})\n${reasonOf(details.error)}`);
  });
  await new Promise((resolve, reject) => {
    stream.compose(spec).on('end', resolve).on('error', reject).pipe(process.stdout, { end: false });
  });
}

/** The engines that the files ask for by `engineSkip`, but for those whose addresses the environment gives. */
const needed = new Set<Needed>();
for (const text of texts.values())
  for (const [, names = ''] of text.matchAll(/engineSkip\(([^)]*)\)/g))
    for (const [, name] of names.matchAll(/'([a-z-]+)'/g))
      if (!process.env[ENGINE_VARIABLES[name as Needed]]) needed.add(name as Needed);

/** Starts them, where this machine can; their suites are reported as not run where it can't. */
async function withEngines(work: () => Promise<void>): Promise<void> {
  const reason = needed.size > 0 ? enginesMissing() : null;
  if (reason) console.log(`The engines of the cluster are not started: ${reason}`);
  if (needed.size === 0 || reason) return work();
  const dataDir = await mkdtemp(join(tmpdir(), 'journeygraph-engines-'));
  const engines = await startEngines({
    dataDir,
    only: [...new Set([...needed].map((name) => ENGINE_OF[name].name))],
    portOffset: 'free',
    onProgress: (line) => console.log(line),
  });
  try {
    for (const name of needed)
      process.env[ENGINE_VARIABLES[name]] = engines.addresses[ENGINE_OF[name].address];
    await work();
  } finally {
    await engines.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const postgres = await startPostgres();
process.env['JOURNEYGRAPH_TEST_PG_URL'] = postgres.url;
try {
  // Two files at a time: crash tests and browsers need the cores they get.
  await withEngines(() =>
    runFiles(
      files.filter((file) => !last.includes(file)),
      2,
    ),
  );
  await runFiles(last, 1);
} finally {
  await postgres.stop();
}
console.log('\nThe slowest files, in seconds:');
for (const [file, took] of [...seconds].sort(([, a], [, b]) => b - a).slice(0, SLOWEST))
  console.log(`${took.toFixed(0).padStart(5)}  ${file}`);
for (const line of [...absent, ...failures]) console.log(line);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
const isIncomplete = process.env['CI'] !== undefined && counts.skipped + absent.length > 0;
process.exitCode = counts.failed > 0 || counts.passed === 0 || isIncomplete ? 1 : 0;
