import type { SmartCampaign } from '../../../domain/campaigns/model.ts';
import {
  allDocuments,
  getDocuments,
  putDocument,
  removeDocument,
} from '../../activity-store/phoenix/documents/documents.ts';
import { createScopes } from '../../activity-store/phoenix/scope.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import { MAX_CAMPAIGNS, type SmartCampaigns } from '../port.ts';

const TABLE = 'SMART_CAMPAIGNS';

/** Smart campaigns in the table made by `migratePhoenix`. */
export function createPhoenixSmartCampaigns(
  client: PhoenixClient,
  { schema }: { readonly schema: string },
): SmartCampaigns {
  const scopes = createScopes(client, schema);
  return {
    put: async (tenant, campaign, signal) => putDocument(scopes.of(tenant, signal), TABLE, campaign),
    remove: async (tenant, campaign, signal) => removeDocument(scopes.of(tenant, signal), TABLE, campaign),
    get: async (tenant, ids, signal) => getDocuments<SmartCampaign>(scopes.of(tenant, signal), TABLE, ids),
    all: async (tenant, signal) =>
      allDocuments<SmartCampaign>(scopes.of(tenant, signal), TABLE, 2 * MAX_CAMPAIGNS),
  };
}
