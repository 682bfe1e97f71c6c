import { DomainError } from '../domain/errors.ts';
import { assertTenant } from '../domain/tenant.ts';
import type { AvaticaClient } from '../wire/avatica/client.ts';
import type { Claims } from './claims.ts';

/**
 * Claims in Phoenix: the row of a message is written by whoever comes first, which HBase decides under the row's
 * lock (`ON DUPLICATE KEY IGNORE`), and read back by all.
 *
 * The key begins with the message's hash, which is a hash over tenant and message id: rows of all tenants, however
 * different in size, are spread evenly over the regions, and every look-up is of whole keys. It is 22 characters
 * of base64url, which are ASCII, so that Phoenix orders them as the splits below do.
 */
const columns = 'HASH, TENANT_ID, LOG_PARTITION, LOG_OFFSET';

const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
/** Rows in one statement. Few different sizes, filled up by repeating, so that statements stay prepared. */
const SIZES = [16, 128, 1_000] as const;
const MAX_SIZE = 1_000;

/** What statements are told; a name is part of their text, so it must be one. */
export type ClaimsTable = {
  /** The schema, in capitals. */
  readonly schema: string;
  /** Regions that the table is created with: about as many as region servers, or a few for each. */
  readonly regions?: number | undefined;
};

function nameOf({ schema }: ClaimsTable): string {
  if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(schema)) throw new TypeError('A schema is named in capitals.');
  return `${schema}.MESSAGE_CLAIMS`;
}

/** Creates schema and table unless they are there. */
export async function createClaimsTable(
  client: Pick<AvaticaClient, 'query'>,
  table: ClaimsTable,
  signal: AbortSignal,
): Promise<void> {
  const name = nameOf(table);
  const regions = table.regions ?? 4;
  const splits = Array.from(
    { length: regions - 1 },
    (_, index) => `'${ALPHABET[Math.round((64 * (index + 1)) / regions)]}'`,
  );
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${table.schema}`, [], { signal });
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${name} (
       HASH CHAR(22) NOT NULL, TENANT_ID VARCHAR NOT NULL, LOG_PARTITION INTEGER, LOG_OFFSET BIGINT,
       CONSTRAINT PK PRIMARY KEY (HASH, TENANT_ID)
     ) COLUMN_ENCODED_BYTES = 1, UPDATE_CACHE_FREQUENCY = NEVER, BLOOMFILTER = 'ROW', COMPRESSION = 'NONE'
     ${splits.length > 0 ? `SPLIT ON (${splits.join(', ')})` : ''}`,
    [],
    { signal },
  );
}

/** The table must be there (`createClaimsTable`). */
export function createPhoenixClaims(
  client: Pick<AvaticaClient, 'query' | 'batch'>,
  table: ClaimsTable,
): Claims {
  const name = nameOf(table);
  const upsert = `UPSERT INTO ${name} (${columns}) VALUES (?, ?, ?, ?) ON DUPLICATE KEY IGNORE`;
  const select = (size: number): string =>
    `SELECT HASH, LOG_PARTITION, LOG_OFFSET FROM ${name} WHERE TENANT_ID = ? AND HASH IN (${'?, '.repeat(size - 1)}?)`;

  return {
    async claim(tenant, entries, signal) {
      assertTenant(tenant);
      const claims: boolean[] = [];
      for (let start = 0; start < entries.length; start += MAX_SIZE) {
        const part = entries.slice(start, start + MAX_SIZE);
        await client.batch(
          upsert,
          part.map(({ hash, position }) => [hash, tenant.id, position.partition, position.offset]),
          { signal },
        );
        const size = SIZES.find((one) => one >= part.length) ?? MAX_SIZE;
        const hashes = Array.from(
          { length: size },
          (_, index) => part[Math.min(index, part.length - 1)]?.hash,
        );
        const { rows } = await client.query<{ HASH: string; LOG_PARTITION: number; LOG_OFFSET: number }>(
          select(size),
          [tenant.id, ...hashes.map((hash) => hash ?? null)],
          { signal },
        );
        const owners = new Map(rows.map((row) => [row.HASH, row]));
        for (const { hash, position } of part) {
          const owner = owners.get(hash);
          // What was just written must be there: without it nobody knows whose the message is.
          if (!owner)
            throw new DomainError('BACKEND_UNAVAILABLE', 'The store does not show what was written to it.');
          claims.push(
            owner.LOG_PARTITION === position.partition && Number(owner.LOG_OFFSET) === position.offset,
          );
        }
      }
      return claims;
    },
  };
}
