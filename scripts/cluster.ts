// The real engines on this machine: npm run cluster [-- COMMAND]. See USAGE.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { attachEngines, describe, launchEngines, readStatus } from './cluster/engines.ts';
import { runTogether } from './cluster/foreground.ts';
import { writeLock } from './cluster/jars.ts';
import { cacheDirectory } from './cluster/java.ts';
import { endLeftovers, leftovers } from './cluster/leftovers.ts';
import { recount } from './cluster/recount/command.ts';
import { serveEnvironment } from './cluster/serve-environment.ts';
import { endServing, readServing, recordServing } from './cluster/serving.ts';
import { clusterPaths } from './cluster/state.ts';
import { ENGINES, type EngineName, type Engines } from './cluster/types.ts';

const USAGE = `npm run cluster -- [COMMAND] [OPTIONS]

  start          fetch the engines, start them, wait until they are ready, and run the API (the default)
  status         what runs, where, since when, and with how much memory
  stop           end the API, the workers and the engines; their data stays
  logs NAME      the end of a log: ${ENGINES.join(', ')} or supervisor
  recount        count a day's figures again, and list what Druid has otherwise (exit code 1)
  reset          stop, and delete the engines' data
  lock           ask Maven anew for the jars, and write their checksums to cluster/jars.lock

  --engines-only       start: don't run the API
  --only NAME          start: this engine, and what it needs (may be given several times)
  --port-offset N      start: add N to every port (default 0)
  --data DIR           where the data is kept (default DATA_DIR, or ./data)
  --day D              recount: the day in UTC, as 2026-11-30
  --tenant T           recount: only this tenant
  --restate            recount: replace that day in Druid where it differs, and count again
  --follow, -f         logs: go on as lines are written
  --lines N            logs: how many (default 100)
`;

/** Activities of each demo tenant: the first query is to be answered soon, and engines that just started are slow. */
const DEMO_ACTIVITIES = '20000';
const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');

const { values, positionals } = readArguments();
const dataDir = resolve(values.data ?? (process.env['DATA_DIR'] || 'data'));
const [command = 'start', name] = positionals;

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        'engines-only': { type: 'boolean', default: false },
        only: { type: 'string', multiple: true },
        'port-offset': { type: 'string', default: '0' },
        data: { type: 'string' },
        day: { type: 'string' },
        tenant: { type: 'string' },
        restate: { type: 'boolean', default: false },
        follow: { type: 'boolean', short: 'f', default: false },
        lines: { type: 'string', default: '100' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function run(): Promise<number> {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  switch (command) {
    case 'start':
      return start();
    case 'status':
      return status();
    case 'stop':
      return stop();
    case 'logs':
      return logs();
    case 'recount':
      return recount(dataDir, attachEngines(dataDir), {
        day: values.day,
        tenant: values.tenant,
        restate: values.restate,
      });
    case 'reset':
      await stop();
      await rm(clusterPaths(dataDir).root, { recursive: true, force: true });
      console.log('The engines have no data any more.');
      return 0;
    case 'lock':
      await writeLock(cacheDirectory(), progress);
      return 0;
    default:
      console.error(`There is no command ${command}.\n\n${USAGE}`);
      return 2;
  }
}

/** On a terminal the lines of a download replace one another. */
function progress(line: string): void {
  if (!process.stdout.isTTY || !line.startsWith('fetching ')) console.log(line);
  else process.stdout.write(`\r\x1b[K${line}`);
}

async function start(): Promise<number> {
  const running = attachEngines(dataDir);
  const begun = performance.now();
  const engines =
    running ??
    (await launchEngines(
      {
        dataDir,
        portOffset: Number(values['port-offset']),
        ...(values.only && { only: values.only.map(engineNamed) }),
        onProgress: progress,
      },
      true,
    ));
  if (running) {
    console.log('The engines run already.');
    await running.untilReady();
    await status();
  } else {
    const bytes = engines.status().reduce((sum, engine) => sum + (engine.rssBytes ?? 0), 0);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(
      `all ready after ${seconds} s, ${(bytes / 1e9).toFixed(2)} GB; npm run cluster -- stop ends them`,
    );
  }
  return values['engines-only'] ? 0 : serve(engines);
}

/**
 * Runs the API and the workers in the foreground until a signal, or until one of both can't run. The engines continue.
 */
async function serve({ addresses }: Engines): Promise<number> {
  const env = {
    DEMO: process.env['DEMO'] || 'true',
    DEMO_ACTIVITIES: process.env['DEMO_ACTIVITIES'] || DEMO_ACTIVITIES,
    ...serveEnvironment(addresses, dataDir),
  };
  const port = Number(process.env['PORT'] || 4000);
  const ending = new AbortController();
  // A terminal sends SIGINT to them as well.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());
  return runTogether(
    [
      { name: 'api', arguments: [MAIN], env: { ...env, ROLES: 'api', PORT: String(port) } },
      { name: 'workers', arguments: [MAIN], env: { ...env, ROLES: 'workers', PORT: String(port + 1) } },
    ],
    { signal: ending.signal, onStart: recordServing(dataDir) },
  );
}

async function status(): Promise<number> {
  const engines = readStatus(dataDir);
  if (engines.length === 0) {
    const left = leftovers(dataDir);
    console.log(
      left.length === 0
        ? 'The engines do not run.'
        : `Their supervisor was killed, but ${left.join(', ')} still run: npm run cluster -- stop`,
    );
    return 3;
  }
  for (const engine of engines) console.log(describe(engine));
  for (const { name, pid } of readServing(dataDir)) console.log(`${name.padEnd(6)}  runs  process ${pid}`);
  return engines.every((engine) => engine.phase === 'ready') ? 0 : 3;
}

async function stop(): Promise<number> {
  if ((await endServing(dataDir)) > 0) console.log('The API and the workers have stopped.');
  const engines = attachEngines(dataDir);
  if (engines) await engines.stop();
  else await endLeftovers(dataDir, progress);
  console.log(engines ? 'The engines have stopped.' : 'The engines do not run.');
  return 0;
}

async function logs(): Promise<number> {
  const log = clusterPaths(dataDir).log(name === 'supervisor' ? name : engineNamed(name ?? ''));
  if (!existsSync(log)) {
    console.error(`${name} has no log: it was never started with this data directory.`);
    return 1;
  }
  const follow = values.follow ? ['-F'] : [];
  const tail = spawn('tail', ['-n', values.lines, ...follow, log], { stdio: 'inherit' });
  process.on('SIGINT', () => {});
  const [code] = (await once(tail, 'exit')) as [number | null];
  return code ?? 0;
}

function engineNamed(text: string): EngineName {
  const engine = ENGINES.find((candidate) => candidate === text);
  if (!engine) throw new Error(`There is no engine ${text || 'without a name'}: ${ENGINES.join(', ')}.`);
  return engine;
}
