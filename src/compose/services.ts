import type { SendLimit } from '../datasources/campaign-runs/port.ts';
import { subgraphs } from '../resolvers/all.ts';
import type { Services } from '../resolvers/context.ts';
import { createFeed, type FeedOptions } from '../services/activities/feed.ts';
import { createActivities } from '../services/activities/service.ts';
import { createCampaigns } from '../services/campaigns.ts';
import { createFailures } from '../services/failures.ts';
import type { Exchange } from '../services/figures/exchange.ts';
import { createFigures } from '../services/figures/service.ts';
import { createRequireAttributes } from '../services/known-attributes.ts';
import { createPeople } from '../services/people.ts';
import { createPrivacy } from '../services/privacy/service.ts';
import { createSearch } from '../services/search/service.ts';
import { createAutomation } from '../services/smart-campaigns/automation.ts';
import type { Backend } from './backend.ts';
import type { Door } from './door.ts';

/** The ports and the door that services stand on. */
export type ServiceParts = Pick<
  Backend,
  'store' | 'search' | 'metrics' | 'types' | 'failures' | 'personal' | 'automation' | 'clock'
> &
  Pick<Door, 'collector' | 'replay'> &
  Pick<FeedOptions, 'searchableUntil'> & {
    /** Converts revenue. Without it revenue stays in the currency of each conversion. */
    readonly exchange?: Exchange;
    /** Hosts that webhooks may reach although they are not public. */
    readonly allowedHosts?: ReadonlySet<string>;
    /** Messages that a person may get of campaigns. */
    readonly sendLimits?: readonly SendLimit[];
  };

/** Puts the services on top of a profile's ports. */
export function createServices(parts: ServiceParts): Services {
  const {
    store,
    search,
    metrics,
    types,
    failures,
    personal,
    collector,
    replay,
    exchange,
    searchableUntil,
    automation,
    clock,
    allowedHosts = new Set(),
    sendLimits = [],
  } = parts;
  const requireAttributes = createRequireAttributes(types, search);
  return {
    people: createPeople(store),
    activities: createActivities(store, types),
    feed: createFeed({ store, search, types, searchableUntil }),
    types,
    search: createSearch({ search, types, requireAttributes }),
    campaigns: createCampaigns(store),
    figures: createFigures({ metrics, types, requireAttributes, exchange }),
    collector,
    failures: createFailures(failures, replay),
    privacy: createPrivacy({ store, personal, clock, forgetCaches: () => collector.forgetLinks() }),
    automation: createAutomation({
      ...automation,
      store,
      search,
      types,
      allowedHosts,
      sendLimits,
      now: () => clock.now(),
    }),
    entities: subgraphs.flatMap(({ entities }) => entities),
  };
}
