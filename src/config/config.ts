import { z } from 'zod';
import { isTenantId } from '../domain/tenant.ts';
import { clusterConfig, clusterEnvironment, missingOfCluster } from './cluster.ts';
import { flag, flagOrUnset, integer, origins } from './fields.ts';

/**
 * Configuration: environment → frozen `Config`, or every fault at once. Grouped by concern; a union by
 * profile, so that what one profile needs can't be asked of another.
 */

const optionalInteger = (min: number, max: number) =>
  z.coerce
    .number({ error: 'must be a whole number' })
    .int('must be a whole number')
    .min(min)
    .max(max)
    .optional();

const DAY_MS = 24 * 3600 * 1000;

const secureUrl = z
  .url({ protocol: /^https?$/, error: 'must be an absolute http(s) address' })
  .refine((text) => {
    const url = new URL(text);
    return url.protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  }, 'must use https, except on this machine');

/** `acme,globex`, or `*` for every tenant. */
const tenantList = z.string().transform((text, context): '*' | readonly string[] => {
  if (text.trim() === '*') return '*';
  const tenants = text.split(',').map((id) => id.trim());
  for (const id of tenants)
    if (!isTenantId(id))
      context.addIssue({
        code: 'custom',
        message: `'${id}' is no tenant id; list ids with commas, or say *`,
      });
  return tenants;
});

/** `activities=https://a/graphql,search=https://b/graphql` */
const remoteSubgraphs = z
  .string()
  .default('')
  .transform((text, context) => {
    const remotes: Record<string, string> = {};
    for (const pair of text.split(',').filter(Boolean)) {
      const [name = '', ...rest] = pair.split('=');
      const url = secureUrl.safeParse(rest.join('='));
      if (!name || !url.success) context.addIssue({ code: 'custom', message: `'${pair}' is not NAME=URL` });
      else remotes[name] = url.data;
    }
    return remotes;
  });

const environment = z.object({
  PROFILE: z
    .enum(['embedded', 'postgres', 'cluster'], { error: 'must be embedded, postgres or cluster' })
    .default('embedded'),
  DATA_DIR: z.string().min(1).default('./data'),
  ID_SECRET: z
    .string()
    .regex(/^[!-~]{32,256}$/, 'must have 32 to 256 printable ASCII characters without spaces')
    .optional(),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be postgres://user:password@host:port/database' })
    .optional(),
  DATABASE_POOL: integer(10, 1, 500),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: integer(4000, 0, 65535),
  DEMO: flagOrUnset,
  DEMO_ACTIVITIES: integer(100_000, 0, 10_000_000),
  SUBGRAPH: z.string().min(1).optional(),
  REMOTE_SUBGRAPHS: remoteSubgraphs,
  ROUTER_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional(),
  JWT_ISSUER: z.string().min(1).default('journeygraph'),
  JWT_AUDIENCE: z.string().min(1).default('journeygraph'),
  JWT_JWKS_URL: secureUrl.optional(),
  JWT_JWKS_TENANTS: tenantList.optional(),
  JWT_MAX_DAYS: integer(366, 1, 3_660),
  JWT_CLOCK_SKEW_SECONDS: integer(30, 0, 600),
  CORS_ORIGINS: origins('*'),
  INGEST_CORS_ORIGINS: origins('*'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an absolute http(s) address' }).optional(),
  CREDENTIAL_GRACE_SECONDS: integer(900, 5, 3_600),
  INTROSPECTION: flag(true),
  GRAPHIQL: flag(true),
  MAX_BODY_BYTES: integer(8 * 1024 * 1024, 1024, 256 * 1024 * 1024),
  REQUEST_TIMEOUT_MS: integer(15_000, 10, 600_000),
  DRAIN_TIMEOUT_MS: integer(10_000, 0, 600_000),
  MAX_DEPTH: integer(12, 1, 100),
  MAX_ALIASES: integer(50, 0, 10_000),
  MAX_ROOT_FIELDS: integer(20, 1, 1_000),
  MAX_TOKENS: integer(10_000, 100, 1_000_000),
  MAX_COST: integer(20_000, 1, 10_000_000),
  MAX_ANSWER_BYTES: integer(16 * 1024 * 1024, 64 * 1024, 1024 * 1024 * 1024),
  DOCUMENT_CACHE_BYTES: integer(64 * 1024 * 1024, 1024 * 1024, 4 * 1024 * 1024 * 1024),
  ANONYMOUS_COST_BUDGET: integer(10_000, 1, 1_000_000_000),
  ANONYMOUS_COST_RESTORE_PER_SECOND: integer(1_000, 1, 1_000_000_000),
  COST_BUDGET: integer(100_000, 1, 1_000_000_000),
  COST_RESTORE_PER_SECOND: integer(10_000, 1, 1_000_000_000),
  INGEST_EVENTS_PER_SECOND: optionalInteger(1, 100_000_000),
  INGEST_BYTES_PER_SECOND: optionalInteger(1, 1_000_000_000_000),
  INGEST_BURST_SECONDS: integer(10, 1, 3_600),
  PUBLIC_KEY_EVENTS_PER_SECOND: integer(500, 0, 100_000_000),
  PUBLIC_KEY_BURST_SECONDS: integer(60, 1, 3_600),
  RECORD_ROBOTS: flag(true),
  SETTLE_MS: optionalInteger(0, 3_600_000),
  GEOIP_DATABASE: z.string().min(1).optional(),
  CURRENCY_RATES: z.string().min(1).optional(),
  FAILED_RETENTION_DAYS: integer(30, 1, 3_650),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'], {
      error: 'must be fatal, error, warn, info, debug or silent',
    })
    .default('info'),
  ...clusterEnvironment.shape,
});

