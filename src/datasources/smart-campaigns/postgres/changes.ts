import type { SmartCampaign } from '../../../domain/campaigns/model.ts';
import type { Queryable } from '../../db/db.ts';
import { documentFrom } from '../../db/documents.ts';
import { CAMPAIGNS_TABLE } from './schema.ts';

/** How often a tenant's campaigns have changed; 0 for a tenant that never had one. */
export async function readChanges(q: Queryable, tenantId: string): Promise<number> {
  const [row] = await q.query<{ changes: number }>(
    'SELECT changes FROM smart_campaign_changes WHERE tenant_id = $1',
    [tenantId],
  );
  return row?.changes ?? 0;
}

/** All campaigns of a tenant, with the count of changes that they are of: read at one moment. */
export async function readCampaigns(
  q: Queryable,
  tenantId: string,
): Promise<{ readonly changes: number; readonly campaigns: readonly SmartCampaign[] }> {
  const rows = await q.query<{ changes: number; body: string | null }>(
    `SELECT changes, body FROM smart_campaign_changes LEFT JOIN ${CAMPAIGNS_TABLE} USING (tenant_id)
     WHERE tenant_id = $1 ORDER BY id`,
    [tenantId],
  );
  return {
    changes: rows[0]?.changes ?? 0,
    campaigns: rows.flatMap(({ body }) => (body === null ? [] : [documentFrom<SmartCampaign>(body)])),
  };
}
