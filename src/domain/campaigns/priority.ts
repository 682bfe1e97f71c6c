import type { CampaignDefinition, FlowAction, Priority } from './model.ts';

/** Marketo's priorities of steps. */
const OF_ACTION: Readonly<Record<FlowAction['type'], Priority>> = {
  sendEmail: 'HIGH',
  sendAlert: 'HIGH',
  requestCampaign: 'MEDIUM',
  executeCampaign: 'MEDIUM',
  removeFromFlow: 'MEDIUM',
  addToList: 'MEDIUM',
  removeFromList: 'MEDIUM',
  changeScore: 'LOW',
  changeDataValue: 'LOW',
  wait: 'LOW',
  interestingMoment: 'LOW',
  callWebhook: 'LOW',
};

/** How much earlier a run of high priority may pass others, in milliseconds: so long a run can wait for being low. */
const COST_MS: Readonly<Record<Priority, number>> = { HIGH: 0, MEDIUM: 30_000, LOW: 300_000 };

/** The priority of a campaign: its own, or that of its most urgent step. */
function priorityOf({ priority, flow }: Pick<CampaignDefinition, 'priority' | 'flow'>): Priority {
  if (priority !== null) return priority;
  const actions = flow.flatMap(({ choices, otherwise }) => [
    ...choices.map(({ action }) => action),
    otherwise,
  ]);
  const priorities = new Set(actions.map((action) => (action ? OF_ACTION[action.type] : 'LOW')));
  return priorities.has('HIGH') ? 'HIGH' : priorities.has('MEDIUM') ? 'MEDIUM' : 'LOW';
}

/**
 * The place of a run in its tenant's queue: its arrival and the cost of its priority, epoch milliseconds. So a low
 * priority ages, and waits at most that cost longer than a high priority.
 */
export const orderOf = (
  definition: Pick<CampaignDefinition, 'priority' | 'flow'>,
  receivedAt: number,
): number => receivedAt + COST_MS[priorityOf(definition)];
