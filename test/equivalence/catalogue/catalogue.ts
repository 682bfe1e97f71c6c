import { campaignEntries } from './campaigns.ts';
import { type Entry, namesOf } from './entry.ts';
import { metricsEntries } from './metrics.ts';
import { peopleEntries } from './people.ts';
import { searchEntries } from './searches.ts';
import { storeEntries } from './store.ts';
import { timelineEntries } from './timelines.ts';

/** Every question that is asked of each profile, about a history that ends at `endsAt` (epoch milliseconds). */
export function catalogue(endsAt: number): readonly Entry[] {
  const names = namesOf(endsAt);
  return [
    storeEntries,
    timelineEntries,
    campaignEntries,
    metricsEntries,
    searchEntries,
    peopleEntries,
  ].flatMap((entries) => entries(names));
}
