import type { ActivityReads } from '../datasources/activity-store/port.ts';
import { lastKnown } from '../datasources/last-known.ts';
import { type ActivityTypeDefinition, STANDARD_TYPES, standardType } from '../domain/activity-types.ts';
import type { Tenant } from '../domain/tenant.ts';

/** The activity types of a tenant: the standard ones and its own. */
export interface ActivityTypes {
  /** All, by number. */
  list(tenant: Tenant, signal: AbortSignal): Promise<readonly ActivityTypeDefinition[]>;
  /** By name; undefined when there is none. */
  get(tenant: Tenant, name: string, signal: AbortSignal): Promise<ActivityTypeDefinition | undefined>;
  define(
    tenant: Tenant,
    type: Omit<ActivityTypeDefinition, 'number' | 'standard'>,
    signal: AbortSignal,
  ): Promise<ActivityTypeDefinition>;
}

/** How long another process's new types may go unseen, in milliseconds. */
const TTL_MS = 5_000;

/**
 * Types behind a short cache per tenant: every activity asks for one. An unknown name asks the store again.
 * @param define the durable way to declare one (the writer's: in log and store)
 */
export function createActivityTypes(
  store: Pick<ActivityReads, 'customTypes'>,
  define: ActivityTypes['define'],
): ActivityTypes {
  const own = lastKnown({
    max: 10_000,
    ttlMs: TTL_MS,
    async load(tenant: Tenant): Promise<ReadonlyMap<string, ActivityTypeDefinition>> {
      const types = await store.customTypes(tenant, new AbortController().signal);
      return new Map(types.map((type) => [type.name, type]));
    },
  });

  return {
    async list(tenant) {
      return [...STANDARD_TYPES, ...(await own.get(tenant)).values()];
    },
    async get(tenant, name) {
      const known = standardType(name) ?? (await own.get(tenant)).get(name);
      // Declared by another process just now? Only the store can tell; while it can't, the name is not unknown.
      return known ?? (await own.renew(tenant)).get(name);
    },
    async define(tenant, type, signal) {
      const defined = await define(tenant, type, signal);
      own.forget(tenant);
      return defined;
    },
  };
}
