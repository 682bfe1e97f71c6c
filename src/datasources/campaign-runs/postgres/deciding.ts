import { LRUCache } from 'lru-cache';
import { decide, indexTriggers, type TriggerIndex } from '../../../domain/campaigns/decision.ts';
import { type SmartCampaign, versionAt } from '../../../domain/campaigns/model.ts';
import { orderOf } from '../../../domain/campaigns/priority.ts';
import type { WriteProjection } from '../../activity-store/projection.ts';
import type { Queryable } from '../../db/db.ts';
import { readCampaigns, readChanges } from '../../smart-campaigns/postgres/changes.ts';
import { eraseRuns } from './personal.ts';
import { addRuns } from './rows.ts';

/** The campaigns of a tenant, as of a count of changes. */
type Known = {
  readonly changes: number;
  readonly index: TriggerIndex;
  readonly byId: ReadonlyMap<string, SmartCampaign>;
};

/** Tenants whose campaigns are remembered. */
const MAX_TENANTS = 1_000;

/**
 * Decides about activities in the transaction that stores them: runs are there exactly when the activities are. The
 * campaigns are those of the same transaction, which began after the activities arrived.
 * @param onDecided called with runs in a transaction that may be committed soon
 */
export function createDeciding(onDecided: () => void): WriteProjection {
  const known = new LRUCache<string, Known>({ max: MAX_TENANTS });

  const campaignsOf = async (q: Queryable, tenantId: string): Promise<Known | undefined> => {
    const changes = await readChanges(q, tenantId);
    if (changes === 0) return undefined;
    const before = known.get(tenantId);
    if (before?.changes === changes) return before;
    const read = await readCampaigns(q, tenantId);
    const byId = new Map(read.campaigns.map((campaign) => [campaign.id, campaign]));
    const now = { changes: read.changes, index: indexTriggers(read.campaigns), byId };
    known.set(tenantId, now);
    return now;
  };

  return {
    async add(q, tenantId, stored) {
      const current = stored.length > 0 ? await campaignsOf(q, tenantId) : undefined;
      if (!current) return;
      const decisions = stored
        .flatMap((activity) => decide(tenantId, current.index, activity))
        .map((decision) => ({ ...decision, order: orderFor(current, decision) }));
      if (decisions.length === 0) return;
      await addRuns(q, tenantId, decisions);
      onDecided();
    },
    erase: (q, tenantId, { leads }) => eraseRuns(q, tenantId, leads),
  };
}

function orderFor(
  { byId }: Known,
  { campaignId, receivedAt }: { campaignId: string; receivedAt: number },
): number {
  const campaign = byId.get(campaignId);
  const version = campaign && versionAt(campaign, receivedAt);
  return version ? orderOf(version.definition, receivedAt) : receivedAt;
}
