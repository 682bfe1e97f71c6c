import DataLoader from 'dataloader';
import type { Viewer } from '../auth/viewer.ts';
import type { ActivityId } from '../domain/ids.ts';
import type { Lead, LeadKey } from '../domain/lead.ts';
import type { ShownActivity } from '../services/activities/shown-activity.ts';
import type { Timeline, TimelineQuestion } from '../services/activities/timeline.ts';
import type { ShownCampaign } from '../services/campaigns.ts';
import type { Services } from './context.ts';

/** Batches the look-ups of one request, each key once until it writes; of one viewer only. */
export type Loaders = {
  readonly activities: DataLoader<ActivityId, ShownActivity | null>;
  readonly leads: DataLoader<LeadKey, Lead | null>;
  readonly campaigns: DataLoader<string, ShownCampaign | null>;
  readonly timelines: DataLoader<TimelineQuestion, Timeline, string>;
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
  { activities, people, campaigns }: Pick<Services, 'activities' | 'people' | 'campaigns'>,
  viewer: () => Viewer,
  signal: AbortSignal,
): Loaders {
  const loader = <K, V, C = K>(
    load: (viewer: Viewer, keys: readonly K[]) => Promise<readonly (V | Error)[]>,
    options: DataLoader.Options<K, V, C>,
  ) => new DataLoader<K, V, C>(async (keys) => [...(await load(viewer(), keys))], options);
  const loaders: Omit<Loaders, 'clear'> = {
    activities: loader((of, ids) => activities.byIds(of, ids, signal), {
      maxBatchSize: MAX_KEYS,
    }),
    leads: loader((of, keys) => people.byKeys(of, keys, signal), { maxBatchSize: MAX_KEYS }),
    campaigns: loader((of, ids) => campaigns.byIds(of, ids, signal), { maxBatchSize: MAX_KEYS }),
    timelines: loader<TimelineQuestion, Timeline, string>(
      (of, questions) => activities.timelines(of, questions, signal),
      {
        maxBatchSize: MAX_TIMELINES,
        // Always made with its properties in the same order.
        cacheKeyFn: (question) => JSON.stringify(question),
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
