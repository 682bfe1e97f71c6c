import type { Viewer } from '../auth/viewer.ts';
import type { ActivityTypes } from '../ingest/door/activity-types.ts';
import type { Collector } from '../ingest/door/collector.ts';
import type { Feed } from '../services/activities/feed.ts';
import type { Activities } from '../services/activities/service.ts';
import type { Campaigns } from '../services/campaigns.ts';
import type { Failures } from '../services/failures.ts';
import type { Figures } from '../services/figures/service.ts';
import type { People } from '../services/people.ts';
import type { Privacy } from '../services/privacy/service.ts';
import type { Search } from '../services/search/service.ts';
import type { Automation } from '../services/smart-campaigns/automation.ts';
import type { Loaders } from './loaders.ts';
import type { Entity } from './subgraph.ts';

/** The services that resolvers call; created once at start. */
export type Services = {
  readonly people: People;
  readonly activities: Activities;
  readonly feed: Feed;
  readonly search: Search;
  readonly campaigns: Campaigns;
  readonly figures: Figures;
  readonly collector: Collector;
  readonly types: ActivityTypes;
  readonly failures: Failures;
  readonly privacy: Privacy;
  readonly automation: Automation;
  /** The entities of all subgraphs. */
  readonly entities: readonly Entity[];
};

/** The context of every resolver: made once for each request, after authentication. */
export type RequestContext = {
  readonly requestId: string;
  /** Null for a caller without a valid credential; shield then denies all but introspection. */
  readonly viewer: Viewer | null;
  /** Aborted when the caller goes away or the time is up; every port call passes it on. */
  readonly signal: AbortSignal;
  /** The header as it came, passed on to remote subgraphs only. */
  readonly authorization: string | undefined;
  /** Whether the request shows the secret that routers and subgraphs of this installation share. */
  readonly fromRouter?: boolean;
  /** Counts the JSON of the answer, and ends it when it is too much. */
  readonly meter?: { add(value: unknown): void };
  readonly loaders: Loaders;
  readonly services: Services;
};
