import { join } from 'node:path';
import { clusterConfig, missingOfCluster } from './cluster.ts';
import { type Environment, environment } from './variables.ts';

/**
 * Configuration: environment → frozen `Config`, or every fault at once. Grouped by concern. It is a union by profile,
 * so that no profile can ask for the engines of another.
 */

const DAY_MS = 24 * 3600 * 1000;

export type Config = ReturnType<typeof shape>;

function storageOf(env: Environment) {
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

function shape(env: Environment) {
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
    campaigns: {
      outbox: env.MAIL_OUTBOX ?? join(env.DATA_DIR, 'outbox'),
      mailDomain: env.MAIL_DOMAIN,
      sendLimits: [
        ...(env.SENDS_PER_DAY > 0 ? [{ limit: env.SENDS_PER_DAY, spanMs: DAY_MS }] : []),
        ...(env.SENDS_PER_WEEK > 0 ? [{ limit: env.SENDS_PER_WEEK, spanMs: 7 * DAY_MS }] : []),
      ],
      webhookHosts: env.WEBHOOK_HOSTS,
    },
    currencies: { ratesFile: env.CURRENCY_RATES },
    log: { level: env.LOG_LEVEL },
  };
}

/** Every fault of the environment, one a line, with the name of the variable and the allowed values. */
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

/** Whether this process works on campaigns; one of a cluster may only answer callers. */
export const runsCampaigns = ({ storage }: Config): boolean =>
  storage.profile !== 'cluster' || storage.roles.includes('workers');

/** Whether this process answers callers; one of a cluster may only follow the log. */
export const servesApi = ({ storage }: Config): boolean =>
  storage.profile !== 'cluster' || storage.roles.includes('api');
