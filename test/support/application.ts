import { join } from 'node:path';
import pino from 'pino';
import { mintToken } from '../../src/auth/key-set.ts';
import { type Application, openApplication } from '../../src/compose/application.ts';
import { startServer } from '../../src/compose/server.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Scope } from '../../src/domain/scopes.ts';
import { errorLine } from '../../src/observability/logger.ts';
import { serverUrl } from './databases.ts';
import { freshDatabase } from './postgres.ts';
import { temporaryDirectory } from './temp.ts';

export type TestInstallation = {
  readonly application: Application;
  /** For example `http://127.0.0.1:40123`. */
  readonly address: string;
  token(tenantId: string, scopes: readonly Scope[]): Promise<string>;
  /** Runs an operation and returns status, headers and body. */
  graphql(
    token: string | undefined,
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<{ status: number; headers: Headers; body: GraphqlBody }>;
  close(): Promise<void>;
};

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes; the assertions say what they must be.
export type GraphqlData = any;
type GraphqlBody = {
  readonly data?: GraphqlData;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions: Record<string, unknown>;
  }[];
  readonly extensions?: Record<string, GraphqlData>;
};

export const ALL_SCOPES: readonly Scope[] = [
  'activities:read',
  'activities:write',
  'leads:pii',
  'analytics:read',
  'campaigns:write',
  'admin',
];

/** The whole product on a free port with two empty tenants, `one` and `two`. */
export async function openInstallation(
  env: Readonly<Record<string, string>> = {},
  profile: 'embedded' | 'postgres' = 'embedded',
  onLog?: (line: Record<string, unknown>) => void,
): Promise<TestInstallation> {
  const directory = await temporaryDirectory();
  const config = readConfig({
    DATA_DIR: join(directory.path, 'data'),
    PORT: '0',
    DEMO: 'false',
    // A slow machine must not time out.
    REQUEST_TIMEOUT_MS: '120000',
    ...(profile === 'postgres' && {
      PROFILE: 'postgres',
      DATABASE_URL: await freshDatabase(await serverUrl()),
    }),
    ...env,
  });
  const application = await openApplication(config);
  await application.directory.createTenant('one', 'Tenant One');
  await application.directory.createTenant('two', 'Tenant Two');
  const logger = onLog
    ? pino({ serializers: { err: errorLine } }, { write: (line: string) => onLog(JSON.parse(line)) })
    : pino({ level: 'silent' });
  const running = await startServer(application, config, logger);
  return {
    application,
    address: running.address,
    token: (tenantId, scopes) =>
      mintToken(application.keySet, { ...config.auth, tenantId, scopes, subject: 'test', ttlSeconds: 3600 }),
    async graphql(token, query, variables) {
      const response = await fetch(`${running.address}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query, variables }),
      });
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as GraphqlBody,
      };
    },
    async close() {
      await running.stop();
      await application.close();
      await directory.remove();
    },
  };
}
