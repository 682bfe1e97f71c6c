import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { mintToken } from '../../src/auth/key-set.ts';
import { openApplication } from '../../src/compose/application.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Scope } from '../../src/domain/scopes.ts';
import { endWithUs } from '../support/child.ts';
import { ID_SECRET, TENANTS, type TenantId } from './history/history.ts';

/** One profile at work: the product in processes of its own, as anybody runs it. */
export type Installation = {
  /** Where the API is, for example `http://127.0.0.1:40123`. */
  readonly api: string;
  /** Another process of the API where there can be one, which remembers nothing of what the first took in. */
  readonly otherApi: string;
  /** Where the metrics of what follows the log are; null where nothing does. */
  readonly workers: string | null;
  token(tenant: TenantId, scopes: readonly Scope[]): Promise<string>;
  /** May only write. */
  writeKey(tenant: TenantId): string;
  close(): Promise<void>;
};

type Environment = Readonly<Record<string, string>>;

/** What is no matter here: one caller asks for much. */
const UNBOUNDED: Environment = {
  ID_SECRET,
  DEMO: 'false',
  GRAPHIQL: 'false',
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'error',
  REQUEST_TIMEOUT_MS: '60000',
  COST_BUDGET: '1000000000',
  COST_RESTORE_PER_SECOND: '1000000000',
  MAX_COST: '10000000',
};
const MAIN = join(import.meta.dirname, '../../src/main.ts');

/**
 * Starts a profile with the three tenants.
 * @param environment of `src/main.ts`: PROFILE, DATA_DIR and what the profile needs
 */
export async function startInstallation(environment: Environment): Promise<Installation> {
  const all = { ...UNBOUNDED, ...environment };
  const config = readConfig({ ...all, ...(isCluster(all) && { ROLES: 'api' }) });
  const application = await openApplication(config);
  const keys = new Map<TenantId, string>();
  try {
    for (const { id, name } of TENANTS) {
      await application.directory.createTenant(id, name);
      const key = { tenantId: id, kind: 'api', scopes: ['activities:write'], name: 'equivalence' } as const;
      keys.set(id, await application.directory.createKey(key));
    }
  } finally {
    await application.close();
  }
  const roles = isCluster(all) ? ['api', 'api', 'workers'] : ['api'];
  const processes: Started[] = [];
  for (const ROLES of roles) processes.push(await startProcess({ ...all, ROLES }));
  return {
    api: processes[0]?.address ?? '',
    otherApi: processes[1]?.address ?? processes[0]?.address ?? '',
    workers: processes[2]?.address ?? null,
    token: (tenantId, scopes) =>
      mintToken(application.keySet, {
        ...config.auth,
        tenantId,
        scopes,
        subject: 'equivalence',
        ttlSeconds: 24 * 3_600,
      }),
    writeKey: (tenant) => keys.get(tenant) ?? '',
    async close() {
      await Promise.all(processes.map((process) => process.stop()));
    },
  };
}

const isCluster = (environment: Environment): boolean => environment['PROFILE'] === 'cluster';

type Started = { readonly address: string; stop(): Promise<void> };

/** Runs the product under this Node until it says where it answers. @throws Error with what it said instead */
async function startProcess(environment: Environment): Promise<Started> {
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  let said = '';
  const exit = once(child, 'exit');
  const address = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      if (stream)
        createInterface({ input: stream }).on('line', (line) => {
          said = `${said}${line}\n`.slice(-20_000);
          const found = /(?:answers|metrics) at (http:\/\/[\d.]+:\d+)/.exec(line)?.[1];
          if (found) resolve(found);
        });
    void exit.then(() =>
      reject(new Error(`A ${environment['PROFILE']} process ended at its start:\n${said}`)),
    );
  });
  return {
    address,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exit;
      // Errors that nobody else would see.
      if (said.includes('"level":')) console.error(`${environment['PROFILE']} said:\n${said.slice(-3_000)}`);
    },
  };
}
