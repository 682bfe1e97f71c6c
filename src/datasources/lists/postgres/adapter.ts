import type { LeadList } from '../../../domain/campaigns/model.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import { assertTenant } from '../../../domain/tenant.ts';
import { byText } from '../../activity-store/persons.ts';
import type { WriteProjection } from '../../activity-store/projection.ts';
import type { Queryable, Session } from '../../db/db.ts';
import { allDocuments, getDocuments, putDocument } from '../../db/documents.ts';
import { EXPORT_START } from '../../personal-data.ts';
import type { LeadLists } from '../port.ts';
import { LISTS_TABLE } from './schema.ts';

type Key = { readonly lead_key: LeadKey };

/** Lists of people in PostgreSQL or PGlite. */
export function createPostgresLists(db: Session): LeadLists {
  const reads = (signal: AbortSignal): Queryable => ({
    query: (text, values) => db.query(text, values, { signal }),
  });
  return {
    async put(tenant, list, signal) {
      assertTenant(tenant);
      return putDocument(reads(signal), LISTS_TABLE, tenant.id, list);
    },

    async remove(tenant, id, signal) {
      assertTenant(tenant);
      await db.tx(
        async (q) => {
          await q.query('DELETE FROM lead_list_members WHERE tenant_id = $1 AND list_id = $2', [
            tenant.id,
            id,
          ]);
          await q.query(`DELETE FROM ${LISTS_TABLE} WHERE tenant_id = $1 AND id = $2`, [tenant.id, id]);
        },
        { signal },
      );
    },

    async get(tenant, ids, signal) {
      assertTenant(tenant);
      return getDocuments<LeadList>(reads(signal), LISTS_TABLE, tenant.id, ids);
    },

    async all(tenant, signal) {
      assertTenant(tenant);
      return allDocuments<LeadList>(reads(signal), LISTS_TABLE, tenant.id);
    },

    async addMembers(tenant, id, members, signal) {
      assertTenant(tenant);
      // In the order of keys: two callers that add the same people can't deadlock.
      const sorted = [...members].sort((a, b) => byText(a.leadKey, b.leadKey));
      const added = await db.query<Key>(
        `INSERT INTO lead_list_members (tenant_id, list_id, lead_key, added_at)
         SELECT $1, $2, t.* FROM unnest($3::text[], $4::int8[]) AS t
         ON CONFLICT DO NOTHING RETURNING lead_key`,
        [tenant.id, id, sorted.map(({ leadKey }) => leadKey), sorted.map(({ addedAt }) => addedAt)],
        { signal },
      );
      return inOrder(
        members.map(({ leadKey }) => leadKey),
        added,
      );
    },

    async removeMembers(tenant, id, leads, signal) {
      assertTenant(tenant);
      const removed = await db.query<Key>(
        `DELETE FROM lead_list_members WHERE tenant_id = $1 AND list_id = $2 AND lead_key IN (
           SELECT lead_key FROM lead_list_members WHERE tenant_id = $1 AND list_id = $2 AND lead_key = ANY($3)
           ORDER BY lead_key FOR UPDATE)
         RETURNING lead_key`,
        [tenant.id, id, leads],
        { signal },
      );
      return inOrder(leads, removed);
    },

    async members(tenant, id, first, after, signal) {
      assertTenant(tenant);
      const rows = await db.query<Key & { added_at: number }>(
        `SELECT lead_key, added_at FROM lead_list_members
         WHERE tenant_id = $1 AND list_id = $2 AND lead_key > $3 ORDER BY lead_key LIMIT $4`,
        [tenant.id, id, after ?? '', first],
        { signal },
      );
      return rows.map((row) => ({ leadKey: row.lead_key, addedAt: row.added_at }));
    },

    async listsOf(tenant, leads, ids, signal) {
      assertTenant(tenant);
      const rows = await db.query<{ list_id: string }>(
        `SELECT DISTINCT list_id FROM lead_list_members
         WHERE tenant_id = $1 AND list_id = ANY($2) AND lead_key = ANY($3)`,
        [tenant.id, ids, leads],
        { signal },
      );
      return new Set(rows.map((row) => row.list_id));
    },

    async erase(tenant, { leads }, signal) {
      assertTenant(tenant);
      await eraseMemberships(reads(signal), tenant.id, leads);
    },

    async *export(tenant, leads, after, signal) {
      assertTenant(tenant);
      if (after !== EXPORT_START) return;
      const rows = await db.query<Key & { list_id: string; added_at: number }>(
        `SELECT list_id, lead_key, added_at FROM lead_list_members
         WHERE tenant_id = $1 AND lead_key = ANY($2) ORDER BY list_id, lead_key`,
        [tenant.id, leads],
        { signal },
      );
      const records = rows.map((row) => ({
        kind: 'listMembership',
        data: { listId: row.list_id, leadKey: row.lead_key, addedAt: row.added_at },
      }));
      yield { records, next: 'memberships' };
    },
  };
}

/** Takes an erased person out of lists, in the transaction that erases the person's rows. */
export const listsProjection: WriteProjection = {
  add: async () => {},
  erase: (q, tenantId, { leads }) => eraseMemberships(q, tenantId, leads),
};

async function eraseMemberships(q: Queryable, tenantId: string, leads: readonly LeadKey[]): Promise<void> {
  await q.query('DELETE FROM lead_list_members WHERE tenant_id = $1 AND lead_key = ANY($2)', [
    tenantId,
    leads,
  ]);
}

/** The keys among `leads` that a statement has changed, each once. */
function inOrder(leads: readonly LeadKey[], rows: readonly Key[]): LeadKey[] {
  const changed = new Set(rows.map((row) => row.lead_key));
  return leads.filter((lead) => changed.delete(lead));
}
