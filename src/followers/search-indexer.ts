import { uniqueTopic } from '../datasources/activity-log/kafka/config.ts';
import type { ErasedLeads, LoggedRecord } from '../datasources/activity-log/port.ts';
import type { SearchIndex } from '../datasources/activity-search/solr/index/index.ts';
import type { ActivityReads, SettledReads } from '../datasources/activity-store/port.ts';
import type { Activity } from '../domain/activity.ts';
import type { ActivityTypeDefinition } from '../domain/activity-types.ts';
import { type LeadKey, leadKey, type Person } from '../domain/lead.ts';
import type { Tenant, TenantOf } from '../domain/tenant.ts';
import { byTenant } from '../ingest/write/by-tenant.ts';
import { DomainError } from '../lib/errors.ts';
import { goneWithPerson } from './erased.ts';
import type { FollowerIdentity, HandlingFollower } from './kafka-group/follower.ts';

export type SearchIndexer = {
  /**
   * Brings the index to where the store is for everything that the batch touches. Idempotent, and whatever the
   * order: an activity is one document for ever, a person is made from the store as it is now.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`: hand in the same batch again
   */
  handle(batch: readonly LoggedRecord[], signal: AbortSignal): Promise<void>;
  /** Brings the index to where the store is for these identities. @throws as `handle` */
  indexLeads(tenant: Tenant, keys: readonly LeadKey[], signal: AbortSignal): Promise<void>;
  /** Indexes activities that count. @throws as `handle` */
  indexActivities(tenant: Tenant, activities: readonly Activity[], signal: AbortSignal): Promise<void>;
};

export type SearchIndexerOptions = {
  readonly index: SearchIndex;
  readonly store: Pick<ActivityReads, 'persons' | 'activities'>;
  /** People who were erased: of theirs only that is indexed which the store has. Nobody, where it is absent. */
  readonly erased?: ErasedLeads | undefined;
  /** Definitions of the tenants' own types, which mark personal attributes. */
  readonly types: {
    find(
      tenant: Tenant,
      names: ReadonlySet<string>,
      signal: AbortSignal,
    ): Promise<ReadonlyMap<string, ActivityTypeDefinition>>;
  };
  /** Makes the tenants of the installation; of one without a secret unless given. */
  readonly tenantOf?: TenantOf | undefined;
};

/** Keys in one read of the store. */
const KEYS = 1_000;
/** How often a person may change while it is being indexed. */
const ROUNDS = 5;

const MAX_BATCH = 2_000;

/** The follower of the unique log that fills the search index. */
export const SEARCH: FollowerIdentity = { name: 'search', topic: uniqueTopic };

/** @param indexReady resolves when the collections are there */
export const searchIndex = (
  options: SearchIndexerOptions & { readonly indexReady: Promise<void> },
): HandlingFollower => ({
  ...SEARCH,
  maxBatch: MAX_BATCH,
  ready: options.indexReady,
  handle: createSearchIndexer(options).handle,
});

/** Brings a search index to where the store is, batch by batch. */
export function createSearchIndexer(options: SearchIndexerOptions): SearchIndexer {
  const { index, store, types, tenantOf, erased } = options;

  const kept = async (
    tenant: Tenant,
    activities: readonly Activity[],
    signal: AbortSignal,
  ): Promise<readonly Activity[]> => {
    const gone = await goneWithPerson({ store, erased }, tenant, activities, signal);
    return activities.filter(({ id }) => !gone.has(id));
  };

  const indexActivities = async (
    tenant: Tenant,
    activities: readonly Activity[],
    signal: AbortSignal,
  ): Promise<void> => {
    if (activities.length === 0) return;
    const found = await types.find(tenant, new Set(activities.map(({ type }) => type)), signal);
    await index.indexActivities(tenant, activities, (name) => found.get(name), signal);
  };

  const read = async (
    tenant: Tenant,
    keys: readonly LeadKey[],
    signal: AbortSignal,
  ): Promise<(Person | null)[]> => {
    const persons: (Person | null)[] = [];
    for (let at = 0; at < keys.length; at += KEYS)
      persons.push(...(await store.persons(tenant, keys.slice(at, at + KEYS), signal)));
    return persons;
  };

  /**
   * Reads, writes, and reads again. Another consumer may have indexed a newer state of the person in between, which an
   * older state must not replace. The last writer has seen that nothing changed since.
   */
  const indexLeads = async (
    tenant: Tenant,
    touched: readonly LeadKey[],
    signal: AbortSignal,
  ): Promise<void> => {
    let keys = touched;
    let found = await read(tenant, keys, signal);
    for (let round = 1; keys.length > 0; round += 1) {
      if (round > ROUNDS)
        throw new DomainError('BACKEND_UNAVAILABLE', 'People change faster than they can be indexed.');
      const persons = new Map(found.flatMap((person) => (person ? [[person.lead.key, person]] : [])));
      await index.indexLeads(tenant, [...persons.values()], goneOf(keys, found), signal);
      const now = await read(tenant, keys, signal);
      const changed = keys.flatMap((_, at) =>
        JSON.stringify(now[at]) === JSON.stringify(found[at]) ? [] : [at],
      );
      keys = changed.flatMap((at) => keys[at] ?? []);
      found = changed.map((at) => now[at] ?? null);
    }
  };

  return {
    indexLeads,
    indexActivities,
    async handle(batch, signal) {
      for (const { tenant, logged } of byTenant(batch, tenantOf)) {
        const activities: Activity[] = [];
        const touched = new Set<LeadKey>();
        for (const { record } of logged)
          if (record.kind === 'activity') {
            activities.push(record.activity);
            touched.add(record.activity.leadKey);
          } else if (record.kind === 'lead') {
            const { identity, links } = record.update;
            for (const said of [identity, ...links]) touched.add(leadKey(tenant.idSpace, said));
          }
        await Promise.all([
          kept(tenant, activities, signal).then((own) => indexActivities(tenant, own, signal)),
          indexLeads(tenant, [...touched], signal),
        ]);
      }
    },
  };
}

/** Keys that are no lead, or another lead's now: of people, every identity but the lead itself. */
function goneOf(keys: readonly LeadKey[], found: readonly (Person | null)[]): LeadKey[] {
  const gone = new Set<LeadKey>();
  found.forEach((person, at) => {
    for (const key of [keys[at], ...(person?.identities ?? []).map((identity) => identity.key)])
      if (key !== undefined && key !== person?.lead.key) gone.add(key);
  });
  return [...gone];
}

/**
 * Fills new collections for `rebuildSearch` from the store: everything that is settled, tenant by tenant. The follower indexes later activities.
 * @param onProgress called with the number of activities and identities so far
 */
export const fillFromStore =
  (
    store: SettledReads,
    tenants: () => Promise<readonly Tenant[]>,
    options: Omit<SearchIndexerOptions, 'index'>,
    onProgress: (done: number) => void,
  ) =>
  async (index: SearchIndex, signal: AbortSignal): Promise<void> => {
    const indexer = createSearchIndexer({ ...options, index });
    let done = 0;
    const passed = (count: number): void => onProgress((done += count));
    for (const tenant of await tenants()) {
      for await (const keys of store.identities(tenant, signal)) {
        await indexer.indexLeads(tenant, keys, signal);
        passed(keys.length);
      }
      for await (const activities of store.settled(tenant, 'all', signal)) {
        await indexer.indexActivities(tenant, activities, signal);
        passed(activities.length);
      }
    }
  };
