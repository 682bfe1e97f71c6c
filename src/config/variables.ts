import { z } from 'zod';
import { clusterVariables } from './cluster.ts';
import {
  address,
  flag,
  flagOrUnset,
  hosts,
  integer,
  optionalInteger,
  origins,
  secureUrl,
  tenantList,
} from './fields.ts';

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
  })
  .meta({ allowed: '`NAME=URL`, several separated by commas' });

const storage = z.object({
  PROFILE: z
    .enum(['embedded', 'postgres', 'cluster'], { error: 'must be embedded, postgres or cluster' })
    .default('embedded')
    .describe('The engines that store the data.'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .describe('Directory of log and database (`embedded`) and of the keys that sign tokens (every profile).'),
  ID_SECRET: z
    .string()
    .regex(/^[!-~]{32,256}$/, 'must have 32 to 256 printable ASCII characters without spaces')
    .optional()
    .meta({
      allowed: '32 to 256 printable ASCII characters without spaces',
      fallback: 'created at the first start',
    })
    .describe('The secret from which ids of leads and activities are derived. It never changes.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be postgres://user:password@host:port/database' })
    .optional()
    .meta({ allowed: '`postgres://user:password@host:port/database`', profile: 'postgres' })
    .describe('The database. Required.'),
  DATABASE_POOL: integer(10, 1, 500).meta({ profile: 'postgres' }).describe('Connections of one process.'),
  DEMO: flagOrUnset
    .meta({ fallback: '`true` on `embedded` until you create a tenant' })
    .describe('Whether a start creates the demo tenants.'),
  DEMO_ACTIVITIES: integer(100_000, 0, 10_000_000).describe('Activities of each demo tenant.'),
});

const http = z.object({
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  PORT: integer(4000, 0, 65535).describe('Port to listen on; 0 takes a free port.'),
  PUBLIC_URL: address.describe(
    'Address at which senders reach this installation, for the settings of their SDKs.',
  ),
  CORS_ORIGINS: origins('*').describe('Origins whose pages may use `/graphql`; a comma alone for none.'),
  INGEST_CORS_ORIGINS: origins('*').describe(
    'Origins whose pages may send activities; a comma alone for none.',
  ),
  INTROSPECTION: flag(true).describe('Whether clients may read the schema.'),
  GRAPHIQL: flag(true).describe('Whether browsers get GraphiQL.'),
  MAX_BODY_BYTES: integer(8 * 1024 * 1024, 1024, 256 * 1024 * 1024).describe('Bytes of a request body.'),
  REQUEST_TIMEOUT_MS: integer(15_000, 10, 600_000).describe('Milliseconds until a request is ended.'),
  DRAIN_TIMEOUT_MS: integer(10_000, 0, 600_000).describe(
    'Milliseconds for open requests to finish after SIGTERM.',
  ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'], {
      error: 'must be fatal, error, warn, info, debug or silent',
    })
    .default('info')
    .describe('Least level of log lines.'),
});

const auth = z.object({
  JWT_ISSUER: z.string().min(1).default('journeygraph').describe('Issuer of tokens (`iss`).'),
  JWT_AUDIENCE: z.string().min(1).default('journeygraph').describe('Audience of tokens (`aud`).'),
  JWT_JWKS_URL: secureUrl.optional().describe('Keys of an identity provider whose tokens are accepted too.'),
  JWT_JWKS_TENANTS: tenantList
    .optional()
    .describe('Tenants for which that provider may sign. Required with `JWT_JWKS_URL`.'),
  JWT_MAX_DAYS: integer(366, 1, 3_660).describe('Longest life of a token in days.'),
  JWT_CLOCK_SKEW_SECONDS: integer(30, 0, 600).describe('Tolerated difference of clocks in seconds.'),
  CREDENTIAL_GRACE_SECONDS: integer(900, 5, 3_600).describe(
    'Seconds for which known credentials hold while the database is unavailable.',
  ),
});

const federation = z.object({
  SUBGRAPH: z
    .string()
    .min(1)
    .optional()
    .meta({ allowed: 'the name of a subgraph' })
    .describe('Serve only this subgraph.'),
  REMOTE_SUBGRAPHS: remoteSubgraphs.describe('Subgraphs that other servers provide.'),
  ROUTER_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional()
    .meta({ allowed: 'at least 32 printable ASCII characters without spaces' })
    .describe('Secret that router and subgraphs share. Required with the two above.'),
});

