import type { Scope } from '../domain/scopes.ts';
import type { Tenant } from '../domain/tenant.ts';
import { DomainError } from '../lib/errors.ts';

/** The authenticated caller: exactly one tenant, and the permissions for its data. */
export type Viewer = {
  readonly tenant: Tenant;
  readonly tenantName: string;
  readonly scopes: ReadonlySet<Scope>;
  /** `sub` of the token or the id of the key; safe to log. */
  readonly subject: string;
  /** Whether the credential is a public write key, or a token of such a key. Every reader of a web page has it. */
  readonly isPublic: boolean;
};

/**
 * Whether the viewer has the permissions of `scope`. `admin` includes every scope but `leads:pii`: an operator need not
 * read personal data.
 */
export const hasScope = (viewer: Viewer | null, scope: Scope): boolean =>
  viewer !== null && (viewer.scopes.has(scope) || (scope !== 'leads:pii' && viewer.scopes.has('admin')));

/** The error for a caller without a credential. */
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
