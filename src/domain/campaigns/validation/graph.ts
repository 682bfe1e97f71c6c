import type { CampaignDefinition, FlowAction, LeadList, PersonFilter } from '../model.ts';
import { MAX_LIST_DEPTH } from '../person-condition.ts';
import { listsIn } from './conditions.ts';
import type { Faults, NamedCampaign } from './fault.ts';
import { actionsOf } from './steps.ts';

/** Campaigns may execute one another over so many levels, the first included. */
const MAX_LEVELS = 3;

const NO_CAMPAIGN = "There is no such campaign. Take an id from 'smartCampaigns'.";

const executedIn = (definition: CampaignDefinition): string[] =>
  actionsOf(definition.flow).flatMap(({ action }) =>
    action.type === 'executeCampaign' ? [action.campaignId] : [],
  );

const PAUSES: ReadonlySet<FlowAction['type']> = new Set(['wait', 'callWebhook']);

/** How campaigns refer to one another: requests, executions, and what executed campaigns may do. */
export function checkCampaignGraph(faults: Faults, definition: CampaignDefinition): void {
  const { id: self, campaigns } = faults.around;
  const others = new Map(campaigns.filter(({ id }) => id !== self).map((one) => [one.id, one]));
  const executors = self === null ? 0 : levelsAbove(self, others, new Set([self]));
  for (const { action, path } of actionsOf(definition.flow, faults)) {
    if (executors > 0 && PAUSES.has(action.type))
      faults.add(
        'NOT_ALLOWED',
        path,
        'Another campaign executes this one, so it can neither wait nor call a webhook.',
      );
    if (action.type === 'requestCampaign')
      checkRequest(faults, action.campaignId, others, `${path}.campaignId`);
    if (action.type === 'executeCampaign')
      checkExecution(faults, action.campaignId, others, executors, `${path}.campaignId`);
    if (action.type === 'removeFromFlow' && action.campaignId !== null)
      if (action.campaignId !== self && !others.has(action.campaignId))
        faults.add('UNKNOWN_CAMPAIGN', `${path}.campaignId`, NO_CAMPAIGN);
  }
}

function checkRequest(
  faults: Faults,
  id: string,
  others: ReadonlyMap<string, NamedCampaign>,
  path: string,
): void {
  if (id === faults.around.id)
    faults.add('CYCLE', path, 'A campaign can not request itself: it would never end.');
  else {
    const other = others.get(id);
    if (!other) faults.add('UNKNOWN_CAMPAIGN', path, NO_CAMPAIGN);
    else if (!other.definition.isRequestable)
      faults.add('NOT_ALLOWED', path, `'${other.name}' can not be requested. Set its 'isRequestable' first.`);
  }
}

function checkExecution(
  faults: Faults,
  id: string,
  others: ReadonlyMap<string, NamedCampaign>,
  executors: number,
  path: string,
): void {
  const self = faults.around.id;
  if (id === self) {
    faults.add('CYCLE', path, 'A campaign can not execute itself.');
    return;
  }
  if (!others.has(id)) {
    faults.add('UNKNOWN_CAMPAIGN', path, NO_CAMPAIGN);
    return;
  }
  const chain = longestChain(id, others, self, []);
  if (chain === 'cycle') {
    faults.add('CYCLE', path, 'The campaigns that it executes lead back to one that was executed before.');
    return;
  }
  if (executors + 1 + chain > MAX_LEVELS) {
    faults.add(
      'TOO_LARGE',
      path,
      `Campaigns execute one another over ${executors + 1 + chain} levels here; at most ${MAX_LEVELS} are allowed.`,
    );
    return;
  }
  const pausing = reached(id, others).find(({ definition }) =>
    actionsOf(definition.flow).some(({ action }) => PAUSES.has(action.type)),
  );
  if (pausing)
    faults.add(
      'NOT_ALLOWED',
      path,
      `'${pausing.name}' waits or calls a webhook, which an executed campaign can not do. Request it instead.`,
    );
}

/** Levels from a campaign down through what it executes, itself the first. */
function longestChain(
  id: string,
  others: ReadonlyMap<string, NamedCampaign>,
  self: string | null,
  above: readonly string[],
): number | 'cycle' {
  if (id === self || above.includes(id)) return 'cycle';
  const campaign = others.get(id);
  if (!campaign || above.length > MAX_LEVELS) return 1;
  let deepest = 0;
  for (const next of executedIn(campaign.definition)) {
    const chain = longestChain(next, others, self, [...above, id]);
    if (chain === 'cycle') return chain;
    deepest = Math.max(deepest, chain);
  }
  return deepest + 1;
}

/** A campaign and all that it executes. */
function reached(id: string, others: ReadonlyMap<string, NamedCampaign>): NamedCampaign[] {
  const found = new Map<string, NamedCampaign>();
  const visit = (one: string): void => {
    const campaign = others.get(one);
    if (!campaign || found.has(one)) return;
    found.set(one, campaign);
    executedIn(campaign.definition).forEach(visit);
  };
  visit(id);
  return [...found.values()];
}

/** Levels of campaigns that execute a campaign, one above the other. */
function levelsAbove(
  id: string,
  others: ReadonlyMap<string, NamedCampaign>,
  below: ReadonlySet<string>,
): number {
  let levels = 0;
  for (const { id: other, definition } of others.values())
    if (!below.has(other) && executedIn(definition).includes(id))
      levels = Math.max(levels, 1 + levelsAbove(other, others, new Set([...below, other])));
  return levels;
}

/** How smart lists name one another, from a list with this filter. */
export function checkListGraph(faults: Faults, filter: PersonFilter): void {
  const { id: self, lists } = faults.around;
  const byId = new Map(lists.map((list) => [list.id, list]));
  const depth = listDepth(filter, byId, self, []);
  if (depth === 'cycle') {
    faults.add('CYCLE', 'filter', 'The lists that this filter names lead back to the list itself.');
    return;
  }
  const above = self === null ? 0 : listsAbove(self, lists, new Set([self]));
  if (above + 1 + depth > MAX_LIST_DEPTH)
    faults.add(
      'TOO_LARGE',
      'filter',
      `Smart lists name one another over ${above + 1 + depth} levels here; at most ${MAX_LIST_DEPTH} are allowed.`,
    );
}

/** Levels of lists that a filter names. */
function listDepth(
  filter: PersonFilter,
  lists: ReadonlyMap<string, LeadList>,
  self: string | null,
  above: readonly string[],
): number | 'cycle' {
  let deepest = 0;
  for (const id of listsIn(filter)) {
    if (id === self || above.includes(id)) return 'cycle';
    const list = lists.get(id);
    if (!list) continue;
    if (above.length > MAX_LIST_DEPTH) return deepest + 1;
    const below = list.filter === null ? 0 : listDepth(list.filter, lists, self, [...above, id]);
    if (below === 'cycle') return below;
    deepest = Math.max(deepest, 1 + below);
  }
  return deepest;
}

function listsAbove(id: string, lists: readonly LeadList[], below: ReadonlySet<string>): number {
  let levels = 0;
  for (const list of lists)
    if (!below.has(list.id) && list.filter !== null && listsIn(list.filter).includes(id))
      levels = Math.max(levels, 1 + listsAbove(list.id, lists, new Set([...below, list.id])));
  return levels;
}
