import { createHash, randomBytes } from 'node:crypto';
import type { Db } from '../datasources/db/db.ts';
import type { Migration } from '../datasources/db/migrate.ts';
import { lastKnown } from '../datasources/last-known.ts';
import { DomainError } from '../domain/errors.ts';
import { isTenantId } from '../domain/tenant.ts';
import { SCOPES, type Scope } from './viewer.ts';

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
];

type ApiKey = {
  readonly keyId: string;
  readonly tenantId: string;
  readonly kind: 'api' | 'write';
  readonly scopes: readonly Scope[];
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
};

/** Tenants and the keys of machines. */
export interface Directory {
  /** Makes a tenant; one of that id that exists stays as it is. @throws DomainError `BAD_USER_INPUT` for a malformed id */
  createTenant(id: string, name: string): Promise<void>;
  /** The tenant's name; undefined when there is none of that id. */
  tenantName(id: string): Promise<string | undefined>;
  /**
   * Makes a key and returns it; it is shown this once and can't be read again. A write key has the scope
   * `activities:write` and no other, whatever is asked. `expiresAt` is epoch milliseconds.
   * @throws DomainError `NOT_FOUND` when there is no such tenant
   */
  createKey(key: {
    tenantId: string;
    kind: 'api' | 'write';
    scopes: readonly Scope[];
    name: string;
    expiresAt?: number;
  }): Promise<string>;
  findKey(secret: string): Promise<ApiKey | undefined>;
  /** Ends a key for good; its first end counts. @throws DomainError `NOT_FOUND` when there is none of that id */
  revokeKey(keyId: string): Promise<void>;
}

/** How long another process's change of a tenant or key may go unseen, in milliseconds. */
const TTL_MS = 5_000;
const KEY = /^jgw?_[A-Za-z0-9_-]{43}$/;

/** Of a key, all that is stored. */
type StoredKey = ApiKey & { readonly hash: string; readonly name: string };

/** What a directory is kept in; every answer is of now. */
export type DirectoryRows = {
  /** Adds a tenant unless there is one of that id. */
  addTenant(id: string, name: string): Promise<void>;
  tenantName(id: string): Promise<string | undefined>;
  /** @returns false, and adds nothing, when there is no such tenant */
  addKey(key: StoredKey): Promise<boolean>;
  keyByHash(hash: string): Promise<ApiKey | undefined>;
  /** Ends a key at `at`, unless it has ended before. @returns false when there is none of that id */
  endKey(keyId: string, at: number): Promise<boolean>;
};

/** The id of a key is the beginning of its hash. */
export const KEY_ID_LENGTH = 12;
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** The public id of a key. */
export const keyIdOf = (secret: string): string => hashOf(secret).slice(0, KEY_ID_LENGTH);

/** Whether a credential has the form of one of our keys (as against a JWT). */
export const isKey = (text: string): boolean => KEY.test(text);

/** A directory on such rows, which remembers what it read for some seconds, and for longer while they can't be read. */
export function directoryOn(rows: DirectoryRows): Directory {
  const names = lastKnown<string, string | undefined>({ max: 10_000, ttlMs: TTL_MS, load: rows.tenantName });
  const keys = lastKnown({
    max: 10_000,
    ttlMs: TTL_MS,
    async load(hash: string): Promise<ApiKey | undefined> {
      const key = await rows.keyByHash(hash);
      // A scope that is none any more opens nothing.
      return key && { ...key, scopes: SCOPES.filter((scope) => key.scopes.includes(scope)) };
    },
  });

  return {
    async createTenant(id, name) {
      if (!isTenantId(id))
        throw new DomainError(
          'BAD_USER_INPUT',
          'A tenant id has 1 to 63 lower-case letters, digits and inner hyphens.',
        );
      await rows.addTenant(id, name);
      names.forget(id);
    },

    tenantName: names.get,

    async createKey({ tenantId, kind, scopes, name, expiresAt }) {
      const secret = `${kind === 'write' ? 'jgw' : 'jg'}_${randomBytes(32).toString('base64url')}`;
      const hash = hashOf(secret);
      const isAdded = await rows.addKey({
        hash,
        keyId: keyIdOf(secret),
        tenantId,
        kind,
        scopes: kind === 'write' ? ['activities:write'] : [...scopes],
        name,
        expiresAt: expiresAt ?? null,
        revokedAt: null,
      });
      if (!isAdded)
        throw new DomainError('NOT_FOUND', `There is no tenant '${tenantId}'; make it before its keys.`);
      return secret;
    },

    findKey: (secret) => keys.get(hashOf(secret)),

    async revokeKey(keyId) {
      const isEnded = await rows.endKey(keyId, Date.now());
      keys.clear();
      if (!isEnded) throw new DomainError('NOT_FOUND', `There is no key '${keyId}'.`);
    },
  };
}

/** The directory in PostgreSQL or PGlite. */
export const createDirectory = (db: Db): Directory =>
  directoryOn({
    async addTenant(id, name) {
      await db.query('INSERT INTO tenants (tenant_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        id,
        name,
      ]);
    },

    async tenantName(id) {
      const [row] = await db.query<{ name: string }>('SELECT name FROM tenants WHERE tenant_id = $1', [id]);
      return row?.name;
    },

    async addKey({ hash, keyId, tenantId, kind, scopes, name, expiresAt }) {
      const made = await db.query(
        `INSERT INTO api_keys (key_hash, key_id, tenant_id, kind, scopes, name, expires_at)
         SELECT $1, $2, tenant_id, $4, $5::text[], $6, $7::int8 FROM tenants WHERE tenant_id = $3
         RETURNING key_id`,
        [hash, keyId, tenantId, kind, [...scopes], name, expiresAt],
      );
      return made.length > 0;
    },

    async keyByHash(hash) {
      const [row] = await db.query<{
        key_id: string;
        tenant_id: string;
        kind: 'api' | 'write';
        scopes: Scope[];
        expires_at: number | null;
        revoked_at: number | null;
      }>('SELECT key_id, tenant_id, kind, scopes, expires_at, revoked_at FROM api_keys WHERE key_hash = $1', [
        hash,
      ]);
      return (
        row && {
          keyId: row.key_id,
          tenantId: row.tenant_id,
          kind: row.kind,
          scopes: row.scopes,
          expiresAt: row.expires_at,
          revokedAt: row.revoked_at,
        }
      );
    },

    async endKey(keyId, at) {
      const ended = await db.query(
        'UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1 RETURNING key_id',
        [keyId, at],
      );
      return ended.length > 0;
    },
  });