const limits = z.object({
  MAX_DEPTH: integer(12, 1, 100).describe('Depth of an operation, after fragment expansion.'),
  MAX_ALIASES: integer(50, 0, 10_000).describe('Aliases of an operation, after fragment expansion.'),
  MAX_ROOT_FIELDS: integer(20, 1, 1_000).describe('Root fields of an operation, after fragment expansion.'),
  MAX_TOKENS: integer(10_000, 100, 1_000_000).describe('Tokens of a document.'),
  MAX_COST: integer(20_000, 1, 10_000_000).describe('Points of one operation.'),
  MAX_ANSWER_BYTES: integer(16 * 1024 * 1024, 64 * 1024, 1024 * 1024 * 1024).describe('Bytes of one answer.'),
  DOCUMENT_CACHE_BYTES: integer(64 * 1024 * 1024, 1024 * 1024, 4 * 1024 * 1024 * 1024).describe(
    'Memory for parsed and compiled documents; a tenant gets at most a quarter of it.',
  ),
  COST_BUDGET: integer(100_000, 1, 1_000_000_000).describe(
    'Points that a tenant can save up, in each process.',
  ),
  COST_RESTORE_PER_SECOND: integer(10_000, 1, 1_000_000_000).describe(
    'Points that a tenant gets back each second.',
  ),
  ANONYMOUS_COST_BUDGET: integer(10_000, 1, 1_000_000_000).describe(
    'Points that all callers without a credential share, in each process.',
  ),
  ANONYMOUS_COST_RESTORE_PER_SECOND: integer(1_000, 1, 1_000_000_000).describe(
    'Points that callers without a credential get back each second.',
  ),
});

const ingest = z.object({
  INGEST_EVENTS_PER_SECOND: optionalInteger(1, 100_000_000)
    .meta({ fallback: 'no limit' })
    .describe('Events a second that a tenant may send, in each process.'),
  INGEST_BYTES_PER_SECOND: optionalInteger(1, 1_000_000_000_000)
    .meta({ fallback: 'no limit' })
    .describe('Bytes a second that a tenant may send, in each process.'),
  INGEST_BURST_SECONDS: integer(10, 1, 3_600).describe('Seconds of that rate that a tenant can save up.'),
  PUBLIC_KEY_EVENTS_PER_SECOND: integer(500, 0, 100_000_000).describe(
    'Events a second that one public key may send, in each process; 0 is no limit.',
  ),
  PUBLIC_KEY_BURST_SECONDS: integer(60, 1, 3_600).describe(
    'Seconds of that rate that a public key can save up.',
  ),
  RECORD_ROBOTS: flag(true).describe('Whether web activities of robots are recorded.'),
  SETTLE_MS: optionalInteger(0, 3_600_000)
    .meta({ fallback: '0 on `embedded`, else 10000' })
    .describe("Milliseconds after its arrival until Marketo's readers can get an activity."),
  GEOIP_DATABASE: z
    .string()
    .min(1)
    .optional()
    .meta({ allowed: 'a file' })
    .describe("Database in MaxMind's format, for countries by IP address."),
  CURRENCY_RATES: z
    .string()
    .min(1)
    .optional()
    .meta({ allowed: 'a file' })
    .describe('Reporting currencies and exchange rates, see [figures](figures.md#money).'),
  FAILED_RETENTION_DAYS: integer(30, 1, 3_650).describe('Days for which failed activities are kept.'),
});

const campaigns = z.object({
  MAIL_OUTBOX: z
    .string()
    .min(1)
    .optional()
    .meta({ allowed: 'a directory', fallback: '`outbox` in `DATA_DIR`' })
    .describe('Where messages of campaigns are written as files. Nothing leaves the machine.'),
  MAIL_DOMAIN: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be the name of a domain in lower case')
    .default('journeygraph.invalid')
    .meta({ allowed: 'the name of a domain' })
    .describe('The domain of message ids.'),
  SENDS_PER_DAY: integer(0, 0, 1_000).describe(
    'Messages that a person gets in 24 hours from campaigns that are not operational; 0 for no limit.',
  ),
  SENDS_PER_WEEK: integer(0, 0, 1_000).describe('The same in seven days.'),
  WEBHOOK_HOSTS: hosts.describe(
    'Hosts that webhooks may call although they are private, also without TLS. All others need a public address and https.',
  ),
});

/** Every variable by concern, with its meaning: docs/configuration.md is made of it. */
export const VARIABLES = {
  'Profile and storage': storage,
  'HTTP and logs': http,
  Credentials: auth,
  Federation: federation,
  'Limits of queries': limits,
  Ingestion: ingest,
  Campaigns: campaigns,
  'The cluster': clusterVariables,
} as const;

/** The environment as a whole. */
export const environment = z.object({
  ...storage.shape,
  ...http.shape,
  ...auth.shape,
  ...federation.shape,
  ...limits.shape,
  ...ingest.shape,
  ...campaigns.shape,
  ...clusterVariables.shape,
});
export type Environment = z.infer<typeof environment>;
