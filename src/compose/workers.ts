import { type KafkaConfig, uniqueTopic } from '../datasources/activity-log/kafka/config.ts';
import type { ActivityLog } from '../datasources/activity-log/port.ts';
import { activityFacts } from '../datasources/activity-metrics/facts.ts';
import type { Solr } from '../datasources/activity-search/solr/cluster/connection.ts';
import { createSolrIndex } from '../datasources/activity-search/solr/index/index.ts';
import { runRetention } from '../datasources/activity-search/solr/index/retention.ts';
import type { ActivityReads, ActivityRows } from '../datasources/activity-store/port.ts';
import type { Claims } from '../datasources/claims/port.ts';
import type { FailedActivities } from '../datasources/failed-activities/port.ts';
import type { Activity } from '../domain/activity.ts';
import type { Tenant, TenantOf } from '../domain/tenant.ts';
import type { RunningConsumer } from '../followers/kafka-group/consumer.ts';
import { runConsumer } from '../followers/kafka-group/consumer.ts';
import { runRepeats } from '../followers/repeats.ts';
import { createSearchIndexer } from '../followers/search-indexer.ts';
import { runSettle } from '../followers/settle.ts';
import type { ActivityTypes } from '../ingest/door/activity-types.ts';
import type { Follower } from './backend.ts';
import { keepTrying } from './keep-trying.ts';

export type WorkersOptions = {
  readonly kafka: KafkaConfig;
  readonly log: ActivityLog;
  readonly store: ActivityReads & ActivityRows;
  readonly claims: Claims;
  readonly failures: Pick<FailedActivities, 'put'>;
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
  followers(): readonly Follower[];
  /** Each finishes what is under way, commits it and leaves its group. */
  close(): Promise<void>;
};

const STORE_TIMEOUT_MS = 30_000;
const INDEX_BATCH = 2_000;

/** What follows the log: settling, repeats, and the search index (Druid reads by itself). Each starts when it can. */
export function startWorkers(options: WorkersOptions): Workers {
  const { kafka, log, store, claims, failures, types, tenantOf, solr, retentionSeconds } = options;
  const closed = new AbortController();
  const running = new Map<string, RunningConsumer>();

  const start = async (name: string, run: () => Promise<RunningConsumer>): Promise<void> => {
    await keepTrying(
      async () => {
        const consumer = await run();
        if (closed.signal.aborted) await consumer.close();
        else running.set(name, consumer);
      },
      closed.signal,
      (error) => options.onError(name, error),
    ).catch(() => {});
  };
  const onErrorOf = (name: string) => (error: unknown) => options.onError(name, error);

  const facts = async (tenant: Tenant, activities: readonly Activity[], signal: AbortSignal) => {
    const typeOf = await types.find(tenant, new Set(activities.map(({ type }) => type)), signal);
    return activities.map((activity) => activityFacts(tenant.id, activity, typeOf.get(activity.type)));
  };

  const index = createSolrIndex(solr);
  const expiring =
    retentionSeconds === undefined
      ? undefined
      : options.solrReady.then(
          () =>
            runRetention({ index, retentionMs: retentionSeconds * 1_000, onError: onErrorOf('retention') }),
          () => undefined,
        );

  const starts = [
    start('settle', () =>
      runSettle({
        kafka,
        store,
        claims,
        failures,
        facts,
        tenantOf,
        storeTimeoutMs: STORE_TIMEOUT_MS,
        onError: onErrorOf('settle'),
      }),
    ),
    start('repeats', () => runRepeats({ kafka, log, store, tenantOf, onError: onErrorOf('repeats') })),
    start('search', async () => {
      await options.solrReady;
      const indexer = createSearchIndexer({ index, store, types, tenantOf });
      return runConsumer({
        kafka,
        group: `${kafka.prefix}search`,
        topic: uniqueTopic(kafka),
        maxBatch: INDEX_BATCH,
        handle: indexer.handle,
        onError: onErrorOf('search'),
      });
    }),
  ];

  return {
    followers: () => [...running].map(([name, { lag }]) => ({ name, lag })),
    async close() {
      closed.abort();
      await Promise.allSettled(starts);
      await Promise.all([
        ...[...running.values()].map((consumer) => consumer.close()),
        (await expiring)?.close(),
      ]);
    },
  };
}
