// The write path end to end, over loopback through POST /v1/batch (100 events a request): acknowledged events a second
// at a steady rate, the time of a request, CPU of every process for one event, memory before and after, and what
// the stores have afterwards. `node bench/ingest.ts cluster|embedded|postgres|plain [--rate 12000] [--seconds 300] …`
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { attachEngines } from '../scripts/cluster/engines.ts';
import type { EngineName } from '../scripts/cluster/types.ts';
import { untilCaughtUp } from '../scripts/load/lags.ts';
import { describeFindings, describeLoad, isWhole } from '../scripts/load/report.ts';
import { type LoadOptions, runLoad, sendAgain, zipf } from '../scripts/load/sender.ts';
import type { Traffic } from '../scripts/load/traffic.ts';
import { verifyCluster } from '../scripts/load/verify.ts';
import { mintToken, openKeySet } from '../src/auth/key-set.ts';
import { openApplication } from '../src/compose/application.ts';
import { readConfig } from '../src/config/config.ts';
import { endWithUs } from '../test/support/child.ts';
import { type ClusterProduct, startClusterProduct } from '../test/support/cluster-product.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { temporaryDirectory } from '../test/support/temp.ts';
import { killInTurn } from './kills.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string', default: '12000' },
    seconds: { type: 'string', default: '60' },
    tenants: { type: 'string', default: '1' },
    skew: { type: 'string', default: '1' },
    /** Of the cluster's engines. */
    data: { type: 'string', default: 'data' },
    twice: { type: 'string', default: '0' },
    'five-times': { type: 'string', default: '0' },
    /** Workers run as well (they share the machine); else they are started when the load is over. */
    workers: { type: 'boolean', default: false },
    /** Half of the repeats are sent after the API was started again. */
    restart: { type: 'boolean', default: false },
    /**
     * Of the cluster: are killed in turn under load, for example `api,kafka,hbase`; `workers`, unless they run during the
     * load, a minute after they have begun with what it left.
     */
    kill: { type: 'string', default: '' },
    'no-verify': { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
    json: { type: 'string' },
  },
});
const [mode = 'cluster'] = positionals;
const TOKEN_SECONDS = 24 * 3_600;
const WORKERS_KILLED_AFTER_SECONDS = 60;
const victims = values.kill.split(',').filter(Boolean);
const traffic: Traffic = {
  run: `bench-${Date.now().toString(36)}`,
  start: Date.now() - 6 * 3_600_000,
  batchSize: 100,
  people: 200_000,
};
const tenantIds = zipf(Number(values.tenants), Number(values.skew)).map((weight, index) => ({
  id: `tenant-${index + 1}`,
  weight,
}));

/**
 * CPU seconds of a process and its children so far, and those of them in the kernel (proc(5), fields 14 and 15; 100
 * ticks a second), and their resident bytes. PostgreSQL has a process for each connection.
 */
async function usage(pid: number): Promise<{ cpu: number; kernel: number; rss: number }> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
  const all = await Promise.all([pid, ...children.split(' ').filter(Boolean).map(Number)].map(usageOfOne));
  return all.reduce((sum, one) => ({
    cpu: sum.cpu + one.cpu,
    kernel: sum.kernel + one.kernel,
    rss: sum.rss + one.rss,
  }));
}

async function usageOfOne(pid: number): Promise<{ cpu: number; kernel: number; rss: number }> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  const kernel = Number(fields[12]) / 100;
  return { cpu: Number(fields[11]) / 100 + kernel, kernel, rss: Number(fields[21]) * 4096 };
}

type Target = {
  readonly url: string;
  /** By name, as they are now: whose CPU and memory are measured. */
  readonly processes: ReadonlyMap<string, number>;
  authorization(tenantId: string): Promise<string>;
  /** Starts the API again, as after a crash. */
  restart(): Promise<void>;
  /** Ends a process as a crash does; it starts again. */
  kill(name: string): Promise<void>;
  /** Records that are still to be settled; undefined while that is not known. */
  left(): Promise<number | undefined>;
  /** Waits until all stores have everything, and compares. @returns whether they agree */
  verify(sent: readonly { tenantId: string; batches: ReadonlySet<number> }[]): Promise<boolean>;
  close(): Promise<void>;
};

