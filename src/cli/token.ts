import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeJwt, type JWTPayload } from 'jose';
import { mintToken, parseScopes, readKeySet, tokenIdOf } from '../auth/key-set.ts';
import { type Config, ConfigError, readCommandConfig } from '../config/config.ts';
import { SCOPES } from '../domain/scopes.ts';
import { isTenantId } from '../domain/tenant.ts';
import { DomainError } from '../lib/errors.ts';
import { withDirectory } from './directory-command.ts';

const USAGE = `Usage: npm run --silent token -- --tenant <tenant> [--scopes <a,b>] [--ttl <8h>] [--subject <name>]
       npm run --silent token -- --revoke <jti or token>
Prints a token signed with this installation's key (DATA_DIR, JWT_ISSUER and JWT_AUDIENCE as the server has them) on the
standard output, and its id (jti) on the standard error.
--revoke: ends a token by its id, or by itself; every server refuses it within 5 s.
While a server runs on DATA_DIR, it is asked; else PROFILE and what belongs to it tell where.
Scopes: ${SCOPES.join(', ')}. 'admin' includes all but leads:pii, without which personal data is masked.`;

const DAY_MS = 86_400_000;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A fault of the command line; the usage is shown with it. */
class UsageError extends Error {}

function parseTtl(text: string, maxDays: number): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? Number.NaN);
  if (seconds > 0 && seconds <= maxDays * 86_400) return seconds;
  throw new UsageError(
    `--ttl: '${text}' must be like 90s, 30m, 8h or 7d, and at most ${maxDays}d (JWT_MAX_DAYS).`,
  );
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
        revoke: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Ends a token, given by its id or as it is. A token that only its id tells is remembered for as long as any lives. */
async function revoke(config: Config, said: string): Promise<void> {
  const payload = payloadOf(said);
  const tokenId = payload ? tokenIdOf(said, payload) : said;
  const skewMs = config.auth.clockSkewSeconds * 1_000;
  const longestMs = config.auth.maxTokenDays * DAY_MS;
  const expiresAt = payload?.exp === undefined ? Date.now() + longestMs : payload.exp * 1_000;
  await withDirectory(config, (directory) => directory.revokeToken(tokenId, expiresAt + skewMs));
  console.log(`revoked: ${tokenId}`);
}

function payloadOf(text: string): JWTPayload | undefined {
  try {
    return decodeJwt(text);
  } catch {
    return undefined;
  }
}

async function make(config: Config, values: ReturnType<typeof readArguments>): Promise<void> {
  const tenantId = values.tenant ?? '';
  if (!isTenantId(tenantId))
    throw new UsageError(
      `--tenant: '${tenantId}' must be the id of a tenant: 1 to 63 lower-case letters, digits and inner hyphens.`,
    );
  const { auth, storage } = config;
  const scopes = parseScopes(values.scopes);
  const ttlSeconds = parseTtl(values.ttl, auth.maxTokenDays);
  const keySet = await readKeySet(join(storage.dataDir, 'keys'));
  await withDirectory(config, async (directory) => {
    if (await directory.tenant(tenantId)) return;
    const ids = (await directory.tenants()).map(({ id }) => id);
    throw new UsageError(
      `--tenant: there is no tenant '${tenantId}' here. ${ids.length > 0 ? `There are: ${ids.slice(0, 20).join(', ')}.` : "There is none; 'npm run tenant' makes one."}`,
    );
  });
  const { issuer, audience } = auth;
  const { subject } = values;
  const id = randomUUID();
  const token = await mintToken(keySet, { id, tenantId, scopes, subject, issuer, audience, ttlSeconds });
  console.log(token);
  console.error(`id: ${id}`);
}

/**
 * Prints a token for a tenant, and nothing else, to the standard output; or ends one.
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
    const config = readCommandConfig(env);
    if (values.revoke !== undefined) await revoke(config, values.revoke);
    else await make(config, values);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
    else if (error instanceof DomainError && error.field !== undefined)
      console.error(`--${error.field}: ${error.message}\n\n${USAGE}`);
    else if (error instanceof ConfigError) console.error(error.message);
    else console.error((error as Error).message);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2), process.env);
