import { tableName } from '../datasources/activity-store/phoenix-schema.ts';
import type { AvaticaClient } from '../wire/avatica/client.ts';
import { type Directory, directoryOn, KEY_ID_LENGTH } from './directory.ts';
import type { Scope } from './viewer.ts';

type KeyRow = {
  readonly KEY_HASH: string;
  readonly TENANT: string;
  readonly KIND: 'api' | 'write';
  readonly SCOPES: string;
  readonly EXPIRES_AT: number | null;
  readonly REVOKED_AT: number | null;
};

/** The directory in Phoenix; its tables are made by `migratePhoenix`. Keys are found by their hash, before there is a tenant. */
export function createPhoenixDirectory(
  client: Pick<AvaticaClient, 'query'>,
  { schema }: { readonly schema: string },
): Directory {
  const tenants = tableName(schema, 'TENANTS');
  const keys = tableName(schema, 'API_KEYS');

  const tenantName = async (id: string): Promise<string | undefined> => {
    const { rows } = await client.query<{ NAME: string | null }>(
      `SELECT NAME FROM ${tenants} WHERE TENANT = ?`,
      [id],
    );
    // To Phoenix an empty text is NULL.
    return rows[0] && (rows[0].NAME ?? '');
  };

  return directoryOn({
    async addTenant(id, name) {
      await client.query(
        `UPSERT INTO ${tenants} (TENANT, NAME, CREATED_AT) VALUES (?, ?, ?) ON DUPLICATE KEY IGNORE`,
        [id, name, Date.now()],
      );
    },

    tenantName,

    async addKey({ hash, tenantId, kind, scopes, name, expiresAt }) {
      // Tenants are never removed, so the one that is there now is there when the key is.
      if ((await tenantName(tenantId)) === undefined) return false;
      await client.query(
        `UPSERT INTO ${keys} (KEY_HASH, TENANT, KIND, SCOPES, NAME, CREATED_AT, EXPIRES_AT) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [hash, tenantId, kind, scopes.join(' '), name, Date.now(), expiresAt],
      );
      return true;
    },

    async keyByHash(hash) {
      const { rows } = await client.query<KeyRow>(
        `SELECT KEY_HASH, TENANT, KIND, SCOPES, EXPIRES_AT, REVOKED_AT FROM ${keys} WHERE KEY_HASH = ?`,
        [hash],
      );
      const [row] = rows;
      return (
        row && {
          keyId: row.KEY_HASH.slice(0, KEY_ID_LENGTH),
          tenantId: row.TENANT,
          kind: row.KIND,
          scopes: (row.SCOPES?.split(' ') ?? []) as Scope[],
          expiresAt: row.EXPIRES_AT,
          revokedAt: row.REVOKED_AT,
        }
      );
    },

    async endKey(keyId, at) {
      // The id is the beginning of the key's row: a short scan, and an empty id is the beginning of all.
      if (keyId.length !== KEY_ID_LENGTH) return false;
      const { rows } = await client.query<KeyRow>(
        `SELECT KEY_HASH FROM ${keys} WHERE KEY_HASH >= ? AND KEY_HASH < ? LIMIT 1`,
        [keyId, `${keyId}~`],
      );
      const [row] = rows;
      if (!row) return false;
      await client.query(
        `UPSERT INTO ${keys} (KEY_HASH, REVOKED_AT) VALUES (?, ?)
         ON DUPLICATE KEY UPDATE REVOKED_AT = CASE WHEN REVOKED_AT IS NULL THEN ? ELSE REVOKED_AT END`,
        [row.KEY_HASH, at, at],
      );
      return true;
    },
  });
}
