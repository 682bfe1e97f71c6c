import type { Scope } from '../../domain/scopes.ts';
import type { Db } from '../db/db.ts';
import type { Migration } from '../db/migrate.ts';
import type { ApiKey, DirectoryRows, TenantEntry } from './port.ts';

export const authMigrations: readonly Migration[] = [
  {
    id: 'auth-001',
    sql: `
CREATE TABLE tenants (
  tenant_id  text COLLATE "C" PRIMARY KEY,
  name       text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
-- Only the SHA-256 of a key is kept: keys are 256 random bits, which no search of the hash can find.
CREATE TABLE api_keys (
  key_hash   text COLLATE "C" PRIMARY KEY,
  key_id     text COLLATE "C" NOT NULL UNIQUE,
  tenant_id  text COLLATE "C" NOT NULL REFERENCES tenants,
  kind       text NOT NULL CHECK (kind IN ('api', 'write')),
  scopes     text[] NOT NULL,
  name       text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at int8,
  revoked_at int8
);`,
  },
  {
    // Times are epoch milliseconds. A revoked token is kept until it would have expired.
    id: 'auth-002',
    sql: `
ALTER TABLE tenants ADD COLUMN is_demo boolean NOT NULL DEFAULT false, ADD COLUMN suspended_at int8;
CREATE TABLE revoked_tokens (
  token_id   text COLLATE "C" PRIMARY KEY,
  expires_at int8 NOT NULL
);`,
  },
];

type TenantRow = {
  readonly tenant_id: string;
  readonly name: string;
  readonly is_demo: boolean;
  readonly suspended_at: number | null;
};
const tenantFrom = (row: TenantRow): TenantEntry => ({
  id: row.tenant_id,
  name: row.name,
  isDemo: row.is_demo,
  suspendedAt: row.suspended_at,
});

type KeyRow = {
  readonly key_id: string;
  readonly tenant_id: string;
  readonly kind: 'api' | 'write';
  readonly scopes: Scope[];
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
};
const keyFrom = (row: KeyRow): ApiKey => ({
  keyId: row.key_id,
  tenantId: row.tenant_id,
  kind: row.kind,
  scopes: row.scopes,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
});

const TENANTS = 'SELECT tenant_id, name, is_demo, suspended_at FROM tenants';
const KEYS = 'SELECT key_id, tenant_id, kind, scopes, expires_at, revoked_at, name FROM api_keys';

const ADD_KEY = `
INSERT INTO api_keys (key_hash, key_id, tenant_id, kind, scopes, name, expires_at)
SELECT $1, $2, tenant_id, $4, $5::text[], $6, $7::int8 FROM tenants WHERE tenant_id = $3
RETURNING key_id`;

/** The directory in PostgreSQL or PGlite. */
export function createPostgresDirectory(db: Db): DirectoryRows {
  const keyWhere = async (column: 'key_hash' | 'key_id', value: string): Promise<ApiKey | undefined> => {
    const [row] = await db.query<KeyRow>(`${KEYS} WHERE ${column} = $1`, [value]);
    return row && keyFrom(row);
  };

  return {
    async addTenant({ id, name, isDemo }) {
      await db.query(
        'INSERT INTO tenants (tenant_id, name, is_demo) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [id, name, isDemo],
      );
    },

    async tenant(id) {
      const [row] = await db.query<TenantRow>(`${TENANTS} WHERE tenant_id = $1`, [id]);
      return row && tenantFrom(row);
    },

    tenants: async () => (await db.query<TenantRow>(`${TENANTS} ORDER BY tenant_id`)).map(tenantFrom),

    async setSuspended(id, at) {
      await db.query('UPDATE tenants SET suspended_at = $2::int8 WHERE tenant_id = $1', [id, at]);
    },

    async addKey({ hash, keyId, tenantId, kind, scopes, name, expiresAt }) {
      const values = [hash, keyId, tenantId, kind, [...scopes], name, expiresAt];
      const made = await db.query(ADD_KEY, values);
      return made.length > 0;
    },

    keyByHash: (hash) => keyWhere('key_hash', hash),
    keyById: (keyId) => keyWhere('key_id', keyId),

    async keys(tenantId) {
      const rows = await db.query<KeyRow & { name: string }>(
        `${KEYS} WHERE tenant_id = $1 ORDER BY name, key_id`,
        [tenantId],
      );
      return rows.map((row) => ({ ...keyFrom(row), name: row.name }));
    },

    async endKey(keyId, at) {
      const ended = await db.query(
        'UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1 RETURNING key_id',
        [keyId, at],
      );
      return ended.length > 0;
    },

    async addRevokedToken(tokenId, expiresAt) {
      await db.query('DELETE FROM revoked_tokens WHERE expires_at < $1', [Date.now()]);
      await db.query(
        `INSERT INTO revoked_tokens (token_id, expires_at) VALUES ($1, $2)
           ON CONFLICT (token_id) DO UPDATE SET expires_at = greatest(revoked_tokens.expires_at, excluded.expires_at)`,
        [tokenId, expiresAt],
      );
    },

    async revokedTokens(now) {
      const rows = await db.query<{ token_id: string }>(
        'SELECT token_id FROM revoked_tokens WHERE expires_at >= $1',
        [now],
      );
      return rows.map((row) => row.token_id);
    },
  };
}