export type Config = ReturnType<typeof shape>;

function storageOf(env: z.infer<typeof environment>) {
  const common = { dataDir: env.DATA_DIR, idSecret: env.ID_SECRET };
  switch (env.PROFILE) {
    case 'embedded':
      return { profile: 'embedded', ...common } as const;
    case 'postgres':
      return {
        profile: 'postgres',
        ...common,
        url: env.DATABASE_URL ?? '',
        pool: env.DATABASE_POOL,
      } as const;
    case 'cluster':
      return { profile: 'cluster', ...common, ...clusterConfig(env) } as const;
    default:
      return env.PROFILE satisfies never;
  }
}

function shape(env: z.infer<typeof environment>) {
  return {
    storage: storageOf(env),
    demo: { enabled: env.DEMO, activitiesPerTenant: env.DEMO_ACTIVITIES },
    http: {
      host: env.HOST,
      port: env.PORT,
      maxBodyBytes: env.MAX_BODY_BYTES,
      requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
      drainTimeoutMs: env.DRAIN_TIMEOUT_MS,
      cors: { api: env.CORS_ORIGINS, ingest: env.INGEST_CORS_ORIGINS },
      publicUrl: env.PUBLIC_URL?.replace(/\/+$/, ''),
      introspection: env.INTROSPECTION,
      graphiql: env.GRAPHIQL,
    },
    federation: { only: env.SUBGRAPH, remotes: env.REMOTE_SUBGRAPHS, secret: env.ROUTER_SECRET },
    auth: {
      issuer: env.JWT_ISSUER,
      audience: env.JWT_AUDIENCE,
      jwksUrl: env.JWT_JWKS_URL,
      jwksTenants: env.JWT_JWKS_TENANTS === '*' ? undefined : env.JWT_JWKS_TENANTS,
      maxTokenDays: env.JWT_MAX_DAYS,
      clockSkewSeconds: env.JWT_CLOCK_SKEW_SECONDS,
      credentialGraceMs: env.CREDENTIAL_GRACE_SECONDS * 1_000,
    },
    limits: {
      depth: env.MAX_DEPTH,
      aliases: env.MAX_ALIASES,
      rootFields: env.MAX_ROOT_FIELDS,
      tokens: env.MAX_TOKENS,
      cost: env.MAX_COST,
      budget: env.COST_BUDGET,
      restorePerSecond: env.COST_RESTORE_PER_SECOND,
      anonymousBudget: env.ANONYMOUS_COST_BUDGET,
      anonymousRestorePerSecond: env.ANONYMOUS_COST_RESTORE_PER_SECOND,
      answerBytes: env.MAX_ANSWER_BYTES,
      documentCacheBytes: env.DOCUMENT_CACHE_BYTES,
    },
    ingest: {
      rates: {
        eventsPerSecond: env.INGEST_EVENTS_PER_SECOND ?? null,
        bytesPerSecond: env.INGEST_BYTES_PER_SECOND ?? null,
        burstSeconds: env.INGEST_BURST_SECONDS,
      },
      publicKeyRates: {
        eventsPerSecond: env.PUBLIC_KEY_EVENTS_PER_SECOND || null,
        bytesPerSecond: null,
        burstSeconds: env.PUBLIC_KEY_BURST_SECONDS,
      },
      recordRobots: env.RECORD_ROBOTS,
      // One process knows what it is writing; of several, none knows what the others are.
      settleMs: env.SETTLE_MS ?? (env.PROFILE === 'embedded' ? 0 : 10_000),
      geoipDatabase: env.GEOIP_DATABASE,
      failedRetentionMs: env.FAILED_RETENTION_DAYS * DAY_MS,
    },
    currencies: { ratesFile: env.CURRENCY_RATES },
    log: { level: env.LOG_LEVEL },
  };
}

