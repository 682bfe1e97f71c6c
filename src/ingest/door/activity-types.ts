import { LRUCache } from 'lru-cache';
import type { ActivityReads } from '../../datasources/activity-store/port.ts';
import { type ActivityTypeDefinition, STANDARD_TYPES, standardType } from '../../domain/activity-types.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { abortable } from '../../lib/abort.ts';
import { lastKnown } from '../../lib/last-known.ts';
import { checkDefinition } from './type-definition.ts';

/** The activity types of a tenant: standard types and its own types. A call ends when its signal is aborted. */
export interface ActivityTypes {
  /** All, by number. */
  list(tenant: Tenant, signal: AbortSignal): Promise<readonly ActivityTypeDefinition[]>;
  /** Those of these names that there are, by name. However many names, the store is asked once at most. */
  find(
    tenant: Tenant,
    names: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ActivityTypeDefinition>>;
  /** By name; undefined when there is none. */
  get(tenant: Tenant, name: string, signal: AbortSignal): Promise<ActivityTypeDefinition | undefined>;
  /** @throws DomainError `BAD_USER_INPUT` at the field of `type` that no tenant may declare, or that is taken */
  define(
    tenant: Tenant,
    type: Omit<ActivityTypeDefinition, 'number' | 'standard'>,
    signal: AbortSignal,
  ): Promise<ActivityTypeDefinition>;
}

/** How long another process's new types may go unseen, in milliseconds. */
const TTL_MS = 5_000;
/** How long one reading of the store may take, in milliseconds; all who wait for it share it. */
const LOAD_TIMEOUT_MS = 30_000;
/** For so long a name that the store did not have is not asked for again, in milliseconds. */
const UNKNOWN_MS = 1_000;
const MAX_UNKNOWN = 20_000;

/**
 * Types behind a short cache per tenant: every activity asks for one. An unknown name asks the store again, because
 * another process may have declared it just now.
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
      const types = await store.customTypes(tenant, AbortSignal.timeout(LOAD_TIMEOUT_MS));
      return new Map(types.map((type) => [type.name, type]));
    },
  });
  const unknown = new LRUCache<string, true>({ max: MAX_UNKNOWN, ttl: UNKNOWN_MS });
  const unknownKey = (tenant: Tenant, name: string): string => `${tenant.id}\0${name}`;

  const find: ActivityTypes['find'] = async (tenant, names, signal) => {
    const found = new Map<string, ActivityTypeDefinition>();
    let missing: string[] = [];
    const look = (among: readonly string[], types?: ReadonlyMap<string, ActivityTypeDefinition>) => {
      missing = among.filter((name) => {
        const type = types ? types.get(name) : standardType(name);
        if (type) found.set(name, type);
        return !type;
      });
    };
    look([...names]);
    if (missing.length === 0) return found;
    look(missing, await abortable(own.get(tenant), signal));
    if (missing.every((name) => unknown.has(unknownKey(tenant, name)))) return found;
    look(missing, await abortable(own.renew(tenant), signal));
    for (const name of missing) unknown.set(unknownKey(tenant, name), true);
    return found;
  };

  return {
    find,
    async list(tenant, signal) {
      return [...STANDARD_TYPES, ...(await abortable(own.get(tenant), signal)).values()];
    },
    async get(tenant, name, signal) {
      return (await find(tenant, new Set([name]), signal)).get(name);
    },
    async define(tenant, type, signal) {
      checkDefinition(type);
      const defined = await define(tenant, type, signal);
      own.forget(tenant);
      unknown.delete(unknownKey(tenant, type.name));
      return defined;
    },
  };
}
