import type { LeadList } from '../../../domain/campaigns/model.ts';
import { allDocuments, getDocuments, putDocument } from '../../activity-store/phoenix/documents/documents.ts';
import { createScopes, type Scope } from '../../activity-store/phoenix/scope.ts';
import { EXPORT_START } from '../../personal-data.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import { type LeadLists, MAX_LISTS } from '../port.ts';
import { addMembers, eraseMembers, membershipsOf, readMembers, removeAll, removeMembers } from './members.ts';

const TABLE = 'LEAD_LISTS';

/** Lists in the tables made by `migratePhoenix`. */
export function createPhoenixLists(
  client: PhoenixClient,
  { schema }: { readonly schema: string },
): LeadLists {
  const scopes = createScopes(client, schema);
  return {
    put: async (tenant, list, signal) => putDocument(scopes.of(tenant, signal), TABLE, list),

    async remove(tenant, id, signal) {
      const scope: Scope = scopes.of(tenant, signal);
      await removeAll(scope, id);
      await scope.remove(TABLE, 'ID = ?', [[id]]);
    },

    get: async (tenant, ids, signal) => getDocuments<LeadList>(scopes.of(tenant, signal), TABLE, ids),
    all: async (tenant, signal) => allDocuments<LeadList>(scopes.of(tenant, signal), TABLE, 2 * MAX_LISTS),
    addMembers: async (tenant, id, members, signal) => addMembers(scopes.of(tenant, signal), id, members),
    removeMembers: async (tenant, id, leads, signal) => removeMembers(scopes.of(tenant, signal), id, leads),
    members: async (tenant, id, first, after, signal) =>
      readMembers(scopes.of(tenant, signal), id, first, after),

    async listsOf(tenant, leads, ids, signal) {
      const scope = scopes.of(tenant, signal);
      if (ids.length === 0) return new Set();
      const asked = new Set(ids);
      const memberships = await membershipsOf(scope, leads);
      return new Set(memberships.flatMap(({ listId }) => (asked.has(listId) ? [listId] : [])));
    },

    erase: async (tenant, { leads }, signal) => eraseMembers(scopes.of(tenant, signal), leads),

    async *export(tenant, leads, after, signal) {
      const scope = scopes.of(tenant, signal);
      if (after !== EXPORT_START) return;
      const memberships = await membershipsOf(scope, leads);
      yield {
        records: memberships.map((data) => ({ kind: 'listMembership', data })),
        next: 'memberships',
      };
    },
  };
}
