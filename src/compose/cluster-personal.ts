import type { KafkaConfig } from '../datasources/activity-log/kafka/config.ts';
import { goneAfterMs } from '../datasources/activity-log/kafka/topics.ts';
import type { ActivityLog, ErasedLeads } from '../datasources/activity-log/port.ts';
import type { SearchIndex } from '../datasources/activity-search/solr/index/index.ts';
import type { ActivityReads, ActivityRows } from '../datasources/activity-store/port.ts';
import type { Claims } from '../datasources/claims/port.ts';
import type { PhoenixErasures } from '../datasources/erasures/phoenix/adapter.ts';
import type { PersonalStore } from '../datasources/erasures/stores.ts';
import type { FailedActivities, PersonalFailures } from '../datasources/failed-activities/port.ts';
import type { PersonalData } from '../datasources/personal-data.ts';
import type { Erasure } from '../domain/erasure.ts';
import type { Tenant } from '../domain/tenant.ts';
import { eraseBehind } from '../followers/erase-behind.ts';
import { indexAgain } from '../followers/index-again.ts';
import { openPassage, type Passage } from '../followers/passage.ts';
import { REPEATS } from '../followers/repeats.ts';
import { SEARCH, type SearchIndexerOptions } from '../followers/search-indexer.ts';
import { SETTLE } from '../followers/settle.ts';
import type { Personal } from '../services/privacy/personal.ts';

export type ClusterPersonalParts = {
  readonly kafka: KafkaConfig;
  readonly log: ActivityLog;
  readonly store: ActivityReads & ActivityRows & PersonalData;
  readonly claims: Claims;
  readonly erased: ErasedLeads;
  readonly erasures: PhoenixErasures;
  readonly failures: FailedActivities & PersonalFailures;
  readonly figures: PersonalData;
  readonly index: SearchIndex;
  readonly types: SearchIndexerOptions['types'];
  /** How long the topics keep records, and files of HBase deleted rows, in milliseconds. */
  readonly logRetentionMs: number;
  readonly hbaseForgetMs: number;
  /** A write that was asked for so long ago has ended, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Other stores in HBase that have rows of people. */
  readonly others?: readonly { readonly store: PersonalStore; readonly port: PersonalData }[];
};

/** Solr rewrites its files at most so often, in milliseconds. */
const REWRITE_EVERY_MS = 3_600_000;
/** No write of the store takes longer, whatever a request may. */
const WRITE_MS = 30_000;
const STORE_TIMEOUT_MS = 30_000;
/** No worker goes on longer with a run, without a look whether the person is still there. */
const RUN_MS = 60_000;

/** Erasure and export where every store is an engine of its own. The log forgets by its retention. */
export function openClusterPersonal(parts: ClusterPersonalParts): Personal & { close(): Promise<void> } {
  const { failures, store, figures, others = [] } = parts;
  const passages = {
    settle: openPassage(parts.kafka, SETTLE),
    repeats: openPassage(parts.kafka, REPEATS),
    search: openPassage(parts.kafka, SEARCH),
  };
  const exported = (name: PersonalStore, port: Pick<PersonalData, 'export'>) => ({
    store: name,
    export: ((tenant, { leads }, after, signal) =>
      port.export(tenant, leads, after, signal)) satisfies PersonalFailures['export'],
  });
  return {
    failures,
    writer: erasingWriter(parts),
    ports: {
      erasures: parts.erasures,
      forgetting: [
        {
          store: 'FAILED_ACTIVITIES',
          erase: (tenant, { leads }, signal) => failures.erase(tenant, { leads, emails: [] }, signal),
          lagMs: parts.hbaseForgetMs,
        },
        storeStep(parts, passages),
        ...others.map(({ store: name, port }) => ({
          store: name,
          // What a worker began for the person has ended.
          isReady: async (_tenant: Tenant, { at }: Erasure) => Date.now() >= at + RUN_MS,
          erase: port.erase,
          lagMs: parts.hbaseForgetMs,
        })),
        searchStep(parts, passages.search),
        { store: 'FIGURES', erase: figures.erase, lagMs: 0 },
        // Nobody writes a record of the person any more.
        { store: 'ACTIVITY_LOG', erase: async () => {}, lagMs: goneAfterMs(parts.logRetentionMs) },
        { store: 'FILES', sweep: parts.index.expunge, everyMs: REWRITE_EVERY_MS, lagMs: 0 },
      ],
      exporting: [
        exported('ACTIVITY_STORE', store),
        exported('FIGURES', figures),
        ...others.map(({ store: name, port }) => exported(name, port)),
        { store: 'FAILED_ACTIVITIES', export: failures.export },
      ],
    },
    async close() {
      await Promise.allSettled(Object.values(passages).map((passage) => passage.close()));
    },
  };
}

type Step = Personal['ports']['forgetting'][number];

/** Notes where the log stands, which is behind everything accepted, and removes the rows of the person. */
const erasingWriter = ({ log, erasures, store }: ClusterPersonalParts): Personal['writer'] => ({
  async erase(tenant, erasure, signal) {
    const partitions = await log.partitions(signal);
    const lines = new Map(partitions.map(({ partition, next }) => [partition, next]));
    await erasures.begin(tenant, erasure, lines, signal);
    await store.erase(tenant, erasure, signal);
  },
});

/** Rows are removed once more when nothing from before the erasure is under way. */
function storeStep(
  parts: ClusterPersonalParts,
  { settle, repeats }: Record<'settle' | 'repeats', Passage>,
): Step {
  const { erased, requestTimeoutMs } = parts;
  return {
    store: 'ACTIVITY_STORE',
    async isReady(tenant, { id, leads, at }, signal) {
      if (Date.now() < at + Math.max(WRITE_MS, requestTimeoutMs)) return false;
      for (const lines of new Set((await erased.linesOf(tenant, leads, signal)).values()))
        if (!(await settle.hasPassed(lines, signal))) return false;
      return repeats.hasCaughtUp(id, signal);
    },
    erase: (tenant, erasure, signal) =>
      eraseBehind({ ...parts, storeTimeoutMs: STORE_TIMEOUT_MS }, tenant, erasure, signal),
    lagMs: parts.hbaseForgetMs,
  };
}

/** Documents of the person go, and those of the new person of the same identities come again from the store. */
const searchStep = ({ index, store, types, erased }: ClusterPersonalParts, search: Passage): Step => ({
  store: 'SEARCH',
  isReady: (_tenant, { id }, signal) => search.hasCaughtUp(id, signal),
  async erase(tenant, { leads }, signal) {
    await index.erase(tenant, leads, signal);
    await indexAgain({ index, store, types, erased }, tenant, leads, signal);
  },
  lagMs: 0,
});
