import type { IdSpace } from '../../src/domain/tenant.ts';

/** The id space of a tenant in an installation without a secret: its own id. */
export const unkeyed = (tenantId: string): IdSpace => tenantId as IdSpace;
