import type { SmartCampaign } from '../../../domain/campaigns/model.ts';
import { assertTenant } from '../../../domain/tenant.ts';
import type { Queryable, Session } from '../../db/db.ts';
import { allDocuments, getDocuments, putDocument } from '../../db/documents.ts';
import type { SmartCampaigns } from '../port.ts';
import { CAMPAIGNS_TABLE } from './schema.ts';

/** Smart campaigns in PostgreSQL or PGlite. */
export function createPostgresSmartCampaigns(db: Session): SmartCampaigns {
  const reads = (signal: AbortSignal): Queryable => ({
    query: (text, values) => db.query(text, values, { signal }),
  });
  return {
    async put(tenant, campaign, signal) {
      assertTenant(tenant);
      return db.tx(
        async (q) => {
          const isWritten = await putDocument(q, CAMPAIGNS_TABLE, tenant.id, campaign);
          if (isWritten) await countChange(q, tenant.id);
          return isWritten;
        },
        { signal },
      );
    },

    async remove(tenant, { id, revision }, signal) {
      assertTenant(tenant);
      return db.tx(
        async (q) => {
          const removed = await q.query(
            `DELETE FROM ${CAMPAIGNS_TABLE} WHERE tenant_id = $1 AND id = $2 AND revision = $3 RETURNING id`,
            [tenant.id, id, revision],
          );
          if (removed.length > 0) await countChange(q, tenant.id);
          return removed.length > 0;
        },
        { signal },
      );
    },

    async get(tenant, ids, signal) {
      assertTenant(tenant);
      return getDocuments<SmartCampaign>(reads(signal), CAMPAIGNS_TABLE, tenant.id, ids);
    },

    async all(tenant, signal) {
      assertTenant(tenant);
      return allDocuments<SmartCampaign>(reads(signal), CAMPAIGNS_TABLE, tenant.id);
    },
  };
}

const countChange = (q: Queryable, tenantId: string) =>
  q.query(
    `INSERT INTO smart_campaign_changes (tenant_id, changes) VALUES ($1, 1)
     ON CONFLICT (tenant_id) DO UPDATE SET changes = smart_campaign_changes.changes + 1`,
    [tenantId],
  );
