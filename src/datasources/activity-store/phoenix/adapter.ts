import { parseActivityId } from '../../../domain/ids.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import { assertTenant } from '../../../domain/tenant.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import { groupCalls } from '../../grouped-calls.ts';
import type { PersonalData } from '../../personal-data.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import { campaignsOf } from '../campaigns.ts';
import { linksIn } from '../persons.ts';
import type { ActivityReads, ActivityRows, SettledReads } from '../port.ts';
import { campaignsAfter, campaignsById, putCampaigns } from './campaigns.ts';
import { settledOf } from './claims.ts';
import { eraseLeads, exportLeads } from './erase.ts';
import { FACTS } from './facts.ts';
import { ALL_ROWS, rowKey, wholeOf } from './keys.ts';
import { applyLeadUpdates, readPersons, touchLeads } from './leads.ts';
import { decideLinks } from './links.ts';
import { type ActivityRow, activityFrom, readRows } from './rows.ts';
import { createScopes, isIn, type PhoenixStoreOptions, type Scope } from './scope.ts';
import { readTimelines } from './timelines.ts';
import { customTypes, defineType } from './types.ts';
import { putActivities, removeActivities } from './write.ts';

/** Keys of one multi-get. */
const MAX_KEYS = 1_000;
/** Look-ups of one tenant that would wait go together. */
const LOOK_UPS = { underWay: 2, items: 256 };

/**
 * The activity store in HBase, through Phoenix. Without transactions: every write is idempotent, and what two
 * writers could disagree on is decided by the region server under a row's lock.
 */
export function createPhoenixStore(
  client: PhoenixClient,
  { schema, retentionSeconds, timeoutMs }: PhoenixStoreOptions,
): ActivityReads & ActivityRows & SettledReads & PersonalData {
  const scopes = createScopes(client, schema, timeoutMs);
  const rowsOf = groupCalls<string, ReadonlyMap<string, ActivityRow>>(async (tenant, keys, signal) => {
    const rows = new Map<string, ActivityRow>();
    for (const chunk of chunksOf(keys, MAX_KEYS))
      for (const row of await scopes.of(tenant, signal).select<ActivityRow>({
        from: 'ACTIVITIES',
        columns: 'ROW_KEY, BODY',
        ...isIn('ROW_KEY', chunk),
        limit: chunk.length,
      }))
        rows.set(row.ROW_KEY, row);
    return rows;
  }, LOOK_UPS);
  return {
    put: (groups, signal) => putActivities(scopes, groups, signal),

    async remove(tenant, ids, signal) {
      await removeActivities(scopes.of(tenant, signal), ids);
    },

    async complete(tenant, activities, signal) {
      const scope = scopes.of(tenant, signal);
      await Promise.all([
        putActivities(scopes, [{ tenant, activities }], signal),
        touchLeads(scope, activities),
        putCampaigns(scope, campaignsOf(activities)),
      ]);
    },

    async updateLeads(tenant, updates, signal) {
      await applyLeadUpdates(scopes.of(tenant, signal), updates);
    },

    async decideLinks(tenant, updates, signal) {
      await decideLinks(scopes.of(tenant, signal), linksIn(tenant.idSpace, updates));
    },

    async putCampaigns(tenant, campaigns, signal) {
      await putCampaigns(scopes.of(tenant, signal), campaigns);
    },

    async defineType(tenant, type, signal) {
      return defineType(scopes.of(tenant, signal), type);
    },

    async activities(tenant, ids, signal) {
      assertTenant(tenant);
      const keys = ids.map((id) => {
        const key = parseActivityId(id);
        return key && rowKey(key);
      });
      const known = keys.filter((key) => key !== undefined);
      const rows = known.length > 0 ? await rowsOf(tenant, known, signal) : new Map<string, ActivityRow>();
      return keys.map((key) => {
        const row = key === undefined ? undefined : rows.get(key);
        return row ? activityFrom(row) : null;
      });
    },

    async timelines(tenant, requests, signal) {
      return readTimelines(scopes.of(tenant, signal), requests, { hasMarks: retentionSeconds === undefined });
    },

    async leads(tenant, keys, signal) {
      const persons = await readPersons(scopes.of(tenant, signal), keys);
      return persons.map((person) => person?.lead ?? null);
    },

    async persons(tenant, keys, signal) {
      return readPersons(scopes.of(tenant, signal), keys);
    },

    async leadKeys(tenant, prefix, first, signal) {
      // '~' is behind every character of a key.
      const rows = await scopes.of(tenant, signal).select<{ readonly LEAD: string }>({
        from: 'LEADS',
        columns: 'LEAD',
        where: 'LEAD >= ? AND LEAD < ? AND FACT = ?',
        values: [prefix, `${prefix}~`, FACTS.seen],
        limit: first,
      });
      return rows.map((row) => row.LEAD);
    },

    async campaigns(tenant, ids, signal) {
      const found = await campaignsById(scopes.of(tenant, signal), ids);
      return ids.map((id) => found.get(id) ?? null);
    },

    async listCampaigns(tenant, first, after, signal) {
      return campaignsAfter(scopes.of(tenant, signal), first, after);
    },

    async customTypes(tenant, signal) {
      return customTypes(scopes.of(tenant, signal));
    },

    async *settled(tenant, leads, signal) {
      const scope = scopes.of(tenant, signal);
      for (const range of leads === 'all' ? [ALL_ROWS] : leads.map(wholeOf))
        for await (const rows of readRows(scope, range)) yield await settledOf(scope, rows);
    },

    identities: (tenant, signal) => identityKeys(scopes.of(tenant, signal)),

    async erase(tenant, erasure, signal) {
      await eraseLeads(scopes.of(tenant, signal), erasure);
    },

    export: (tenant, leads, after, signal) => exportLeads(scopes.of(tenant, signal), leads, after),
  };
}

async function* identityKeys(scope: Scope): AsyncGenerator<LeadKey[]> {
  // '!' is before every character of a key.
  for (let after = '!'; ; ) {
    const rows = await scope.select<{ readonly LEAD: string }>({
      from: 'LEADS',
      columns: 'LEAD',
      where: 'LEAD > ? AND FACT = ?',
      values: [after, FACTS.seen],
      orderBy: 'LEAD',
      limit: MAX_KEYS,
    });
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(({ LEAD }) => LEAD);
    after = last.LEAD;
  }
}
