import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { mintToken, openKeySet } from '../auth/key-set.ts';
import { openApplication } from '../compose.ts';
import { type Config, readCommandConfig } from '../config.ts';
import { verifyTenant } from '../domain/tenant.ts';
import { type ImportOptions, importFile, rejectsOf } from '../import/importer.ts';
import { parseMapping } from '../import/mapping.ts';
import { sendOver, sendTo } from '../import/send.ts';

const USAGE = `npm run import -- --tenant acme --format jsonl|csv --mapping mapping.json [--url http://127.0.0.1:4000] FILE

Imports activities. Bad rows go to FILE.rejects.jsonl with line and reason; run it again after a stop, or as
often as you like: every good row arrives once. With --url, or when a server has the data directory, it goes
through that server; else straight into the data directory (DATA_DIR, PROFILE as for npm start).`;

const TOKEN_SECONDS = 24 * 3600;

/** @returns the exit code */
async function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      tenant: { type: 'string' },
      format: { type: 'string' },
      mapping: { type: 'string' },
      url: { type: 'string' },
    },
  });
  const { tenant, format, mapping, url } = values;
  const [file] = positionals;
  if (!tenant || !mapping || !file || (format !== 'jsonl' && format !== 'csv')) throw new Error(USAGE);
  const options = { file, format, mapping: parseMapping(await readFile(mapping, 'utf8')) } as const;
  const config = readCommandConfig(env);
  const running = url ?? (await serverOf(config));
  const counts =
    running === undefined
      ? await importDirectly(config, tenant, options)
      : await importOver(running, config, tenant, options);
  console.log(
    `${counts.accepted} accepted, ${counts.duplicates} there already, ${counts.rejected} rejected, of ${counts.rows} rows.`,
  );
  if (counts.rejected > 0) console.log(`What was rejected, and why: ${rejectsOf(file)}`);
  return 0;
}

type FileOptions = Pick<ImportOptions, 'file' | 'format' | 'mapping'>;

/** The address of the server that has the data directory; undefined when none has. */
async function serverOf(config: Config): Promise<string | undefined> {
  const address = `http://${config.http.host}:${config.http.port}`;
  const answer = await fetch(`${address}/healthz`).catch(() => undefined);
  return answer?.ok ? address : undefined;
}

async function importOver(url: string, config: Config, tenantId: string, options: FileOptions) {
  const keySet = await openKeySet(join(config.storage.dataDir, 'keys'));
  const token = await mintToken(keySet, {
    ...config.auth,
    tenantId,
    scopes: ['activities:write'],
    subject: 'import',
    ttlSeconds: TOKEN_SECONDS,
  });
  return withProgress((onProgress) => importFile({ ...options, send: sendOver(url, token), onProgress }));
}

async function importDirectly(config: Config, tenantId: string, options: FileOptions) {
  const application = await openApplication(config);
  try {
    if ((await application.directory.tenant(tenantId)) === undefined)
      throw new Error(`There is no tenant '${tenantId}' here.`);
    const send = sendTo(application.services.collector, verifyTenant(tenantId));
    return await withProgress((onProgress) => importFile({ ...options, send, onProgress }));
  } finally {
    await application.close();
  }
}

async function withProgress<T>(
  work: (onProgress: NonNullable<ImportOptions['onProgress']>) => Promise<T>,
): Promise<T> {
  const bar = new SingleBar({
    format: 'Importing  {value} rows  {accepted} accepted  {rejected} rejected',
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  bar.start(0, 0, { accepted: 0, rejected: 0 });
  try {
    return await work(({ rows, accepted, rejected }) => bar.update(rows, { accepted, rejected }));
  } finally {
    bar.stop();
  }
}

try {
  process.exitCode = await run(process.argv.slice(2), process.env);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
