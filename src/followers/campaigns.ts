import { decisionsTopic } from '../datasources/activity-log/kafka/config.ts';
import type { CampaignRuns } from '../datasources/campaign-runs/port.ts';
import type { SmartCampaigns } from '../datasources/smart-campaigns/port.ts';
import type { Decision } from '../domain/campaigns/decision.ts';
import { orderOf } from '../domain/campaigns/priority.ts';
import type { Tenant, TenantOf } from '../domain/tenant.ts';
import { byTenant } from '../ingest/write/by-tenant.ts';
import { type ErasedActivities, goneWithPerson } from './erased.ts';
import type { DecisionFollower, FollowerIdentity } from './kafka-group/follower.ts';

export type CampaignFollowerOptions = ErasedActivities & {
  readonly campaigns: Pick<SmartCampaigns, 'get'>;
  readonly runs: Pick<CampaignRuns, 'add'>;
  /** Makes the tenants of the installation; of one without a secret unless given. */
  readonly tenantOf?: TenantOf | undefined;
};

const MAX_BATCH = 1_000;

/** The follower of decisions. */
const CAMPAIGNS: FollowerIdentity = { name: 'campaigns', topic: decisionsTopic };

/**
 * Adds a run for each decision of `cluster/spark`, but for people who were erased since. A decision can come more than
 * once, and its run is there once: it has the decision's id.
 */
export const campaignStarts = ({
  campaigns,
  runs,
  tenantOf,
  ...people
}: CampaignFollowerOptions): DecisionFollower => ({
  ...CAMPAIGNS,
  maxBatch: MAX_BATCH,
  async handleDecisions(batch, signal) {
    for (const { tenant, logged } of byTenant(batch, tenantOf)) {
      const distinct = new Map(logged.map(({ decision }) => [decision.id, decision]));
      const decisions = await withoutGone(people, tenant, [...distinct.values()], signal);
      await runs.add(tenant, await ordered(campaigns, tenant, decisions, signal), signal);
    }
  },
});

async function withoutGone(
  people: ErasedActivities,
  tenant: Tenant,
  decisions: readonly Decision[],
  signal: AbortSignal,
): Promise<Decision[]> {
  const causes = decisions.flatMap(({ activityId, leadKey }) =>
    activityId === null ? [] : [{ id: activityId, leadKey }],
  );
  const gone = await goneWithPerson(people, tenant, causes, signal);
  return decisions.filter(({ activityId }) => activityId === null || !gone.has(activityId));
}

/** Decisions with their places in the queue, those of missing campaigns too: the run says then that it stopped. */
async function ordered(
  campaigns: Pick<SmartCampaigns, 'get'>,
  tenant: Tenant,
  decisions: readonly Decision[],
  signal: AbortSignal,
): Promise<(Decision & { readonly order: number })[]> {
  const ids = [...new Set(decisions.map(({ campaignId }) => campaignId))];
  const found = await campaigns.get(tenant, ids, signal);
  const byId = new Map(ids.map((id, at) => [id, found[at]]));
  return decisions.map((decision) => {
    const version = byId
      .get(decision.campaignId)
      ?.versions.find(({ version: number }) => number === decision.version);
    const { receivedAt } = decision;
    return { ...decision, order: version ? orderOf(version.definition, receivedAt) : receivedAt };
  });
}
