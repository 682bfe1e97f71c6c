import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mintToken, openKeySet, parseScopes } from '../auth/key-set.ts';
import { ConfigError, readConfig } from '../config.ts';
import { DomainError } from '../domain/errors.ts';
import { isTenantId } from '../domain/tenant.ts';

const USAGE = `Usage: npm run --silent token -- --tenant <tenant> [--scopes <a,b>] [--ttl <8h>] [--subject <name>]
Prints a token signed with this installation's key (DATA_DIR, JWT_ISSUER and JWT_AUDIENCE as the server has them).`;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const MAX_TTL_SECONDS = 366 * 86_400;

/** What is wrong with the command line; the usage is shown with it. */
class UsageError extends Error {}

function parseTtl(text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? Number.NaN);
  if (seconds > 0 && seconds <= MAX_TTL_SECONDS) return seconds;
  throw new UsageError(`--ttl: '${text}' must be like 90s, 30m, 8h or 7d, and at most 366d.`);
}

function readArguments(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        tenant: { type: 'string' },
        scopes: { type: 'string', default: 'activities:read,analytics:read' },
        ttl: { type: 'string', default: '8h' },
        subject: { type: 'string', default: 'command-line' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/**
 * Prints a token for a tenant, and nothing else, to the standard output. Whether there is such a tenant, the
 * server says when the token is used: the database may be its alone.
 * @returns the exit code
 */
export async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  try {
    const values = readArguments(argv);
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const tenantId = values.tenant ?? '';
    if (!isTenantId(tenantId))
      throw new UsageError(
        `--tenant: '${tenantId}' must be the id of a tenant: 1 to 63 lower-case letters, digits and inner hyphens.`,
      );
    const scopes = parseScopes(values.scopes);
    const ttlSeconds = parseTtl(values.ttl);
    const { auth, storage } = readConfig(env);
    const keySet = await openKeySet(join(storage.dataDir, 'keys'));
    const { issuer, audience } = auth;
    const { subject } = values;
    console.log(await mintToken(keySet, { tenantId, scopes, subject, issuer, audience, ttlSeconds }));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
    else if (error instanceof DomainError) console.error(`--${error.path}: ${error.message}\n\n${USAGE}`);
    else if (error instanceof ConfigError) console.error(error.message);
    else console.error(`The token could not be made: ${(error as Error).message}`);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2), process.env);
