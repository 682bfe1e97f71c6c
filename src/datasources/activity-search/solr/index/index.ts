import type { Activity } from '../../../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../../../domain/activity-types.ts';
import type { LeadKey, Person } from '../../../../domain/lead.ts';
import { assertTenant, type Tenant } from '../../../../domain/tenant.ts';
import { chunksOf } from '../../../../lib/chunks.ts';
import type { SolrParams } from '../cluster/client.ts';
import { type CollectionKind, KINDS, type Solr } from '../cluster/connection.ts';
import { clusterOf } from '../cluster/readiness.ts';
import { activityDocument, leadDocument, type SolrDocument } from '../documents.ts';

/** The writing side of the search: idempotent, so that the same again leaves the same index. */
export type SearchIndex = {
  /** @param typeOf the tenant's types by name, which tell what attributes are personal */
  indexActivities(
    tenant: Tenant,
    activities: readonly Activity[],
    typeOf: (name: string) => ActivityTypeDefinition | undefined,
    signal: AbortSignal,
  ): Promise<void>;
  /** Sets the documents of people and removes those of `gone`: keys that are now another lead's. */
  indexLeads(
    tenant: Tenant,
    persons: readonly Person[],
    gone: readonly LeadKey[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Removes everything of these leads: their activities, and the people that they are identities of. */
  erase(tenant: Tenant, leads: readonly LeadKey[], signal: AbortSignal): Promise<void>;
  /**
   * Rewrites files that hold removed documents, and lets Solr's transaction logs forget them: no byte of them is left.
   * For erasures: it costs as much as writing those files.
   */
  expunge(signal: AbortSignal): Promise<void>;
  /** Removes the activities, of all tenants, that were received before a time in epoch milliseconds. */
  expire(before: number, signal: AbortSignal): Promise<void>;
  /** Resolves when everything written so far can be found. For tests and rebuilds: it costs a new searcher. */
  settle(signal: AbortSignal): Promise<void>;
};

/** Documents in one request. */
const BATCH = 1_000;
const WRITE_TIMEOUT_MS = 60_000;
const EXPUNGE_TIMEOUT_MS = 3_600_000;
/** Keys in one query. */
const MAX_CLAUSES = 500;
/** Solr's `maxNumLogsToKeep`. */
const MAX_OLD_LOGS = 10;
/** A query that no document fits: no tenant has such an id. */
const NOTHING = 'tenant:"~"';
/** For so long a writer may not know that a rebuild has begun or ended. */
export const TARGETS_FOR_MS = 1_000;
const TARGETS_TIMEOUT_MS = 5_000;

/** Writes to the collections in use, and during a rebuild to the new collections as well. */
export function createSolrIndex(solr: Solr): SearchIndex {
  let known: { readonly at: number; readonly targets: Promise<Targets> } | undefined;
  return indexInto(solr, async (kind, isRetry) => {
    if (!known || isRetry || performance.now() - known.at > TARGETS_FOR_MS) {
      // For all who write now: it isn't the signal of one of them that ends it.
      const targets = aliasesInUse(solr, AbortSignal.timeout(TARGETS_TIMEOUT_MS));
      known = { at: performance.now(), targets };
      targets.catch(() => {
        known = undefined;
      });
    }
    return (await known.targets)[kind];
  });
}

type Targets = Readonly<Record<CollectionKind, readonly string[]>>;

async function aliasesInUse(solr: Solr, signal: AbortSignal): Promise<Targets> {
  const { aliases } = await clusterOf(solr.client, signal);
  const of = (kind: CollectionKind): readonly string[] =>
    aliases?.[solr.nextAliasOf(kind)] ? [solr.aliasOf(kind), solr.nextAliasOf(kind)] : [solr.aliasOf(kind)];
  return { activities: of('activities'), leads: of('leads') };
}

/**
 * An index in these collections or aliases.
 * @param targetsOf names them; called again (`isRetry`) when a write failed, for example for a removed alias
 */
export function indexInto(
  solr: Solr,
  targetsOf: (kind: CollectionKind, isRetry: boolean) => Promise<readonly string[]>,
): SearchIndex {
  const updateOnce = async (
    targets: readonly string[],
    json: unknown,
    params: SolrParams,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<void> => {
    const send = (target: string) =>
      solr.client.call({ path: `/${target}/update`, params, json, timeoutMs }, signal);
    await solr.whenWritable(() => Promise.all(targets.map(send)), signal);
  };
  const update = async (
    kind: CollectionKind,
    json: unknown,
    signal: AbortSignal,
    params: SolrParams = {},
    timeoutMs = WRITE_TIMEOUT_MS,
  ): Promise<void> => {
    const targets = await targetsOf(kind, false);
    try {
      await updateOnce(targets, json, params, signal, timeoutMs);
    } catch (error) {
      const now = await targetsOf(kind, true);
      if (signal.aborted || now.join() === targets.join()) throw error;
      await updateOnce(now, json, params, signal, timeoutMs);
    }
  };
  const add = async (
    kind: CollectionKind,
    documents: readonly SolrDocument[],
    signal: AbortSignal,
  ): Promise<void> => {
    for (let at = 0; at < documents.length; at += BATCH)
      await update(kind, documents.slice(at, at + BATCH), signal);
  };

  return {
    async indexActivities(tenant, activities, typeOf, signal) {
      assertTenant(tenant);
      const route = solr.routeOf(tenant);
      await add(
        'activities',
        activities.map((activity) => activityDocument(tenant.id, route, activity, typeOf(activity.type))),
        signal,
      );
    },
    async indexLeads(tenant, persons, gone, signal) {
      assertTenant(tenant);
      const route = solr.routeOf(tenant);
      await add(
        'leads',
        persons.map((person) => leadDocument(tenant.id, route, person)),
        signal,
      );
      // After the person is there: for a moment both are found, but never neither.
      if (gone.length > 0) await update('leads', { delete: gone.map((key) => route + key) }, signal);
    },
    async erase(tenant, leads, signal) {
      assertTenant(tenant);
      const of = (field: string, keys: readonly LeadKey[]) => ({
        delete: { query: `+tenant:"${tenant.id}" +${field}:(${keys.map((key) => `"${key}"`).join(' ')})` },
      });
      for (const keys of chunksOf(leads, MAX_CLAUSES)) {
        await update('activities', of('lead_key', keys), signal);
        await update('leads', of('identity_keys', keys), signal);
      }
    },
    async expunge(signal) {
      for (const kind of KINDS) {
        await update(
          kind,
          {},
          signal,
          { commit: true, expungeDeletes: true, waitSearcher: true },
          EXPUNGE_TIMEOUT_MS,
        );
        // Each commit after a change begins a new log. Beyond this number Solr removes the oldest.
        for (let log = 0; log <= MAX_OLD_LOGS; log += 1)
          await update(kind, { delete: { query: NOTHING } }, signal, { commit: true, waitSearcher: true });
      }
    },
    async expire(before, signal) {
      await update('activities', { delete: { query: `received_at:[* TO ${Math.ceil(before)}}` } }, signal);
    },
    async settle(signal) {
      for (const kind of KINDS) await update(kind, {}, signal, { softCommit: true, waitSearcher: true });
    },
  };
}
