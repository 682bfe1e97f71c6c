import type { SmartCampaign } from '../../domain/campaigns/model.ts';
import type { Tenant } from '../../domain/tenant.ts';

/** Definitions of smart campaigns. */
export interface SmartCampaigns {
  /**
   * Writes a campaign as its next revision; revision 1 creates it.
   * @returns false where the stored revision is not the previous revision: read it again
   */
  put(tenant: Tenant, campaign: SmartCampaign, signal: AbortSignal): Promise<boolean>;
  /**
   * Removes a campaign.
   * @returns false where the stored revision is another: read it again
   */
  remove(
    tenant: Tenant,
    campaign: Pick<SmartCampaign, 'id' | 'revision'>,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** In input order; null where the tenant has none. */
  get(
    tenant: Tenant,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (SmartCampaign | null)[]>;
  /** All campaigns of the tenant, by id. A tenant has at most `MAX_CAMPAIGNS`. */
  all(tenant: Tenant, signal: AbortSignal): Promise<readonly SmartCampaign[]>;
}

/** Campaigns of a tenant, active or not. */
export const MAX_CAMPAIGNS = 1_000;
