import type { CallOptions } from '@journeygraph/avatica';
import { DomainError } from '../../../lib/errors.ts';
import { retry } from '../../../lib/retry.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import { AUTOMATION_TABLES } from './tables/automation-tables.ts';
import type { Table } from './tables/table.ts';

/** Every HBase has GZ, which costs a writer as much as all else that HBase does for it; SNAPPY comes with Hadoop 3. */
export const COMPRESSIONS = ['NONE', 'GZ', 'SNAPPY', 'LZ4', 'ZSTD'] as const;
export const DEFAULT_COMPRESSION = 'SNAPPY' satisfies (typeof COMPRESSIONS)[number];

export type PhoenixSchema = {
  /** The namespace of this installation's tables: upper case, `A-Z`, `0-9`, `_`. */
  readonly schema: string;
  /** Activities older than this (since they were stored) are removed by HBase, in seconds; absent: never. */
  readonly retentionSeconds?: number;
  /** The same of failed activities, since they were last written. */
  readonly failedRetentionSeconds?: number;
  /** How HBase compresses files; `DEFAULT_COMPRESSION` by default. */
  readonly compression?: (typeof COMPRESSIONS)[number];
};

/** Of each statement; the waits between add up to 1.5 s. */
const MAX_ATTEMPTS = 4;
const SCHEMA = /^[A-Z][A-Z0-9_]{0,47}$/;

/** A table's full name. The schema comes from the configuration, but is checked as if it did not. */
export function tableName(schema: string, table: string): string {
  if (!SCHEMA.test(schema))
    throw new DomainError(
      'BAD_USER_INPUT',
      'A Phoenix schema has 1 to 48 upper-case letters, digits and underscores and starts with a letter.',
    );
  return `${schema}.${table}`;
}

/**
 * Each statement would otherwise ask for the table's metadata; a table never changes under a running server. Claims and
 * gets use whole keys, and most keys are in one file or none: the filter spares the other files. Blocks have an index
 * of their rows, because a read of many keys would otherwise visit every cell on its way. Phoenix's default encodes
 * differences of keys. Beside compression it costs more at each flush and compaction than it saves.
 */
const CACHED =
  "UPDATE_CACHE_FREQUENCY=900000, COLUMN_ENCODED_BYTES=1, VERSIONS=1, BLOOMFILTER='ROW', DATA_BLOCK_ENCODING='ROW_INDEX_V1'";

/**
 * Every table begins with its tenant, so that a tenant is one range of each and no other's. No salt and no split in
 * advance: see the ADR "Rows in HBase". Times are epoch milliseconds.
 *
 * - `ACTIVITIES`: see `RowKey`. `BODY` is the activity as JSON; `TYPE` is apart because timelines filter by it. Rows
 *   are never changed: all columns are one cell.
 * - `CLAIMS`: one row a message; `OWNER` is its first activity, see `claims.ts`.
 * - `LEADS`: the facts of an identity, one row a fact; see `FACTS`.
 * - `TYPES`: numbers are given by position, so a number is claimed with its row.
 * - `ERASURES`: the receipt of an erasure is row `!`, and one row for each store that is done. `OPEN_ERASURES` has those
 *   that are not finished. `ERASED_LEADS` has where the log stood when a lead was erased, see `erased.ts`.
 * - `TENANTS`, `TENANT_MARKS`, `API_KEYS` and `REVOKED_TOKENS` decide who is served; `FAILED_ACTIVITIES` has refused
 *   items.
 */
const TABLES: readonly Table[] = [
  {
    name: 'ACTIVITIES',
    columns: 'ROW_KEY VARCHAR NOT NULL, TYPE VARCHAR, BODY VARCHAR',
    key: 'ROW_KEY',
    options: 'IMMUTABLE_ROWS=true, IMMUTABLE_STORAGE_SCHEME=SINGLE_CELL_ARRAY_WITH_OFFSETS',
    expires: 'retentionSeconds',
    compressed: true,
  },
  {
    name: 'CLAIMS',
    columns: 'HASH CHAR(22) NOT NULL, OWNER VARCHAR',
    key: 'HASH',
    expires: 'retentionSeconds',
  },
  {
    name: 'LEADS',
    columns: `LEAD CHAR(22) NOT NULL, FACT VARCHAR NOT NULL, IDENTITY VARCHAR, TARGET VARCHAR,
      FIRST_SEEN UNSIGNED_LONG, LAST_SEEN UNSIGNED_LONG, SAID VARBINARY`,
    key: 'LEAD, FACT',
    compressed: true,
  },
  {
    name: 'CAMPAIGNS',
    columns: 'CAMPAIGN_ID VARCHAR NOT NULL, NAME VARCHAR, CREATED_AT UNSIGNED_LONG',
    key: 'CAMPAIGN_ID',
  },
  { name: 'TYPES', columns: 'NUM UNSIGNED_LONG NOT NULL, NAME VARCHAR, DEFINITION VARCHAR', key: 'NUM' },
  {
    name: 'FAILED_ACTIVITIES',
    columns: `ID CHAR(22) NOT NULL, FAILED_AT UNSIGNED_LONG, SOURCE VARCHAR, KIND VARCHAR, CODE VARCHAR, MESSAGE VARCHAR,
      PATH VARCHAR, BODY VARCHAR, REPLAYED_AT UNSIGNED_LONG, ACTIVITY_ID VARCHAR`,
    key: 'ID',
    expires: 'failedRetentionSeconds',
    compressed: true,
  },
  {
    name: 'ERASURES',
    columns:
      'ID VARCHAR NOT NULL, ITEM VARCHAR NOT NULL, LEADS VARCHAR, REQUESTED_AT UNSIGNED_LONG, DONE_AT UNSIGNED_LONG',
    key: 'ID, ITEM',
  },
  { name: 'OPEN_ERASURES', columns: 'ID VARCHAR NOT NULL, LEASE VARCHAR', key: 'ID' },
  {
    name: 'ERASED_LEADS',
    columns: 'LEAD CHAR(22) NOT NULL, ERASURE VARCHAR NOT NULL, LINES VARCHAR',
    key: 'LEAD, ERASURE',
  },
  ...AUTOMATION_TABLES,
];