/** Every fault of the environment, one a line, each with the name of the variable and what would be right. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`,
    );
    this.name = 'ConfigError';
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}

/** Reads the configuration. @throws ConfigError that lists every fault. Never shows a value, which may be a secret. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable means "not set", as in most shells' and containers' configuration.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  const faults = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (given['PROFILE'] === 'postgres' && given['DATABASE_URL'] === undefined)
    faults.push('DATABASE_URL: needed with PROFILE=postgres, postgres://user:password@host:port/database');
  if (given['JWT_JWKS_URL'] !== undefined && given['JWT_JWKS_TENANTS'] === undefined)
    faults.push(
      'JWT_JWKS_TENANTS: needed with JWT_JWKS_URL, the tenants that its issuer may sign for, with commas, or * for all',
    );
  if ((given['SUBGRAPH'] ?? given['REMOTE_SUBGRAPHS']) !== undefined && given['ROUTER_SECRET'] === undefined)
    faults.push(
      'ROUTER_SECRET: needed with SUBGRAPH and REMOTE_SUBGRAPHS, the same for router and subgraphs, for example from `openssl rand -hex 32`',
    );
  if (given['PROFILE'] === 'cluster') faults.push(...missingOfCluster(given));
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return deepFreeze(shape(parsed.data));
}

/** Checks the names of subgraphs in the configuration. @throws ConfigError that lists all that are not in `names` */
export function requireSubgraphs({ federation }: Config, names: readonly string[]): void {
  const given: readonly (readonly [variable: string, name: string])[] = [
    ...(federation.only === undefined ? [] : [['SUBGRAPH', federation.only] as const]),
    ...Object.keys(federation.remotes).map((name) => ['REMOTE_SUBGRAPHS', name] as const),
  ];
  const faults = given
    .filter(([, name]) => !names.includes(name))
    .map(([variable, name]) => `${variable}: '${name}' is none of ${names.join(', ')}`);
  if (faults.length > 0) throw new ConfigError(faults);
}

/**
 * The configuration of a command that does one thing and ends. On the cluster it must not follow the log: it would
 * join the workers' groups, and have their partitions move twice. @throws ConfigError that lists every fault
 */
export const readCommandConfig = (env: Readonly<Record<string, string | undefined>>): Config =>
  readConfig({ ...env, ROLES: 'api' });

/** Whether this process answers callers; one of a cluster may only follow the log. */
export const servesApi = ({ storage }: Config): boolean =>
  storage.profile !== 'cluster' || storage.roles.includes('api');
