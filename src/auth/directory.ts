import { createHash, randomBytes } from 'node:crypto';
import {
  type ApiKey,
  type DirectoryRows,
  KEY_ID_LENGTH,
  type ListedKey,
  type TenantEntry,
} from '../datasources/directory/port.ts';
import { SCOPES, type Scope } from '../domain/scopes.ts';
import { isTenantId } from '../domain/tenant.ts';
import { DomainError } from '../lib/errors.ts';
import { lastKnown } from '../lib/last-known.ts';

/**
 * Tenants, the keys of machines, and the tokens that were ended early. A change is seen at once by the process that
 * makes it, and within 5 s by every other. While the database can't be read, the last known answer holds for
 * `graceMs`; after that every credential is refused with `BACKEND_UNAVAILABLE`.
 */
export interface Directory {
  /** Makes a tenant; one of that id that exists stays as it is. @throws DomainError `BAD_USER_INPUT` for a malformed id */
  createTenant(id: string, name: string, options?: { readonly isDemo?: boolean }): Promise<void>;
  /** Undefined when there is none of that id. */
  tenant(id: string): Promise<TenantEntry | undefined>;
  /** All tenants by id. */
  tenants(): Promise<readonly TenantEntry[]>;
  /** Stops or resumes serving a tenant. @throws DomainError `NOT_FOUND` when there is none of that id */
  suspendTenant(id: string, isSuspended: boolean): Promise<void>;
  /**
   * Makes a key and returns it; it is shown this once and can't be read again. A write key always has the scope
   * `activities:write` alone. `expiresAt` is epoch milliseconds.
   * @throws DomainError `NOT_FOUND` when there is no such tenant
   */
  createKey(key: NewKey): Promise<string>;
  findKey(secret: string): Promise<ApiKey | undefined>;
  keyById(keyId: string): Promise<ApiKey | undefined>;
  /** A tenant's keys, by name. @throws DomainError `NOT_FOUND` when there is no such tenant */
  keys(tenantId: string): Promise<readonly ListedKey[]>;
  /** Ends a key, and the tokens it got, for good; its first end counts. @throws DomainError `NOT_FOUND` when there is none of that id */
  revokeKey(keyId: string): Promise<void>;
  /** Ends a token by its id (`tokenIdOf`). @param expiresAt when it would have ended anyway, epoch milliseconds */
  revokeToken(tokenId: string, expiresAt: number): Promise<void>;
  isTokenRevoked(tokenId: string): Promise<boolean>;
}

type NewKey = {
  readonly tenantId: string;
  readonly kind: 'api' | 'write';
  readonly scopes: readonly Scope[];
  readonly name: string;
  readonly expiresAt?: number;
};

/** How long another process's change of a tenant or key may go unseen, in milliseconds. */
const TTL_MS = 5_000;
const KEY = /^jgw?_[A-Za-z0-9_-]{43}$/;

/** Unless configured: how long the last known answer holds while the database can't be read, in milliseconds. */
const GRACE_MS = 900_000;

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** The public id of a key. */
export const keyIdOf = (secret: string): string => hashOf(secret).slice(0, KEY_ID_LENGTH);

/** Whether a credential has the form of one of our keys (as against a JWT). */
export const isKey = (text: string): boolean => KEY.test(text);

/** A directory on such rows. @param graceMs see `Directory` */
export function directoryOn(rows: DirectoryRows, graceMs: number = GRACE_MS): Directory {
  const remembering = { max: 10_000, ttlMs: TTL_MS, staleMs: graceMs };
  const tenants = lastKnown<string, TenantEntry | undefined>({ ...remembering, load: rows.tenant });
  /** A scope that is none any more opens nothing. */
  const known = (key: ApiKey | undefined): ApiKey | undefined =>
    key && { ...key, scopes: SCOPES.filter((scope) => key.scopes.includes(scope)) };
  const keys = lastKnown({ ...remembering, load: async (hash: string) => known(await rows.keyByHash(hash)) });
  const keysById = lastKnown({ ...remembering, load: async (id: string) => known(await rows.keyById(id)) });
  const revoked = lastKnown<string, ReadonlySet<string>>({
    ...remembering,
    load: async () => new Set(await rows.revokedTokens(Date.now())),
  });

  return {
    async createTenant(id, name, { isDemo = false } = {}) {
      if (!isTenantId(id))
        throw new DomainError(
          'BAD_USER_INPUT',
          'A tenant id has 1 to 63 lower-case letters, digits and inner hyphens.',
        );
      await rows.addTenant({ id, name, isDemo, suspendedAt: null });
      tenants.forget(id);
    },

    tenant: tenants.get,
    tenants: rows.tenants,

    async suspendTenant(id, isSuspended) {
      if (!(await rows.tenant(id))) throw new DomainError('NOT_FOUND', `There is no tenant '${id}'.`);
      await rows.setSuspended(id, isSuspended ? Date.now() : null);
      tenants.forget(id);
    },

    createKey: (key) => addKey(rows, key),

    findKey: (secret) => keys.get(hashOf(secret)),
    keyById: keysById.get,

    async keys(tenantId) {
      if (!(await rows.tenant(tenantId)))
        throw new DomainError('NOT_FOUND', `There is no tenant '${tenantId}'.`);
      return rows.keys(tenantId);
    },

    async revokeKey(keyId) {
      const isEnded = await rows.endKey(keyId, Date.now());
      keys.clear();
      keysById.clear();
      if (!isEnded) throw new DomainError('NOT_FOUND', `There is no key '${keyId}'.`);
    },

    async revokeToken(tokenId, expiresAt) {
      await rows.addRevokedToken(tokenId, expiresAt);
      revoked.clear();
    },

    isTokenRevoked: async (tokenId) => (await revoked.get('')).has(tokenId),
  };
}

/** Makes a key and stores its hash. @returns the key's secret. @throws DomainError `NOT_FOUND` without its tenant */
async function addKey(
  rows: DirectoryRows,
  { tenantId, kind, scopes, name, expiresAt }: Parameters<Directory['createKey']>[0],
): Promise<string> {
  const secret = `${kind === 'write' ? 'jgw' : 'jg'}_${randomBytes(32).toString('base64url')}`;
  const isAdded = await rows.addKey({
    hash: hashOf(secret),
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
}
