import DataLoader from 'dataloader';
import type { ActivityReads, TimelinePage, TimelineRequest } from '../datasources/activity-store/port.ts';
import type { Activity, Campaign } from '../domain/activity.ts';
import type { ActivityId } from '../domain/ids.ts';
import type { Lead, LeadKey } from '../domain/lead.ts';
import type { Tenant } from '../domain/tenant.ts';

/** Batches the look-ups of one request, each key once until it writes; of one tenant only. */
export type Loaders = {
  readonly activities: DataLoader<ActivityId, Activity | null>;
  readonly leads: DataLoader<LeadKey, Lead | null>;
  readonly campaigns: DataLoader<string, Campaign | null>;
  readonly timelines: DataLoader<TimelineRequest, TimelinePage, string>;
  /** Lets go of all that was looked up: the request has written since. */
  clear(): void;
};

/** The most keys of one call to a store. */
const MAX_KEYS = 1_000;
/** Each timeline is a scan of its own, so fewer make a call. */
const MAX_TIMELINES = 100;

/**
 * @param tenant gives the tenant when the first look-up is made, and throws for a caller without one
 */
export function createLoaders(store: ActivityReads, tenant: () => Tenant, signal: AbortSignal): Loaders {
  const loader = <K, V, C = K>(
    load: (tenant: Tenant, keys: readonly K[]) => Promise<readonly V[]>,
    options: DataLoader.Options<K, V, C>,
  ) => new DataLoader<K, V, C>(async (keys) => [...(await load(tenant(), keys))], options);
  const loaders: Omit<Loaders, 'clear'> = {
    activities: loader((of, ids) => store.activities(of, ids, signal), { maxBatchSize: MAX_KEYS }),
    leads: loader((of, keys) => store.leads(of, keys, signal), { maxBatchSize: MAX_KEYS }),
    campaigns: loader((of, ids) => store.campaigns(of, ids, signal), { maxBatchSize: MAX_KEYS }),
    timelines: loader<TimelineRequest, TimelinePage, string>(
      (of, requests) => store.timelines(of, requests, signal),
      {
        maxBatchSize: MAX_TIMELINES,
        // Always made with its properties in the same order.
        cacheKeyFn: (request) => JSON.stringify(request),
      },
    ),
  };
  return {
    ...loaders,
    clear() {
      for (const one of Object.values(loaders)) one.clearAll();
    },
  };
}
