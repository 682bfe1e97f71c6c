import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { startEngines } from '../../scripts/cluster/engines.ts';
import { jarPaths, LOCK_FILE, parseLock } from '../../scripts/cluster/jars.ts';
import { cacheDirectory, findJava } from '../../scripts/cluster/java.ts';
import { serveEnvironment } from '../../scripts/cluster/serve-environment.ts';
import { clusterPaths } from '../../scripts/cluster/state.ts';
import { until } from '../../test/support/until.ts';
import type { Product } from './product.ts';
import { erasureSuite } from './suite.ts';

const ENGINES = ['kafka', 'hbase', 'pqs', 'solr', 'druid'] as const;
const NAME = 'forgets';
const PARTITIONS = 4;
const FOLLOWERS = 3;
const LIMIT_MS = 900_000;
const run = promisify(execFile);

/** Names of HBase's files of the installation, and of its write-ahead logs; undefined while a folder goes. */
async function filesOfHBase(directory: string): Promise<ReadonlySet<string> | undefined> {
  const found = await readdir(join(directory, 'data'), { recursive: true }).catch(() => undefined);
  const isOfRows = (path: string): boolean =>
    /^(?:WALs|oldWALs)\//.test(path) ? !path.endsWith('.meta') : path.includes(`/${NAME.toUpperCase()}/`);
  return (
    found &&
    new Set(found.filter(isOfRows).flatMap((path) => /\/([0-9a-f]{32}|[^/]+%2C[^/]+)$/.exec(path)?.[1] ?? []))
  );
}

/** Compacts all of HBase, and waits until it has dropped the files from before. */
async function compactHBase(directory: string): Promise<void> {
  // Names of regions' folders look like those of files, and stay.
  const regions = new Set(
    (await readdir(join(directory, 'data', 'data', NAME.toUpperCase()), { recursive: true })).flatMap(
      (path) => /^[^/]+\/([^/]+)$/.exec(path)?.[1] ?? [],
    ),
  );
  let before: ReadonlySet<string> | undefined;
  await until('files are listed', async () => {
    before = await filesOfHBase(directory);
    return before !== undefined;
  });
  const jars = jarPaths(cacheDirectory(), parseLock(readFileSync(LOCK_FILE, 'utf8')));
  const classPath = [join(directory, 'conf'), ...jars('hbase')].join(delimiter);
  await run(findJava().java, ['-cp', classPath, join(import.meta.dirname, 'ForgetHBase.java')]);
  let left: string[] = [];
  await until(
    'HBase has dropped the files from before',
    async () => {
      const now = await filesOfHBase(directory);
      if (now) left = [...(before ?? [])].filter((name) => now.has(name) && !regions.has(name));
      return now !== undefined && left.length === 0;
    },
    LIMIT_MS,
  ).catch((error) => {
    throw new Error(`${error}: ${left.join()}`);
  });
}

/** Followers, search and figures have everything that was written before the call. */
async function settled({ application, ask }: Product): Promise<void> {
  const writtenAt = application.clock.now();
  const { signal } = new AbortController();
  await until(
    'followers have handled the log',
    async () => {
      const lags = await Promise.all(
        application.followers().map(({ lag }) => lag().catch(() => new Map<number, number>())),
      );
      return (
        lags.length === FOLLOWERS &&
        lags.every((lag) => lag.size === PARTITIONS && [...lag.values()].every((left) => left === 0))
      );
    },
    LIMIT_MS,
  );
  await until(
    'search shows it',
    async () => ((await application.indexedUntil('one', signal).catch(() => 0)) ?? 0) > writtenAt,
    LIMIT_MS,
  );
  let [last, since] = ['', Date.now()];
  await until(
    'figures stay the same',
    async () => {
      const all = await Promise.all(
        ['one', 'two'].map((tenant) =>
          ask(
            tenant,
            `{ metrics(query: { measures: [ACTIVITIES, VISITS], dimensions: [{ field: TYPE }], from: "2020-01-01T00:00:00Z",
                includeBots: true }) { rows { values { value } } }
              emailPerformance(from: "2020-01-01T00:00:00Z") { campaigns { performance { sent } } } }`,
          ),
        ),
      ).catch(() => undefined);
      const now = JSON.stringify(all);
      if (!all || now !== last) [last, since] = [now, Date.now()];
      return Date.now() - since > 10_000;
    },
    LIMIT_MS,
  );
}

erasureSuite({
  name: 'cluster',
  async open(scratch) {
    const dataDir = join(scratch, 'engines');
    const engines = await startEngines({ dataDir, only: ENGINES, timeoutMs: LIMIT_MS });
    const { engine } = clusterPaths(dataDir);
    return {
      env: {
        ...serveEnvironment(engines.addresses, join(scratch, 'data')),
        CLUSTER_NAME: NAME,
        HBASE_COMPRESSION: 'NONE',
        REQUEST_TIMEOUT_MS: '60000',
        // A minute; brokers look every five minutes.
        LOG_RETENTION_DAYS: String(60_000 / 86_400_000),
        HBASE_FORGET_DAYS: String(300_000 / 86_400_000),
      },
      directories: [join(scratch, 'data'), ...ENGINES.map((name) => engine(name))],
      settle: settled,
      flush: async () => {},
      forget: () => compactHBase(engine('hbase')),
      close: () => engines.stop(),
    };
  },
});
