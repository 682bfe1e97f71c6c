import { createHmac } from 'node:crypto';
import { DomainError } from '../lib/errors.ts';

declare const verifiedTenant: unique symbol;
declare const spaceOfTenant: unique symbol;

/** The secret from which ids are derived. A type of its own, so that a tenant's id can't replace it. */
export type IdSpace = string & { readonly [spaceOfTenant]: true };

/**
 * A tenant whose right to be served has been verified. Every port call takes one as its first argument. It can't be
 * written as a literal: only a `TenantOf` creates one. A structure test allows that to `src/auth`, to the log's
 * consumers, whose records name a tenant, and to the operator's commands.
 */
export type Tenant = {
  readonly id: string;
  /**
   * The secret from which ids of the tenant's leads and activities are derived. In an installation with a secret nobody
   * can guess it. Not enumerable, so that no log shows it.
   */
  readonly idSpace: IdSpace;
  readonly [verifiedTenant]: true;
};

/** Makes the tenant of a verified credential or record. @throws DomainError `UNAUTHENTICATED` for a malformed id */
export type TenantOf = (id: string) => Tenant;

const PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const verified = new WeakSet<object>();

/** Whether `id` has the form of a tenant id: 1 to 63 of `a-z`, `0-9` and inner hyphens, like a DNS label. */
export const isTenantId = (id: string): boolean => PATTERN.test(id);

/**
 * Makes the tenants of one installation; each is one object.
 * @param secret of the installation, from which ids are derived; null for one from before there were secrets
 */
export function createTenants(secret: string | null): TenantOf {
  const byId = new Map<string, Tenant>();
  return (id) => {
    const known = byId.get(id);
    if (known) return known;
    if (!isTenantId(id)) throw new DomainError('UNAUTHENTICATED', 'The credential names no valid tenant.');
    const idSpace = secret === null ? id : createHmac('sha256', secret).update(id).digest('base64url');
    const tenant = Object.freeze(Object.defineProperty({ id }, 'idSpace', { value: idSpace })) as Tenant;
    verified.add(tenant);
    byId.set(id, tenant);
    return tenant;
  };
}

/** Tenants of an installation without a secret. */
export const verifyTenant: TenantOf = createTenants(null);

/**
 * The second wall, at run time: adapters call this first. So an object that only looks like a tenant (parsed from a
 * request, cast by mistake) reaches no store.
 */
export function assertTenant(tenant: Tenant): void {
  if (!verified.has(tenant)) throw new DomainError('FORBIDDEN', 'This call carries no verified tenant.');
}
