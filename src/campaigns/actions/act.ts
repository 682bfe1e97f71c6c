import { ownValue } from '../../domain/campaigns/activity-condition.ts';
import type { FlowAction } from '../../domain/campaigns/model.ts';
import { waitEnds } from '../../domain/campaigns/wait.ts';
import { timeZoneOf } from '../../domain/time/time-zones.ts';
import { removeFromFlow, requestCampaign } from './campaigns.ts';
import { changeDataValue, changeList, changeScore, interestingMoment } from './data.ts';
import { type ActionResult, type StepContext, skipped } from './parts.ts';
import { sendAlert, sendEmail } from './send.ts';
import { callWebhook } from './webhook.ts';

/** An action that is done in place; an executed campaign is a flow of its own. */
export type PlainAction = Exclude<FlowAction, { type: 'executeCampaign' }>;

/** Does one action. Each can be repeated after a crash at any point. */
export function act(context: StepContext, action: PlainAction): Promise<ActionResult> {
  switch (action.type) {
    case 'sendEmail':
      return sendEmail(context, action);
    case 'sendAlert':
      return sendAlert(context, action);
    case 'changeScore':
      return changeScore(context, action);
    case 'changeDataValue':
      return changeDataValue(context, action);
    case 'addToList':
    case 'removeFromList':
      return changeList(context, action);
    case 'interestingMoment':
      return interestingMoment(context, action);
    case 'requestCampaign':
      return requestCampaign(context, action);
    case 'removeFromFlow':
      return removeFromFlow(context, action);
    case 'callWebhook':
      return callWebhook(context, action);
    case 'wait':
      return startWait(context, action);
    default:
      return action satisfies never;
  }
}

/** The trait with a person's own time zone. */
const ZONE_TRAIT = 'timeZone';

async function startWait(
  context: StepContext,
  { wait }: Extract<FlowAction, { type: 'wait' }>,
): Promise<ActionResult> {
  const { lead } = await context.person();
  const own = ownValue(lead.traits, ZONE_TRAIT);
  const zone = (typeof own === 'string' ? timeZoneOf(own) : undefined) ?? context.definition.timeZone;
  const at = context.now();
  const until = waitEnds(wait, at, zone, lead.traits);
  if (until === null) return skipped('The trait has no date: the person does not wait.');
  await context.parts.door.write(context, {
    at,
    activity: { type: 'Wait', attributes: { until: new Date(until).toISOString() } },
  });
  return { status: 'WAIT', until };
}
