import { DomainError } from './errors.ts';

declare const verifiedTenant: unique symbol;

/**
 * A tenant whose right to be served has been verified. Every port call takes one as its first argument.
 * It can't be written down as a literal: only `verifyTenant` makes one, and a structure test allows that
 * function to `src/auth` (credentials), the log's consumers (the record names its tenant) and the
 * operator's command line, which has the data directory in its hands anyway.
 */
export type Tenant = { readonly id: string; readonly [verifiedTenant]: true };

const PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const verified = new WeakSet<object>();
const byId = new Map<string, Tenant>();

/** Whether `id` has the form of a tenant id: 1 to 63 of `a-z`, `0-9` and inner hyphens, like a DNS label. */
export const isTenantId = (id: string): boolean => PATTERN.test(id);

/** Makes the tenant of a verified credential. @throws DomainError `UNAUTHENTICATED` for a malformed id. */
export function verifyTenant(id: string): Tenant {
  const known = byId.get(id);
  if (known) return known;
  if (!isTenantId(id)) throw new DomainError('UNAUTHENTICATED', 'The credential names no valid tenant.');
  const tenant = Object.freeze({ id }) as Tenant;
  verified.add(tenant);
  byId.set(id, tenant);
  return tenant;
}

/**
 * The second wall, at run time: adapters call this first, so that an object that only looks like a
 * tenant (parsed from a request, cast by mistake) reaches no store.
 */
export function assertTenant(tenant: Tenant): void {
  if (!verified.has(tenant)) throw new DomainError('FORBIDDEN', 'This call carries no verified tenant.');
}
