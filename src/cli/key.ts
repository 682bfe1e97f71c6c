import { parseArgs } from 'node:util';
import { keyIdOf } from '../auth/directory.ts';
import { parseScopes } from '../auth/key-set.ts';
import { openApplication } from '../compose.ts';
import { ConfigError, readCommandConfig } from '../config.ts';
import { DomainError } from '../domain/errors.ts';

const USAGE = `Usage: npm run --silent key -- --tenant <tenant> [--scopes <a,b> | --write] [--name <name>]
       npm run --silent key -- --revoke <id>
Makes a key for a machine and prints its id and the key, which can't be shown again. --write: for SDKs; it can only write.
--revoke ends a key for good; --revoke=<id> where its id begins with a hyphen.
The embedded database is one process's: stop the server first.`;

/**
 * Makes an API key or a write key, or ends one. A key's id and itself are the client id and client secret of the OAuth
 * endpoint.
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
        revoke: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const { tenant: tenantId, revoke, write, name } = values;
    // Either makes a key or ends one.
    if (values.help || (tenantId === undefined) === (revoke === undefined)) {
      console.log(USAGE);
      return values.help ? 0 : 1;
    }
    const scopes = parseScopes(values.scopes);
    const application = await openApplication(readCommandConfig(env));
    try {
      const { directory } = application;
      if (revoke !== undefined) {
        await directory.revokeKey(revoke);
        console.log(`revoked: ${revoke}`);
      }
      if (tenantId !== undefined) {
        const key = await directory.createKey({ tenantId, kind: write ? 'write' : 'api', scopes, name });
        console.log(`id: ${keyIdOf(key)}\nkey: ${key}`);
      }
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
