import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { mintToken, openKeySet } from '../auth/key-set.ts';
import { openApplication } from '../compose/application.ts';
import { type Config, readCommandConfig } from '../config/config.ts';
import { type Arguments, parseArguments, USAGE, UsageError } from '../import/arguments.ts';
import { summaryOf } from '../import/deliver/report.ts';
import { type Destination, sendTo } from '../import/deliver/send.ts';
import { connect } from '../import/deliver/send-graphql.ts';
import { addCounts, type ImportCounts, NO_COUNTS, rejectsOf } from '../import/deliver/work-files.ts';
import { dryRun } from '../import/dry-run.ts';
import { keepHeapSmall } from '../import/heap.ts';
import { type ImportOptions, importFile, readyFile } from '../import/importer.ts';
import { STANDARD_INPUT } from '../import/read/bytes.ts';
import { parseMapping } from '../import/values/mapping.ts';
import { never } from '../lib/abort.ts';

const TOKEN_SECONDS = 24 * 3600;
/** All in; some refused; nothing done, or not to the end. */
const EXIT = { done: 0, someRefused: 1, failed: 2 } as const;

/** @returns the exit code */
async function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const given = parseArguments(argv, env);
  if (given === 'help') {
    console.log(USAGE);
    return EXIT.done;
  }
  const mapping = parseMapping(await readMapping(given.mapping));
  const config = readCommandConfig(env);
  return withDestination(given, config, async ({ types, send }) => {
    const files = given.files.map(
      (file): ImportOptions => ({ file, mapping, zone: given.zone, types, send, workDir: given.workDir }),
    );
    // No row counts before every file is known to fit; the standard input can be opened once.
    for (const options of files)
      if (options.file.path !== STANDARD_INPUT && files.length > 1)
        await named(options, async () => void (await (await readyFile(options)).rows.return()));
    let total = NO_COUNTS;
    for (const options of files) {
      const counts = await named(options, () =>
        given.dryRun ? show(options, given.dryRun) : write(options),
      );
      total = addCounts(total, counts);
      console.log(
        `${files.length > 1 ? `${options.file.path}: ` : ''}${summaryOf(counts, given.dryRun !== undefined)}`,
      );
      if (!given.dryRun && counts.rejected + counts.conflicts > 0)
        console.log(`What was refused, and why: ${rejectsOf(options.file.path, given.workDir)}`);
    }
    if (files.length > 1) console.log(`Together: ${summaryOf(total, given.dryRun !== undefined)}`);
    return total.rejected + total.conflicts > 0 ? EXIT.someRefused : EXIT.done;
  });
}

const readMapping = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`The mapping ${path} can't be read (${error.code}).`);
  });

/** Adds the name of the file to errors. */
async function named<T>(options: ImportOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    const message =
      syscall === 'open' || syscall === 'read' ? `It can't be read (${code}).` : (error as Error).message;
    throw new Error(`${options.file.path}: ${message}`, { cause: error });
  }
}

async function withDestination(
  given: Arguments,
  config: Config,
  work: (destination: Destination) => Promise<number>,
): Promise<number> {
  const here = `http://${config.http.host}:${config.http.port}`;
  const isUp = async () => (await fetch(`${here}/healthz`).catch(() => undefined))?.ok === true;
  const url = given.url ?? (given.token !== undefined || (await isUp()) ? here : undefined);
  if (url !== undefined)
    return work(
      await connect(url, given.token ?? (await ownToken(config, given.tenant ?? '')), given.tenant),
    );
  const application = await openApplication(config);
  try {
    const tenantId = given.tenant ?? '';
    if ((await application.directory.tenant(tenantId)) === undefined)
      throw new Error(`There is no tenant '${tenantId}' here.`);
    const tenant = application.tenantOf(tenantId);
    const { collector, types } = application.services;
    const known = await types.list(tenant, never());
    return await work({ types: known, send: sendTo(collector, tenant) });
  } finally {
    await application.close();
  }
}

/** A token signed with this installation's key. */
async function ownToken(config: Config, tenantId: string): Promise<string> {
  const keySet = await openKeySet(join(config.storage.dataDir, 'keys'));
  return mintToken(keySet, {
    ...config.auth,
    tenantId,
    scopes: ['activities:write', 'activities:read'],
    subject: 'import',
    ttlSeconds: TOKEN_SECONDS,
  });
}

function show(
  options: ImportOptions,
  { rows, shown }: NonNullable<Arguments['dryRun']>,
): Promise<ImportCounts> {
  let count = 0;
  return dryRun(options, rows, (item) => {
    count += 1;
    if (count <= shown) console.log(JSON.stringify(item));
  });
}

async function write(options: ImportOptions): Promise<ImportCounts> {
  const bar = new SingleBar({
    format: 'Importing  {value} rows  {accepted} accepted  {rejected} rejected',
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  try {
    return await importFile({
      ...options,
      onProgress({ rows, accepted, rejected }) {
        // Not before: a file that can't be read needs no bar.
        if (!bar.isActive) bar.start(0, 0, { accepted: 0, rejected: 0 });
        bar.update(rows, { accepted, rejected });
      },
    });
  } finally {
    bar.stop();
  }
}

keepHeapSmall();
try {
  process.exitCode = await run(process.argv.slice(2), process.env);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exitCode = EXIT.failed;
}
