// One history into several profiles, the same questions to each, and where their answers differ. See USAGE.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue } from '../test/equivalence/catalogue/catalogue.ts';
import { compareAnswers, differencesOf, type Outcome, outcomeTable } from '../test/equivalence/outcome.ts';
import {
  type ClusterAddresses,
  dropCluster,
  PROFILES,
  type ProfileName,
  startProfile,
} from '../test/equivalence/profiles.ts';
import { type Loaded, load, record } from '../test/equivalence/run.ts';
import { temporaryDirectory } from '../test/support/temp.ts';

const USAGE = `npm run equivalence -- [OPTIONS]

  Sends one generated history of three tenants to each profile through its API, waits until it is settled, asks every
  question of the catalogue, and tells where answers differ. Exits with 1 where any does.

  --activities N     about how many activities (default 5000)
  --profiles A,B     which, the first is what the others are held against (default embedded,postgres)
  --ends DAY         the history ends at the start of this day, UTC (default today)
  --data DIR         keep data and answers here, and go on with what a run before has sent
  --only TEXT        ask only questions whose name has this in it
  --drop             only remove what a run with --data has kept in the engines

  The profile postgres uses DATABASE_URL where it is set, and else starts a server for the run. The profile cluster
  uses the engines at KAFKA_BROKERS, PQS_URL, SOLR_URL, DRUID_URL and DRUID_COORDINATOR_URL, under CLUSTER_NAME where
  it is set, and removes there what it made. With --data both are needed, and kept.
`;
const DAY = 86_400_000;
/** A busy machine may take long over a search index; without progress for this long it is stuck. */
const PATIENCE_MS = 15 * 60_000;

/** Where `npm run cluster` starts engines by default. */
const CLUSTER: ClusterAddresses = {
  name: process.env['CLUSTER_NAME'] ?? `equivalence${randomBytes(4).toString('hex')}`,
  kafka: process.env['KAFKA_BROKERS'] ?? '127.0.0.1:9092',
  pqs: process.env['PQS_URL'] ?? 'http://127.0.0.1:18765',
  solr: process.env['SOLR_URL'] ?? 'http://127.0.0.1:18983/solr',
  druid: process.env['DRUID_URL'] ?? 'http://127.0.0.1:8082',
  druidCoordinator: process.env['DRUID_COORDINATOR_URL'] ?? 'http://127.0.0.1:8081',
};

const values = readArguments();
process.exitCode = await main();

function readArguments() {
  try {
    const parsed = parseArgs({
      options: {
        activities: { type: 'string', default: '5000' },
        profiles: { type: 'string', default: 'embedded,postgres' },
        ends: {
          type: 'string',
          default: new Date(Math.floor(Date.now() / DAY) * DAY).toISOString().slice(0, 10),
        },
        data: { type: 'string' },
        only: { type: 'string', default: '' },
        drop: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return parsed.values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (values.drop) {
    await dropCluster(CLUSTER);
    return 0;
  }
  const profiles = values.profiles.split(',').map(profileNamed);
  const history = { activities: Number(values.activities), endsAt: Date.parse(`${values.ends}T00:00:00Z`) };
  if (values.data !== undefined) {
    if (profiles.includes('cluster') && !process.env['CLUSTER_NAME']) return needs('CLUSTER_NAME');
    if (profiles.includes('postgres') && !process.env['DATABASE_URL']) return needs('DATABASE_URL');
  }
  const temporary = values.data === undefined ? await temporaryDirectory() : undefined;
  const dataDir = temporary?.path ?? resolve(values.data ?? '');
  try {
    const outcomes = new Map<ProfileName, Outcome>();
    for (const profile of profiles) outcomes.set(profile, await runProfile(profile, history, dataDir));
    const entries = catalogue(history.endsAt).filter(isAsked);
    const compared = await compareAnswers(entries, outcomes);
    console.log(outcomeTable(outcomes, compared));
    return differencesOf(compared) === 0 ? 0 : 1;
  } finally {
    await temporary?.remove();
  }
}

function needs(variable: string): number {
  console.error(`With --data, ${variable} must say where a profile keeps its data.\n\n${USAGE}`);
  return 2;
}

function profileNamed(name: string): ProfileName {
  const found = PROFILES.find((profile) => profile === name);
  if (found) return found;
  console.error(`There is no profile ${name}.\n\n${USAGE}`);
  process.exit(2);
}

function isAsked({ name }: { readonly name: string }): boolean {
  return name.includes(values.only);
}

async function runProfile(
  name: ProfileName,
  history: { readonly activities: number; readonly endsAt: number },
  dataDir: string,
): Promise<Outcome> {
  const start = performance.now();
  const onProgress = (line: string) =>
    console.log(
      `${name.padEnd(9)} ${((performance.now() - start) / 1_000).toFixed(0).padStart(6)} s  ${line}`,
    );
  const profile = await startProfile(name, {
    dataDir,
    databaseUrl: process.env['DATABASE_URL'],
    cluster: CLUSTER,
  });
  try {
    onProgress(`runs at ${profile.api}`);
    const directory = join(dataDir, 'answers', name);
    const options = { ...history, directory, patienceMs: PATIENCE_MS, onProgress };
    const loaded = await loadOnce(join(dataDir, `${name}.loaded.json`), history, () =>
      load(profile, options),
    );
    onProgress('settled');
    const times = await record(profile, options, isAsked);
    onProgress(`answered ${times.size} questions`);
    return { loaded, times, directory };
  } finally {
    await profile.close();
    if (values.data === undefined) await profile.drop();
  }
}

/** The history that an earlier run sent, or else that this run sends. */
async function loadOnce(file: string, history: object, work: () => Promise<Loaded>): Promise<Loaded> {
  const before = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  if (before && JSON.stringify(before.history) === JSON.stringify(history)) return before.loaded as Loaded;
  if (before) throw new Error('The directory has another history. Give the same options, or another --data.');
  const loaded = await work();
  await mkdir(resolve(file, '..'), { recursive: true });
  await writeFile(file, JSON.stringify({ history, loaded }));
  return loaded;
}
