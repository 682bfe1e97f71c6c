import DataLoader from 'dataloader';
import type { Viewer } from '../auth/viewer.ts';
import type { TimelinePage, TimelineRequest } from '../datasources/activity-store/port.ts';
import type { Activity } from '../domain/activity.ts';
import type { ActivityId } from '../domain/ids.ts';
import type { Lead, LeadKey } from '../domain/lead.ts';
import type { ShownCampaign } from '../services/campaigns.ts';
import type { Services } from './context.ts';

/** Batches the look-ups of one request, each key once until it writes; of one viewer only. */
export type Loaders = {
  readonly activities: DataLoader<ActivityId, Activity | null>;
  readonly leads: DataLoader<LeadKey, Lead | null>;
  readonly campaigns: DataLoader<string, ShownCampaign | null>;
  readonly timelines: DataLoader<TimelineRequest, TimelinePage, string>;
  /** Lets go of all that was looked up: the request has written since. */
  clear(): void;
};

/** The most keys of one call to a store. */
const MAX_KEYS = 1_000;
/** Each timeline is a scan of its own, so fewer make a call. */
const MAX_TIMELINES = 100;

/**
 * @param viewer gives the viewer when the first look-up is made, and throws for a caller without a credential
 */
export function createLoaders(
  { store, campaigns }: Pick<Services, 'store' | 'campaigns'>,
  viewer: () => Viewer,
  signal: AbortSignal,
): Loaders {
  const loader = <K, V, C = K>(
    load: (viewer: Viewer, keys: readonly K[]) => Promise<readonly V[]>,
    options: DataLoader.Options<K, V, C>,
  ) => new DataLoader<K, V, C>(async (keys) => [...(await load(viewer(), keys))], options);
  const loaders: Omit<Loaders, 'clear'> = {
    activities: loader(({ tenant }, ids) => store.activities(tenant, ids, signal), {
      maxBatchSize: MAX_KEYS,
    }),
    leads: loader(({ tenant }, keys) => store.leads(tenant, keys, signal), { maxBatchSize: MAX_KEYS }),
    campaigns: loader((of, ids) => campaigns.byIds(of, ids, signal), { maxBatchSize: MAX_KEYS }),
    timelines: loader<TimelineRequest, TimelinePage, string>(
      ({ tenant }, requests) => store.timelines(tenant, requests, signal),
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
