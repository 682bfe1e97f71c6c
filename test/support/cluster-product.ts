import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { serveEnvironment } from '../../scripts/cluster/serve-environment.ts';
import type { Addresses } from '../../scripts/cluster/types.ts';
import { lagsOf } from '../../scripts/load/lags.ts';
import { directoryOn } from '../../src/auth/directory.ts';
import { mintToken, openKeySet } from '../../src/auth/key-set.ts';
import { readConfig } from '../../src/config/config.ts';
import { retireDruid } from '../../src/datasources/activity-metrics/druid/setup.ts';
import { createPhoenixDirectory } from '../../src/datasources/directory/phoenix.ts';
import { openPhoenix } from '../../src/datasources/phoenix/client.ts';
import type { Scope } from '../../src/domain/scopes.ts';
import { endWithUs } from './child.ts';
import { temporaryDirectory } from './temp.ts';

type Part = 'api' | 'workers';

/** The product on the engines, as processes of their own. */
export type ClusterProduct = {
  /** For example `http://127.0.0.1:40123`. */
  readonly api: string;
  token(tenantId: string, scopes: readonly Scope[]): Promise<string>;
  writeKey(tenantId: string): Promise<string>;
  pid(part: Part): number | undefined;
  /** Ends a part as a crash does. */
  kill(part: Part): Promise<void>;
  /** Asks a part to end, and waits for it. */
  stop(part: Part): Promise<void>;
  /** Starts a part; resolves when it serves. */
  start(part: Part): Promise<void>;
  /** Records that the workers have still to handle, by consumer group; one whose lag is not known yet is missing. */
  lag(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
};

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const RETIRE_MS = 30_000;
const SERVES = /answers at|workers run/;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** @param name begins the names of topics, tables, collections and data sources */
export async function startClusterProduct(
  addresses: Addresses,
  name: string,
  tenants: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ClusterProduct> {
  const directory = await temporaryDirectory();
  const ports: Record<Part, number> = { api: await freePort(), workers: await freePort() };
  const common = {
    ...serveEnvironment(addresses, directory.path),
    CLUSTER_NAME: name,
    DEMO: 'false',
    LOG_LEVEL: 'fatal',
    // A slow machine must not time out.
    REQUEST_TIMEOUT_MS: '120000',
    ...env,
  };
  const children = new Map<Part, ChildProcess>();
  const { auth } = readConfig(common);

  const start = async (part: Part): Promise<void> => {
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...common, ROLES: part, PORT: String(ports[part]) },
    });
    endWithUs(child);
    children.set(part, child);
    for await (const line of createInterface({ input: child.stdout })) if (SERVES.test(line)) break;
    if (child.exitCode !== null) throw new Error(`${part} ended with ${child.exitCode}`);
    child.stdout.resume();
  };
  const end = async (part: Part, signal: NodeJS.Signals): Promise<void> => {
    const child = children.get(part);
    children.delete(part);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };

  await start('api');
  await start('workers');
  const phoenix = openPhoenix({ url: addresses.pqs, connections: 1 });
  const tenantDirectory = directoryOn(createPhoenixDirectory(phoenix, { schema: name.toUpperCase() }));
  for (const id of tenants) await tenantDirectory.createTenant(id, `Tenant ${id}`);
  const keySet = await openKeySet(join(directory.path, 'keys'));

  return {
    api: `http://127.0.0.1:${ports.api}`,
    token: (tenantId, scopes) =>
      mintToken(keySet, { ...auth, tenantId, scopes, subject: 'test', ttlSeconds: 24 * 3_600 }),
    writeKey: (tenantId) =>
      tenantDirectory.createKey({ tenantId, kind: 'api', scopes: ['activities:write'], name: 'test' }),
    pid: (part) => children.get(part)?.pid,
    kill: (part) => end(part, 'SIGKILL'),
    stop: (part) => end(part, 'SIGTERM'),
    start,
    lag: () => lagsOf(`http://127.0.0.1:${ports.workers}`),
    async close() {
      await Promise.all((['api', 'workers'] as const).map((part) => end(part, 'SIGTERM')));
      await phoenix.close();
      // Its tasks would hold places of those of the next; a Druid that is away has none.
      const { druid: brokerUrl, druidCoordinator: coordinatorUrl } = addresses;
      const druid = { brokerUrl, coordinatorUrl, prefix: `${name}_` };
      await retireDruid(druid, AbortSignal.timeout(RETIRE_MS)).catch(() => {});
      await directory.remove();
    },
  };
}
