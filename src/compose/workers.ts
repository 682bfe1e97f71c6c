import type { KafkaConfig } from '../datasources/activity-log/kafka/config.ts';
import type { ActivityLog, ErasedLeads } from '../datasources/activity-log/port.ts';
import { activityFacts } from '../datasources/activity-metrics/facts.ts';
import type { Solr } from '../datasources/activity-search/solr/cluster/connection.ts';
import { createSolrIndex } from '../datasources/activity-search/solr/index/index.ts';
import { runRetention } from '../datasources/activity-search/solr/index/retention.ts';
import type { ActivityReads, ActivityRows } from '../datasources/activity-store/port.ts';
import type { CampaignRuns } from '../datasources/campaign-runs/port.ts';
import type { Claims } from '../datasources/claims/port.ts';
import type { FailedActivities } from '../datasources/failed-activities/port.ts';
import type { SmartCampaigns } from '../datasources/smart-campaigns/port.ts';
import type { Activity } from '../domain/activity.ts';
import type { Tenant, TenantOf } from '../domain/tenant.ts';
import { allFollowers } from '../followers/all.ts';
import type { Follower, RunningFollower } from '../followers/kafka-group/follower.ts';
import { runFollower } from '../followers/kafka-group/run-follower.ts';
import type { ActivityTypes } from '../ingest/door/activity-types.ts';
import type { FollowerLag } from './backend.ts';
import { keepTrying } from './keep-trying.ts';

export type WorkersOptions = {
  readonly kafka: KafkaConfig;
  readonly log: ActivityLog;
  readonly store: ActivityReads & ActivityRows;
  readonly claims: Claims;
  readonly erased: ErasedLeads;
  readonly failures: Pick<FailedActivities, 'put'>;
  readonly campaigns: Pick<SmartCampaigns, 'get'>;
  readonly runs: Pick<CampaignRuns, 'add'>;
  readonly types: ActivityTypes;
  readonly tenantOf: TenantOf;
  readonly solr: Solr;
  /** Resolves when the collections are there. */
  readonly solrReady: Promise<void>;
  /** How long activities are kept; for ever where it is undefined. */
  readonly retentionSeconds: number | undefined;
  onError(worker: string, error: unknown): void;
};

export type Workers = {
  followers(): readonly FollowerLag[];
  /** Each finishes batches in flight, commits them and leaves its group. */
  close(): Promise<void>;
};

const STORE_TIMEOUT_MS = 30_000;

/** Runs all followers of the log in this process. Each starts when it can. */
export function startWorkers(options: WorkersOptions): Workers {
  const { kafka, types, retentionSeconds } = options;
  const closed = new AbortController();
  const running = new Map<string, RunningFollower>();
  const onErrorOf = (name: string) => (error: unknown) => options.onError(name, error);

  const start = async (follower: Follower): Promise<void> => {
    const onError = onErrorOf(follower.name);
    await keepTrying(
      async () => {
        await follower.ready;
        const started = await runFollower(follower, { kafka, onError });
        if (closed.signal.aborted) await started.close();
        else running.set(follower.name, started);
      },
      closed.signal,
      onError,
    ).catch(() => {});
  };

  const index = createSolrIndex(options.solr);
  const expiring =
    retentionSeconds === undefined
      ? undefined
      : options.solrReady.then(
          () =>
            runRetention({ index, retentionMs: retentionSeconds * 1_000, onError: onErrorOf('retention') }),
          () => undefined,
        );
  const starts = allFollowers({
    ...options,
    index,
    indexReady: options.solrReady,
    facts: factsBy(types),
    storeTimeoutMs: STORE_TIMEOUT_MS,
  }).map(start);

  return {
    followers: () => [...running].map(([name, { lag }]) => ({ name, lag })),
    async close() {
      closed.abort();
      await Promise.allSettled(starts);
      await Promise.all([
        ...[...running.values()].map((follower) => follower.close()),
        (await expiring)?.close(),
      ]);
    },
  };
}

/** Rows of activities for Druid, by the definitions of their types. */
const factsBy =
  (types: ActivityTypes) => async (tenant: Tenant, activities: readonly Activity[], signal: AbortSignal) => {
    const typeOf = await types.find(tenant, new Set(activities.map(({ type }) => type)), signal);
    return activities.map((activity) => activityFacts(tenant.id, activity, typeOf.get(activity.type)));
  };
