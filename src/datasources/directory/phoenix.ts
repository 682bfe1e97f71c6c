import type { Scope } from '../../domain/scopes.ts';
import { tableName } from '../activity-store/phoenix/schema.ts';
import type { PhoenixClient } from '../phoenix/client.ts';
import { type ApiKey, type DirectoryRows, KEY_ID_LENGTH, type TenantEntry } from './port.ts';

type KeyRow = {
  readonly KEY_HASH: string;
  readonly TENANT: string;
  readonly KIND: 'api' | 'write';
  readonly SCOPES: string | null;
  readonly NAME: string | null;
  readonly EXPIRES_AT: number | null;
  readonly REVOKED_AT: number | null;
};
const keyFrom = (row: KeyRow): ApiKey => ({
  keyId: row.KEY_HASH.slice(0, KEY_ID_LENGTH),
  tenantId: row.TENANT,
  kind: row.KIND,
  scopes: (row.SCOPES?.split(' ') ?? []) as Scope[],
  expiresAt: row.EXPIRES_AT,
  revokedAt: row.REVOKED_AT,
});

type TenantRow = { readonly TENANT: string; readonly NAME: string | null };
type MarkRow = {
  readonly TENANT: string;
  readonly IS_DEMO: boolean | null;
  readonly SUSPENDED_AT: number | null;
};
const tenantFrom = (row: TenantRow, mark: MarkRow | undefined): TenantEntry => ({
  id: row.TENANT,
  // To Phoenix an empty text is NULL.
  name: row.NAME ?? '',
  isDemo: mark?.IS_DEMO ?? false,
  suspendedAt: mark?.SUSPENDED_AT ?? null,
});

/**
 * The directory in Phoenix; its tables are made by `migratePhoenix`. Keys are found by their hash, before there is a
 * tenant.
 */
export function createPhoenixDirectory(
  client: Pick<PhoenixClient, 'query'>,
  { schema }: { readonly schema: string },
): DirectoryRows {
  const tenants = tableName(schema, 'TENANTS');
  const marks = tableName(schema, 'TENANT_MARKS');
  const keys = tableName(schema, 'API_KEYS');
  const revoked = tableName(schema, 'REVOKED_TOKENS');
  const rowsOf = async <T>(text: string, values: readonly (string | number)[] = []): Promise<T[]> =>
    (await client.query<T>(text, values)).rows;

  const tenantRows = async (where: string, values: readonly string[]): Promise<TenantEntry[]> => {
    const [named, marked] = await Promise.all([
      rowsOf<TenantRow>(`SELECT TENANT, NAME FROM ${tenants} ${where} ORDER BY TENANT`, values),
      rowsOf<MarkRow>(`SELECT TENANT, IS_DEMO, SUSPENDED_AT FROM ${marks} ${where}`, values),
    ]);
    const markOf = new Map(marked.map((mark) => [mark.TENANT, mark]));
    return named.map((row) => tenantFrom(row, markOf.get(row.TENANT)));
  };
  const tenant = async (id: string): Promise<TenantEntry | undefined> =>
    (await tenantRows('WHERE TENANT = ?', [id]))[0];

  const KEY = `SELECT KEY_HASH, TENANT, KIND, SCOPES, NAME, EXPIRES_AT, REVOKED_AT FROM ${keys}`;
  /** The id of a key is the beginning of its row: a short scan, and an empty id is the beginning of all. */
  const rowById = async (keyId: string): Promise<KeyRow | undefined> =>
    keyId.length === KEY_ID_LENGTH
      ? (await rowsOf<KeyRow>(`${KEY} WHERE KEY_HASH >= ? AND KEY_HASH < ? LIMIT 1`, [keyId, `${keyId}~`]))[0]
      : undefined;

  return {
    async addTenant({ id, name, isDemo }) {
      if (isDemo && !(await tenant(id)))
        await client.query(`UPSERT INTO ${marks} (TENANT, IS_DEMO) VALUES (?, TRUE)`, [id]);
      await client.query(
        `UPSERT INTO ${tenants} (TENANT, NAME, CREATED_AT) VALUES (?, ?, ?) ON DUPLICATE KEY IGNORE`,
        [id, name, Date.now()],
      );
    },

    tenant,
    tenants: () => tenantRows('', []),

    async setSuspended(id, at) {
      await client.query(`UPSERT INTO ${marks} (TENANT, SUSPENDED_AT) VALUES (?, ?)`, [id, at]);
    },

    async addKey({ hash, tenantId, kind, scopes, name, expiresAt }) {
      // Tenants are never removed, so the one that is there now is there when the key is.
      if (!(await tenant(tenantId))) return false;
      await client.query(
        `UPSERT INTO ${keys} (KEY_HASH, TENANT, KIND, SCOPES, NAME, CREATED_AT, EXPIRES_AT) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [hash, tenantId, kind, scopes.join(' '), name, Date.now(), expiresAt],
      );
      return true;
    },

    async keyByHash(hash) {
      const [row] = await rowsOf<KeyRow>(`${KEY} WHERE KEY_HASH = ?`, [hash]);
      return row && keyFrom(row);
    },

    async keyById(keyId) {
      const row = await rowById(keyId);
      return row && keyFrom(row);
    },

    async keys(tenantId) {
      const rows = await rowsOf<KeyRow>(`${KEY} WHERE TENANT = ? ORDER BY NAME, KEY_HASH`, [tenantId]);
      return rows.map((row) => ({ ...keyFrom(row), name: row.NAME ?? '' }));
    },

    async endKey(keyId, at) {
      const row = await rowById(keyId);
      if (!row) return false;
      await client.query(
        `UPSERT INTO ${keys} (KEY_HASH, REVOKED_AT) VALUES (?, ?)
           ON DUPLICATE KEY UPDATE REVOKED_AT = CASE WHEN REVOKED_AT IS NULL THEN ? ELSE REVOKED_AT END`,
        [row.KEY_HASH, at, at],
      );
      return true;
    },

    async addRevokedToken(tokenId, expiresAt) {
      await client.query(`DELETE FROM ${revoked} WHERE EXPIRES_AT < ?`, [Date.now()]);
      await client.query(`UPSERT INTO ${revoked} (TOKEN_ID, EXPIRES_AT) VALUES (?, ?)`, [tokenId, expiresAt]);
    },

    async revokedTokens(now) {
      const rows = await rowsOf<{ TOKEN_ID: string }>(
        `SELECT TOKEN_ID FROM ${revoked} WHERE EXPIRES_AT >= ?`,
        [now],
      );
      return rows.map((row) => row.TOKEN_ID);
    },
  };
}
