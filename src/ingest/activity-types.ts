import { LRUCache } from 'lru-cache';
import type { ActivityReads } from '../datasources/activity-store/port.ts';
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
  const cache = new LRUCache<string, ReadonlyMap<string, ActivityTypeDefinition>>({
    max: 10_000,
    ttl: TTL_MS,
  });

  const load = async (tenant: Tenant, signal: AbortSignal) => {
    const own = await store.customTypes(tenant, signal);
    const types = new Map(own.map((type) => [type.name, type]));
    cache.set(tenant.id, types);
    return types;
  };

  return {
    async list(tenant, signal) {
      const own = await load(tenant, signal);
      return [...STANDARD_TYPES, ...own.values()];
    },
    async get(tenant, name, signal) {
      const known = standardType(name) ?? cache.get(tenant.id)?.get(name);
      return known ?? (await load(tenant, signal)).get(name);
    },
    async define(tenant, type, signal) {
      const defined = await define(tenant, type, signal);
      cache.delete(tenant.id);
      return defined;
    },
  };
}
