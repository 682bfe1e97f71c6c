import { decisionId, MAX_DEPTH } from '../../domain/campaigns/decision.ts';
import { type FlowAction, versionAt } from '../../domain/campaigns/model.ts';
import { orderOf } from '../../domain/campaigns/priority.ts';
import { type ActionResult, done, type StepContext, skipped } from './parts.ts';

type Action<T extends FlowAction['type']> = Extract<FlowAction, { type: T }>;

/** Starts another campaign for the person, which goes on by itself. */
export async function requestCampaign(
  context: StepContext,
  { campaignId }: Action<'requestCampaign'>,
): Promise<ActionResult> {
  const { parts, tenant, run, path, signal } = context;
  const [campaign] = await parts.campaigns.get(tenant, [campaignId], signal);
  const at = context.now();
  const version = campaign ? versionAt(campaign, at) : undefined;
  if (!campaign || !version) return skipped('The requested campaign is not active.');
  if (!version.definition.isRequestable) return skipped('The requested campaign can not be requested.');
  if (run.depth + 1 >= MAX_DEPTH)
    return skipped(`${MAX_DEPTH} campaigns have started one another: the chain ends here.`);
  const { lead } = await context.person();
  const decision = {
    id: decisionId(tenant.id, campaignId, `request ${run.id} ${path}`),
    campaignId,
    version: version.version,
    leadKey: lead.key,
    activityId: null,
    occurredAt: at,
    receivedAt: at,
    depth: run.depth + 1,
    order: orderOf(version.definition, at),
  };
  await parts.runs.add(tenant, [decision], signal);
  await parts.door.write(context, {
    at,
    activity: { type: 'Request Campaign', attributes: { requestedCampaignId: campaignId } },
  });
  return done({ campaignId, run: decision.id });
}

/** Ends the person's other runs of a campaign, or of all; its own run too where that is the campaign. */
export async function removeFromFlow(
  context: StepContext,
  { campaignId }: Action<'removeFromFlow'>,
): Promise<ActionResult> {
  const { parts, tenant, run, signal } = context;
  const { lead } = await context.person();
  const at = context.now();
  const removed = await parts.runs.removeFromFlow(tenant, lead.key, campaignId, run.id, at, signal);
  await parts.door.write(context, {
    at,
    activity: {
      type: 'Remove from Flow',
      attributes: { removedCampaignId: campaignId ?? 'all', runs: removed },
    },
  });
  return campaignId === run.campaignId ? { status: 'REMOVED' } : done({ removed });
}
