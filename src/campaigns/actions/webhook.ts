import type { FlowAction } from '../../domain/campaigns/model.ts';
import { toGlobalId } from '../../domain/ids.ts';
import { LEAD } from '../../domain/lead.ts';
import { type ActionResult, done, failed, type StepContext } from './parts.ts';

/** Statuses after which a later attempt may succeed. */
const isLater = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500;

/** Posts the person, the campaign and the activity to an address of the tenant. */
export async function callWebhook(
  context: StepContext,
  { url }: Extract<FlowAction, { type: 'callWebhook' }>,
): Promise<ActionResult> {
  const { parts, tenant, run, path, campaign, signal } = context;
  const { lead } = await context.person();
  const activity = await context.activity();
  const body = {
    type: 'campaign.webhook',
    timestamp: new Date(run.receivedAt).toISOString(),
    data: {
      campaign: { id: campaign.id, name: campaign.name },
      lead: {
        id: toGlobalId(LEAD, lead.key),
        externalId: lead.externalId,
        email: lead.email,
        traits: lead.traits,
      },
      activity: activity && {
        type: activity.type,
        occurredAt: new Date(activity.occurredAt).toISOString(),
        attributes: activity.attributes,
      },
    },
  };
  const answer = await parts.webhooks.post(tenant, url, `${run.id}.${path}`, body, signal);
  if ('refused' in answer) return failed(answer.refused);
  if ('failed' in answer)
    return { status: 'RETRY', reason: `The receiver does not answer (${answer.failed}).` };
  const { status } = answer;
  if (isLater(status)) return { status: 'RETRY', reason: `The receiver answered ${status}.` };
  if (status >= 300) return failed(`The receiver answered ${status}.`);
  await parts.door.write(context, {
    at: context.now(),
    activity: { type: 'Call Webhook', attributes: { host: new URL(url).host, status } },
  });
  return done({ status });
}
