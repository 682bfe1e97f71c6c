import { parseArgs } from 'node:util';
import { keyIdOf } from '../auth/directory.ts';
import { parseScopes } from '../auth/key-set.ts';
import { openApplication } from '../compose.ts';
import { ConfigError, readConfig } from '../config.ts';
import { DomainError } from '../domain/errors.ts';

const USAGE = `Usage: npm run --silent key -- --tenant <tenant> [--scopes <a,b> | --write] [--name <name>]
Makes a key for a machine and prints its id and the key, which can't be shown again. --write: for SDKs; it can only write.
The embedded database is one process's: stop the server first.`;

/**
 * Makes an API key or a write key. Its id and itself are the client id and client secret of the OAuth endpoint.
 * @returns the exit code
 */
async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        tenant: { type: 'string' },
        scopes: { type: 'string', default: 'activities:read' },
        write: { type: 'boolean', default: false },
        name: { type: 'string', default: 'command line' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help || values.tenant === undefined) {
      console.log(USAGE);
      return values.help ? 0 : 1;
    }
    const scopes = parseScopes(values.scopes);
    const application = await openApplication(readConfig(env));
    try {
      const key = await application.directory.createKey({
        tenantId: values.tenant,
        kind: values.write ? 'write' : 'api',
        scopes,
        name: values.name,
      });
      console.log(`id: ${keyIdOf(key)}\nkey: ${key}`);
    } finally {
      await application.close();
    }
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(
      error instanceof DomainError || error instanceof ConfigError ? message : `${message}\n\n${USAGE}`,
    );
    return 1;
  }
}

process.exitCode = await run(process.argv.slice(2), process.env);
