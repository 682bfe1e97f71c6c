import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { decisionsTopic, type KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import { type Decision, decide, indexTriggers } from '../../src/domain/campaigns/decision.ts';
import type { SmartCampaign } from '../../src/domain/campaigns/model.ts';
import { anActivity } from './activities.ts';
import { campaignActivity, smartCampaign } from './campaign-arbitraries.ts';
import { readAll } from './kafka-read.ts';
import type { Fed } from './unique-feed.ts';

/** Two tenants, so that one's campaigns are seen to leave the other's people alone. */
export const TENANTS = ['acme-1', 'acme-2'] as const;
export type Campaigns = Readonly<Record<(typeof TENANTS)[number], readonly SmartCampaign[]>>;

/** Random campaigns. @param count of each tenant */
export function anyCampaigns(count: number, seed: number): Campaigns {
  const ofTenant = (tenantId: string): SmartCampaign[] =>
    fc
      .sample(smartCampaign(tenantId), { seed, numRuns: count })
      .map((campaign, index) => ({ ...campaign, id: `c-${String(index).padStart(2, '0')}`, revision: 1 }));
  return { 'acme-1': ofTenant('acme-1'), 'acme-2': ofTenant('acme-2') };
}

/** Random activities, each with a message of its own. @param count of all tenants */
export const anyActivities = (count: number, seed: number): Fed[] =>
  TENANTS.flatMap((tenantId) =>
    fc
      .sample(campaignActivity(tenantId), { seed, numRuns: count / TENANTS.length })
      .map(({ id: _, leadKey: __, identity: ___, ...rest }, index) => ({
        tenantId,
        activity: anActivity(tenantId, {
          ...rest,
          messageId: randomUUID(),
          externalId: `lead-${index % 50}`,
        }),
      })),
  );

/** The messages of all decisions of TypeScript, sorted. */
export function expectedFrom(campaigns: Campaigns, activities: readonly Fed[]): string[] {
  const indexes = new Map(
    TENANTS.map((tenantId) => [tenantId as string, indexTriggers(campaigns[tenantId])]),
  );
  return activities
    .flatMap(({ tenantId, activity }) =>
      decide(tenantId, indexes.get(tenantId) ?? new Map(), activity).map((decision) =>
        textOf(tenantId, decision),
      ),
    )
    .sort();
}
const textOf = (tenant: string, decision: Decision): string => JSON.stringify({ tenant, decision });

/** Everything that the job has decided, repeats too, in the form of `expectedFrom`. */
export const decidedIn = async (kafka: KafkaConfig): Promise<string[]> =>
  (await readAll(kafka, decisionsTopic(kafka))).map((message) => {
    const { tenant, decision } = message as unknown as { tenant: string; decision: Decision };
    return textOf(tenant, decision);
  });
