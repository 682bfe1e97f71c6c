import type { Viewer } from '../../src/auth/viewer.ts';
import type { Scope } from '../../src/domain/scopes.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';

/** A viewer of a tenant with these scopes. */
export const viewerOf = (tenantId: string, ...scopes: Scope[]): Viewer => ({
  tenant: verifyTenant(tenantId),
  tenantName: tenantId,
  scopes: new Set(scopes),
  subject: 'test',
  isPublic: false,
});
