import type { Scope } from '../../domain/scopes.ts';

export type ApiKey = {
  readonly keyId: string;
  readonly tenantId: string;
  /** `write`: a public key, shown to every reader of a web page. `api`: a secret key. */
  readonly kind: 'api' | 'write';
  readonly scopes: readonly Scope[];
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
};

/** A key as a list shows it. */
export type ListedKey = ApiKey & { readonly name: string };

/** A customer of this installation. */
export type TenantEntry = {
  readonly id: string;
  readonly name: string;
  /** Made by the demo, so that its tokens may be printed. */
  readonly isDemo: boolean;
  /** Since when it is suspended, epoch milliseconds; null: it is served. */
  readonly suspendedAt: number | null;
};

/** Of a key, all that is stored. */
type StoredKey = ListedKey & { readonly hash: string };

/** The store of a directory; every answer is current. */
export type DirectoryRows = {
  /** Adds a tenant unless there is one of that id. */
  addTenant(tenant: TenantEntry): Promise<void>;
  tenant(id: string): Promise<TenantEntry | undefined>;
  tenants(): Promise<readonly TenantEntry[]>;
  /** Of a tenant that is there. */
  setSuspended(id: string, at: number | null): Promise<void>;
  /** @returns false, and adds nothing, when there is no such tenant */
  addKey(key: StoredKey): Promise<boolean>;
  keyByHash(hash: string): Promise<ApiKey | undefined>;
  keyById(keyId: string): Promise<ApiKey | undefined>;
  keys(tenantId: string): Promise<readonly ListedKey[]>;
  /** Ends a key at `at`, unless it has ended before. @returns false when there is none of that id */
  endKey(keyId: string, at: number): Promise<boolean>;
  addRevokedToken(tokenId: string, expiresAt: number): Promise<void>;
  /** Ids of tokens that were revoked and would not have ended before `now`. */
  revokedTokens(now: number): Promise<readonly string[]>;
};

/** The id of a key is the beginning of its hash. */
export const KEY_ID_LENGTH = 12;