const directory = (schema: string): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${tableName(schema, 'TENANTS')} (
     TENANT VARCHAR NOT NULL, NAME VARCHAR, CREATED_AT UNSIGNED_LONG,
     CONSTRAINT PK PRIMARY KEY (TENANT)) ${CACHED}`,
  `CREATE TABLE IF NOT EXISTS ${tableName(schema, 'API_KEYS')} (
     KEY_HASH VARCHAR NOT NULL, TENANT VARCHAR, KIND VARCHAR, SCOPES VARCHAR, NAME VARCHAR, CREATED_AT UNSIGNED_LONG,
     EXPIRES_AT UNSIGNED_LONG, REVOKED_AT UNSIGNED_LONG, CONSTRAINT PK PRIMARY KEY (KEY_HASH)) ${CACHED}`,
  `CREATE TABLE IF NOT EXISTS ${tableName(schema, 'TENANT_MARKS')} (
     TENANT VARCHAR NOT NULL, IS_DEMO BOOLEAN, SUSPENDED_AT UNSIGNED_LONG,
     CONSTRAINT PK PRIMARY KEY (TENANT)) ${CACHED}`,
  `CREATE TABLE IF NOT EXISTS ${tableName(schema, 'REVOKED_TOKENS')} (
     TOKEN_ID VARCHAR NOT NULL, EXPIRES_AT UNSIGNED_LONG, CONSTRAINT PK PRIMARY KEY (TOKEN_ID)) ${CACHED}`,
  `CREATE TABLE IF NOT EXISTS ${tableName(schema, 'INSTALLATION')} (
     ID VARCHAR NOT NULL, ID_SECRET VARCHAR, CONSTRAINT PK PRIMARY KEY (ID)) ${CACHED}`,
];

const DIRECTORY = ['TENANTS', 'API_KEYS', 'TENANT_MARKS', 'REVOKED_TOKENS', 'INSTALLATION'] as const;

/** Names of all tables, for tools that copy or remove an installation. */
export const phoenixTables = (schema: string): readonly string[] =>
  [...TABLES.map(({ name }) => name), ...DIRECTORY].map((name) => tableName(schema, name));

/**
 * Creates the schema and its tables where they are missing; any number of processes may do so at once. Retention and
 * compression are set when a table is created and not changed later.
 * @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`; created tables stay, and another call continues
 */
export async function migratePhoenix(
  client: Pick<PhoenixClient, 'query'>,
  { schema, compression = DEFAULT_COMPRESSION, ...retention }: PhoenixSchema,
  call: CallOptions = {},
): Promise<void> {
  const statements = [
    ...TABLES.map(({ name, columns, key, options, expires, compressed }) => {
      const seconds = expires && retention[expires];
      return [
        `CREATE TABLE IF NOT EXISTS ${tableName(schema, name)} (
           TENANT VARCHAR NOT NULL, ${columns}, CONSTRAINT PK PRIMARY KEY (TENANT, ${key})) ${CACHED}`,
        ...(options ? [options] : []),
        ...(compressed && compression !== 'NONE' ? [`COMPRESSION='${compression}'`] : []),
        ...(seconds === undefined ? [] : [`TTL=${Math.ceil(seconds)}`]),
      ].join(', ');
    }),
    ...directory(schema),
  ];
  const run = (statement: string): Promise<void> => runAgain(client, statement, call);
  await run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await Promise.all(statements.map(run));
  await run(
    `CREATE INDEX IF NOT EXISTS FAILED_BY_TIME ON ${tableName(schema, 'FAILED_ACTIVITIES')}
       (TENANT, FAILED_AT DESC, ID DESC)
       INCLUDE (SOURCE, KIND, CODE, MESSAGE, PATH, BODY, REPLAYED_AT, ACTIVITY_ID)`,
  );
}

/** `IF NOT EXISTS` is not decided at once: of two processes that create the same, one may fail, and finds it when it tries again. */
async function runAgain(
  client: Pick<PhoenixClient, 'query'>,
  statement: string,
  call: CallOptions,
): Promise<void> {
  await retry(() => client.query(statement, [], call), {
    attempts: MAX_ATTEMPTS,
    delayMs: (attempt) => attempt * 250,
    signal: call.signal,
  });
}
