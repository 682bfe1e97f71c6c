import type { RunStep } from '../datasources/campaign-runs/port.ts';
import {
  type CampaignDefinition,
  type FlowAction,
  type FlowStep,
  type SmartCampaign,
  versionAt,
} from '../domain/campaigns/model.ts';
import { act } from './actions/act.ts';
import { type ActionResult, type StepContext, skipped } from './actions/parts.ts';
import { faultOf, type StepFault } from './fault.ts';
import { judgeFilter } from './judge-run.ts';
import { type RunContext, stepContext } from './step-context.ts';

/** Campaigns may execute one another in place to this depth, the first included. */
const MAX_LEVELS = 3;

/** Where a flow ended, with the steps that were done. `next`: the step that comes next, or comes again. */
export type FlowEnd = { readonly steps: readonly RunStep[]; readonly next: number } & (
  | { readonly status: 'DONE' | 'REMOVED' }
  | { readonly status: 'WAIT'; readonly until: number }
  | StepFault
);

/**
 * Does the steps of a flow from `start` on, until one waits, fails or ends the run.
 * @param prefix of the paths of its steps; empty for the run's own flow
 */
export async function runFlow(
  context: RunContext,
  campaign: SmartCampaign,
  definition: CampaignDefinition,
  start: number,
  prefix = '',
): Promise<FlowEnd> {
  const steps: RunStep[] = [];
  for (let next = start; next < definition.flow.length; next++) {
    const step = definition.flow[next];
    if (!step) break;
    const path = `${prefix}${next}`;
    const at = stepContext(context, campaign, definition, path);
    const action = await chosen(at, step);
    const { result, inner } = await perform(context, at, action).catch((error: unknown) => ({
      result: faultOf(error, context),
      inner: [],
    }));
    steps.push(...inner);
    if (result.status === 'RETRY') return { ...result, steps, next };
    steps.push(stepOf(path, action?.type ?? 'none', at.now(), result));
    if (result.status === 'FAILED') return { steps, next, status: 'FAILED', reason: result.reason };
    if (result.status === 'WAIT') return { steps, next: next + 1, status: 'WAIT', until: result.until };
    if (result.status === 'REMOVED') return { steps, next: next + 1, status: 'REMOVED' };
  }
  return { steps, next: definition.flow.length, status: 'DONE' };
}

/** The action of the first choice that holds for the person now. */
async function chosen(context: StepContext, { choices, otherwise }: FlowStep): Promise<FlowAction | null> {
  for (const { when, action } of choices) {
    const now = context.now();
    const moment = { occurredAt: now, receivedAt: now };
    const person = await context.person();
    const { result } = await judgeFilter(
      context.parts,
      context.tenant,
      { person, filter: when, at: moment },
      context.signal,
    );
    if (result.holds) return action;
  }
  return otherwise;
}

type Performed = { readonly result: ActionResult; readonly inner: readonly RunStep[] };

async function perform(context: RunContext, at: StepContext, action: FlowAction | null): Promise<Performed> {
  if (action === null) return { result: skipped('No choice holds.'), inner: [] };
  if (action.type === 'executeCampaign') return execute(context, at, action.campaignId);
  return { result: await act(at, action), inner: [] };
}

/** Runs the flow of another campaign in place, if its filter holds. */
async function execute(context: RunContext, at: StepContext, campaignId: string): Promise<Performed> {
  const [campaign] = await at.parts.campaigns.get(at.tenant, [campaignId], at.signal);
  const time = at.now();
  const version = campaign ? versionAt(campaign, time) : undefined;
  if (!campaign || !version) return { result: skipped('The executed campaign is not active.'), inner: [] };
  if (at.path.split('.').length >= MAX_LEVELS)
    return { result: skipped(`Campaigns execute one another to ${MAX_LEVELS} levels at most.`), inner: [] };
  const { definition } = version;
  if (definition.filter !== null) {
    const question = {
      person: await at.person(),
      filter: definition.filter,
      at: { occurredAt: time, receivedAt: time },
    };
    const { result } = await judgeFilter(at.parts, at.tenant, question, at.signal);
    if (!result.holds)
      return { result: skipped('The filter of the executed campaign does not hold.'), inner: [] };
  }
  const end = await runFlow(context, campaign, definition, 0, `${at.path}.`);
  if (end.status === 'RETRY' || end.status === 'FAILED')
    return { result: { status: end.status, reason: end.reason }, inner: end.steps };
  if (end.status === 'REMOVED') return { result: { status: 'REMOVED' }, inner: end.steps };
  await at.parts.door.write(at, {
    at: at.now(),
    activity: { type: 'Execute Campaign', attributes: { executedCampaignId: campaignId } },
  });
  return { result: { status: 'DONE', detail: { campaignId } }, inner: end.steps };
}

function stepOf(path: string, action: string, at: number, result: ActionResult): RunStep {
  switch (result.status) {
    case 'DONE':
      return { path, action, at, status: 'DONE', detail: result.detail };
    case 'SKIPPED':
      return { path, action, at, status: 'SKIPPED', detail: { ...result.detail, reason: result.reason } };
    case 'WAIT':
      return { path, action, at, status: 'DONE', detail: { until: new Date(result.until).toISOString() } };
    case 'REMOVED':
      return { path, action, at, status: 'DONE', detail: {} };
    case 'RETRY':
    case 'FAILED':
      return { path, action, at, status: 'FAILED', detail: { reason: result.reason } };
    default:
      return result satisfies never;
  }
}