async function openCluster(): Promise<Target> {
  const engines = attachEngines(resolve(values.data));
  if (!engines)
    throw new Error(
      'The engines do not run: npm run cluster -- start --engines-only --data DIR, then --data DIR.',
    );
  const name = traffic.run.replaceAll(/[^a-z0-9]/g, '');
  const product: ClusterProduct = await startClusterProduct(
    engines.addresses,
    name,
    tenantIds.map(({ id }) => id),
    values['cpu-prof']
      ? {
          NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --cpu-prof --cpu-prof-dir=${resolve(values['cpu-prof'])}`,
        }
      : {},
  );
  if (!values.workers) await product.stop('workers');
  const kill = async (victim: string): Promise<void> => {
    if (victim === 'api' || victim === 'workers') {
      await product.kill(victim);
      await product.start(victim);
      return;
    }
    await engines.kill(victim as EngineName);
  };
  return {
    url: product.api,
    get processes() {
      const own = (['api', 'workers'] as const).map((name) => ({ name, pid: product.pid(name) }));
      const all = [...own, ...engines.status()];
      return new Map(all.flatMap(({ name, pid }) => (pid ? [[name, pid] as const] : [])));
    },
    authorization: async (id) => `Bearer ${await product.token(id, ['activities:write'])}`,
    restart: () => kill('api'),
    kill,
    left: async () => (await product.lag()).get('settle'),
    async verify(sent) {
      const begun = performance.now();
      const seconds = () => Math.round((performance.now() - begun) / 1_000);
      if (!values.workers) await product.start('workers');
      let killing = victims.includes('workers') && !values.workers;
      await untilCaughtUp(
        () => product.lag(),
        5_000,
        (lags) => {
          console.log(`${seconds()} s: left ${JSON.stringify(Object.fromEntries(lags))}`);
          if (!killing || seconds() < WORKERS_KILLED_AFTER_SECONDS) return;
          killing = false;
          console.log(`${seconds()} s: kill -9 of workers`);
          void kill('workers');
        },
      );
      console.log(`caught up ${seconds()} s after the load`);
      const findings = await verifyCluster({ addresses: engines.addresses, name }, traffic, sent);
      for (const line of describeFindings(findings)) console.log(line);
      return isWhole(findings);
    },
    close: () => product.close(),
  };
}

async function startScript(
  file: string,
  env: Record<string, string>,
  ready: RegExp,
): Promise<[ChildProcess, string]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  endWithUs(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const found = ready.exec(line);
    if (found) {
      child.stdout.resume();
      return [child, found[0]];
    }
  }
  throw new Error(`${file} ended`);
}

async function openSql(profile: 'embedded' | 'postgres'): Promise<Target> {
  const directory = await temporaryDirectory();
  // A server of its own, which syncs its commits as PostgreSQL does by default.
  const server = profile === 'postgres' ? await startPostgres({ isSynced: true }) : undefined;
  const env = {
    DATA_DIR: directory.path,
    DEMO: 'false',
    PORT: '0',
    LOG_LEVEL: 'fatal',
    ...(server && { PROFILE: profile, DATABASE_URL: server.url }),
  };
  const config = readConfig(env);
  const before = await openApplication(config);
  for (const { id } of tenantIds) await before.directory.createTenant(id, id);
  await before.close();
  const ready = /http:\/\/127\.0\.0\.1:\d+/;
  let [child, url] = await startScript('../src/main.ts', env, ready);
  const keySet = await openKeySet(join(directory.path, 'keys'));
  const end = async (signal: NodeJS.Signals) => {
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };
  return {
    get url() {
      return url;
    },
    get processes() {
      return new Map([['server', child.pid ?? 0], ...(server ? [['database', server.pid] as const] : [])]);
    },
    authorization: async (tenantId) =>
      `Bearer ${await mintToken(keySet, { ...config.auth, tenantId, scopes: ['activities:write'], subject: 'bench', ttlSeconds: TOKEN_SECONDS })}`,
    async restart() {
      await end('SIGKILL');
      [child, url] = await startScript('../src/main.ts', env, ready);
    },
    kill: () => Promise.reject(new Error('only of the cluster')),
    left: async () => undefined,
    async verify() {
      throw new Error('of one database only the rate is measured here: --no-verify');
    },
    async close() {
      await end('SIGTERM');
      await server?.stop();
      await directory.remove();
    },
  };
}

async function openPlain(): Promise<Target> {
  const [child, url] = await startScript('plain-ingest.ts', {}, /http:\S+/);
  return {
    url,
    processes: new Map([['server', child.pid ?? 0]]),
    authorization: async () => 'none',
    restart: async () => {},
    kill: () => Promise.reject(new Error('only of the cluster')),
    left: async () => undefined,
    verify: async () => true,
    close: async () => void child.kill('SIGKILL'),
  };
}

const OPEN = {
  cluster: openCluster,
  embedded: () => openSql('embedded'),
  postgres: () => openSql('postgres'),
  plain: openPlain,
} as const;
const open = OPEN[mode as keyof typeof OPEN];
if (!open) throw new Error(`${mode} is none of ${Object.keys(OPEN).join(', ')}`);
const target = await open();
try {
  const tenants = [];
  for (const { id, weight } of tenantIds)
    tenants.push({ id, weight, authorization: await target.authorization(id) });
  const seconds = Number(values.seconds);
  const kills = killInTurn(
    victims
      .filter((name) => values.workers || name !== 'workers')
      .map((name) => ({ name, kill: () => target.kill(name) })),
    { seconds, rate: Number(values.rate) },
    () => target.left(),
  );
  let longestMs = 0;
  const memory = async (): Promise<string> => {
    const sizes = [...target.processes].map(async ([name, pid]) => {
      const now = await usage(pid).catch(() => undefined);
      return `${name} ${now ? `${Math.round(now.rss / 1e6)} MB` : 'away'}`;
    });
    return (await Promise.all(sizes)).join(', ');
  };
  const options: LoadOptions = {
    url: target.url,
    traffic,
    tenants,
    rate: Number(values.rate),
    seconds,
    twice: Number(values.twice),
    fiveTimes: Number(values['five-times']),
    deferred: values.restart ? 0.5 : 0,
    warmUpSeconds: Math.min(30, seconds / 4),
    onSecond: (progress) => {
      const { second, acknowledged, underWay } = progress;
      kills.onSecond(progress);
      longestMs = Math.max(longestMs, progress.longestMs);
      if (second % 10 !== 0) return;
      console.log(
        `${second} s: ${acknowledged} acknowledged, ${underWay} requests under way, the longest ${longestMs.toFixed(0)} ms`,
      );
      longestMs = 0;
      if (second % 60 === 0) void memory().then((line) => console.log(`${second} s: ${line}`));
    },
  };
  const before = await Promise.all(
    [...target.processes].map(async ([name, pid]) => ({ name, pid, earlier: await usage(pid) })),
  );
  const outcome = await runLoad(options);
  const events = [...outcome.tenants.values()].reduce(
    (sum, { acknowledged }) => sum + acknowledged.size * traffic.batchSize,
    0,
  );
  const lines = [
    `${mode}, ${values.rate} a second offered for ${seconds} s`,
    ...describeLoad(outcome),
    ...kills.lines(),
  ];
  for (const { name, pid, earlier } of before) {
    const now = await usage(pid).catch(() => undefined);
    // It was killed.
    if (!now) continue;
    lines.push(
      `  ${name.padEnd(8)} ${(((now.cpu - earlier.cpu) / events) * 1e6).toFixed(1)} µs of CPU an event (kernel ${(((now.kernel - earlier.kernel) / events) * 1e6).toFixed(1)}), ` +
        `${((now.cpu - earlier.cpu) / seconds).toFixed(2)} cores, ${Math.round(earlier.rss / 1e6)} → ${Math.round(now.rss / 1e6)} MB`,
    );
  }
  for (const line of lines) console.log(line);
  if (values.restart) {
    await target.restart();
    console.log(`the API was killed and started again; ${outcome.repeats.length} batches are sent again`);
    await sendAgain({ url: target.url, traffic }, outcome.repeats);
  }
  if (!values['no-verify']) {
    const sent = [...outcome.tenants].map(([tenantId, { acknowledged }]) => ({
      tenantId,
      batches: acknowledged,
    }));
    if (!(await target.verify(sent))) process.exitCode = 1;
  }
  if (values.json) await writeFile(values.json, `${JSON.stringify(lines, null, 2)}\n`);
} finally {
  await target.close();
}
