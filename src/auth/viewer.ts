import type { Scope } from '../domain/scopes.ts';
import type { Tenant } from '../domain/tenant.ts';
import { DomainError } from '../lib/errors.ts';

/** Who is asking, after authentication: exactly one tenant, and what may be done with its data. */
export type Viewer = {
  readonly tenant: Tenant;
  readonly tenantName: string;
  readonly scopes: ReadonlySet<Scope>;
  /** `sub` of the token or the id of the key; safe to log. */
  readonly subject: string;
  /** Whether the credential is a public write key, or a token of one: whoever reads a web page has it. */
  readonly isPublic: boolean;
};

/**
 * Whether the viewer may do what `scope` allows. `admin` includes every scope but `leads:pii`: whoever looks after an
 * installation need not read what it knows of people.
 */
export const hasScope = (viewer: Viewer | null, scope: Scope): boolean =>
  viewer !== null && (viewer.scopes.has(scope) || (scope !== 'leads:pii' && viewer.scopes.has('admin')));

/** What a caller without a credential is told. */
export const noCredential = (): DomainError =>
  new DomainError(
    'UNAUTHENTICATED',
    "No credential was sent. Send 'Authorization: Bearer <token>'; 'npm run token -- --tenant <tenant>' makes one.",
  );

/** The viewer of a context. @throws DomainError `UNAUTHENTICATED` when there is none. */
export function requireViewer(context: { readonly viewer: Viewer | null }): Viewer {
  if (context.viewer) return context.viewer;
  throw noCredential();
}
