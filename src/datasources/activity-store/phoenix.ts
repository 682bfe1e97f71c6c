import type { Activity } from '../../domain/activity.ts';
import { parseActivityId } from '../../domain/ids.ts';
import { campaignsAfter, campaignsById, putCampaigns } from './phoenix-campaigns.ts';
import { FACTS } from './phoenix-facts.ts';
import { rowKey } from './phoenix-keys.ts';
import { applyLeadUpdates, readPersons } from './phoenix-leads.ts';
import { type ActivityRow, activityFrom } from './phoenix-rows.ts';
import { chunksOf, createScopes, isIn, type PhoenixClient } from './phoenix-scope.ts';
import { readTimelines } from './phoenix-timelines.ts';
import { customTypes, defineType } from './phoenix-types.ts';
import { type WriteOptions, writeActivities } from './phoenix-write.ts';
import type { ActivityStore } from './port.ts';

export type PhoenixStoreOptions = WriteOptions & {
  /** The namespace of this installation's tables, made by `migratePhoenix`. */
  readonly schema: string;
  /** As `migratePhoenix` was told. */
  readonly retentionSeconds?: number | undefined;
  /** Of each statement, in milliseconds; the client's own when absent. */
  readonly timeoutMs?: number | undefined;
};

/** Keys of one multi-get. */
const MAX_KEYS = 1_000;

/**
 * The activity store in HBase, through Phoenix. Without transactions: every write is idempotent, and what two
 * writers could disagree on is decided by the region server under a row's lock. A write that failed may have
 * stored some of its activities; the same write again stores the rest, and answers `duplicate` for those.
 */
export function createPhoenixStore(
  client: PhoenixClient,
  { schema, retentionSeconds, timeoutMs, readsClaimsFirst }: PhoenixStoreOptions,
): ActivityStore {
  const scopeOf = createScopes(client, schema, timeoutMs);
  return {
    async write(tenant, activities, signal) {
      return writeActivities(scopeOf(tenant, signal), activities, { readsClaimsFirst });
    },

    async updateLeads(tenant, updates, signal) {
      await applyLeadUpdates(scopeOf(tenant, signal), updates);
    },

    async putCampaigns(tenant, campaigns, signal) {
      await putCampaigns(scopeOf(tenant, signal), campaigns);
    },

    async defineType(tenant, type, signal) {
      return defineType(scopeOf(tenant, signal), type);
    },

    async activities(tenant, ids, signal) {
      const scope = scopeOf(tenant, signal);
      const keys = new Map(
        ids.flatMap((id) => {
          const key = parseActivityId(id);
          return key ? [[id, rowKey(key)] as const] : [];
        }),
      );
      const found = new Map<string, Activity>();
      for (const chunk of chunksOf([...keys.values()], MAX_KEYS))
        for (const row of await scope.select<ActivityRow>({
          from: 'ACTIVITIES',
          columns: 'ROW_KEY, BODY',
          ...isIn('ROW_KEY', chunk),
          limit: chunk.length,
        }))
          found.set(row.ROW_KEY, activityFrom(row));
      return ids.map((id) => found.get(keys.get(id) ?? '') ?? null);
    },

    async timelines(tenant, requests, signal) {
      return readTimelines(scopeOf(tenant, signal), requests, { hasMarks: retentionSeconds === undefined });
    },

    async leads(tenant, keys, signal) {
      const persons = await readPersons(scopeOf(tenant, signal), keys);
      return persons.map((person) => person?.lead ?? null);
    },

    async persons(tenant, keys, signal) {
      return readPersons(scopeOf(tenant, signal), keys);
    },

    async leadKeys(tenant, prefix, first, signal) {
      // '~' is behind every character of a key.
      const rows = await scopeOf(tenant, signal).select<{ readonly LEAD: string }>({
        from: 'LEADS',
        columns: 'LEAD',
        where: 'LEAD >= ? AND LEAD < ? AND FACT = ?',
        values: [prefix, `${prefix}~`, FACTS.seen],
        limit: first,
      });
      return rows.map((row) => row.LEAD);
    },

    async campaigns(tenant, ids, signal) {
      const found = await campaignsById(scopeOf(tenant, signal), ids);
      return ids.map((id) => found.get(id) ?? null);
    },

    async listCampaigns(tenant, first, after, signal) {
      return campaignsAfter(scopeOf(tenant, signal), first, after);
    },

    async customTypes(tenant, signal) {
      return customTypes(scopeOf(tenant, signal));
    },
  };
}
